/** What is known of contents before anybody reads them: size, and whether they are text. Remembered, since contents never change. */
import {type ContentFacts} from '../../core/state.js';
import {mapInGroups} from '../../git/gate.js';
import {type Store} from '../../git/store.js';
import {type Content, type Oid, parseContent} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';

/** As git tells text: without a NUL up to here. */
const sampledBytes = 8000;
/** Up to here a content is read whole, which costs less than a child that streams it. */
const maxReadBytes = 1024 * 1024;
const maxRemembered = 50_000;
const readAtOnce = 32;

export type KnownFacts = Map<Oid, ContentFacts>;

/** True if this is how bytes that are no text begin. */
export function looksBinary(bytes: Uint8Array): boolean {
	return bytes.subarray(0, sampledBytes).includes(0);
}

/** Adds the facts of these contents, as far as they are in the store. */
export async function learnFacts(
	store: Pick<Store, 'info' | 'read' | 'openBlob'>,
	contents: Iterable<Content | undefined>,
	known: KnownFacts,
): Promise<KnownFacts> {
	if (known.size > maxRemembered) known.clear();
	const oids = new Set<Oid>();
	for (const content of contents) {
		const oid = content === undefined ? undefined : parseContent(content)?.oid;
		if (oid !== undefined && !known.has(oid)) oids.add(oid);
	}
	await mapInGroups([...oids], readAtOnce, async (oid) => {
		const info = await store.info(oid);
		if (!info) return;
		try {
			known.set(oid, {bytes: info.bytes, binary: looksBinary(await beginningOf(store, oid, info.bytes))});
		} catch (error) {
			// One content that is damaged must not hide the others. Whoever wants to see it is told.
			if (!(error instanceof Failure) || error.code !== 'store_damaged') throw error;
		}
	});
	return known;
}

async function beginningOf(
	store: Pick<Store, 'read' | 'openBlob'>,
	oid: Oid,
	bytes: number,
): Promise<Uint8Array> {
	if (bytes <= maxReadBytes) return store.read(oid, maxReadBytes);
	for await (const chunk of store.openBlob(oid) as AsyncIterable<Buffer>) return chunk;
	return Buffer.alloc(0);
}
