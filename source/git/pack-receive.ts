/** Lets a pack from a peer into the store: scanned first, then as loose objects if they are few, else as it came. */
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {type Oid} from '../protocol/content.js';
import {type BlobSink} from './blob-sink.js';
import {type DirtyFolders} from './dirty-folders.js';
import {writeSynced} from './durable-file.js';
import {Breath} from './gate.js';
import {checksumBytes, type PackEntry} from './pack-format.js';
import {scanPack} from './pack-scan.js';
import {installPack} from './pack-install.js';
import {type Layout} from './repository-layout.js';
import {hostileData, withStoreFailures} from './store-failure.js';
import {type ObjectType} from './object-format.js';
import {type NewObject} from './object-writer.js';
import {packWords} from './store-words.js';

/** Fewer and smaller than this is written loose: a pack for every save would soon be thousands. */
const looseLimits = {objects: 24, bytes: 512 * 1024} as const;

export type ReceivedObject = {readonly oid: Oid; readonly type: ObjectType; readonly bytes: number};

let serial = 0;

/** A pack on its way to the disk, not yet under a name of the store. */
type BegunPack = {readonly file: string; readonly synced: Promise<void>};

/**
 * Resolves with the objects, in their order, when all are durable. Rejects with Failure `hostile_data` and leaves nothing
 * behind if anything in the pack is wrong.
 */
export async function receivePack(
	layout: Layout,
	dirty: DirtyFolders,
	pack: Buffer,
	{writeLoose, sink}: {writeLoose: (objects: readonly NewObject[]) => Promise<void>; sink?: BlobSink},
): Promise<readonly ReceivedObject[]> {
	// The disk takes a large one while it is checked. It gets its name when it was found sound.
	let begun = pack.length > looseLimits.bytes ? beginPack(layout, pack) : undefined;
	try {
		const {received, entries, small} = await checkPack(pack, sink);
		if (small) {
			await writeLoose(small);
		} else {
			begun ??= beginPack(layout, pack);
			await install(layout, dirty, begun, entries, pack.subarray(pack.length - checksumBytes));
			begun = undefined;
		}

		await dirty.flush();
		return received;
	} finally {
		if (begun) {
			await begun.synced.catch(() => undefined);
			await rm(begun.file, {force: true});
		}
	}
}

type CheckedPack = {
	readonly received: readonly ReceivedObject[];
	readonly entries: readonly PackEntry[];
	/** All of them, where they are few and small. */
	readonly small: readonly NewObject[] | undefined;
};

async function checkPack(pack: Buffer, sink: BlobSink | undefined): Promise<CheckedPack> {
	const received: ReceivedObject[] = [];
	const entries: PackEntry[] = [];
	const seen = new Set<Oid>();
	let small: NewObject[] | undefined = [];
	let smallBytes = 0;
	const breath = new Breath();
	for (const {type, oid, content, offset, crc} of scanPack(pack)) {
		if (seen.has(oid)) {
			throw hostileData(packWords.twice);
		}

		seen.add(oid);
		received.push({oid, type, bytes: content.length});
		entries.push({oid, offset, crc});
		smallBytes += content.length;
		if (entries.length > looseLimits.objects || smallBytes > looseLimits.bytes) {
			small = undefined; // so that the contents of a large pack are not all held
		}

		small?.push({type, oid, content});
		if (type === 'blob') {
			await sink?.offer(oid, content);
		}

		await breath.take();
	}

	return {received, entries, small};
}

function beginPack(layout: Layout, pack: Buffer): BegunPack {
	const file = path.join(layout.temporary, `received-${serial++}`);
	const synced = writeSynced(file, pack, 0o444);
	synced.catch(() => undefined); // awaited once the pack is checked
	return {file, synced};
}

async function install(
	layout: Layout,
	dirty: DirtyFolders,
	{file, synced}: BegunPack,
	entries: readonly PackEntry[],
	checksum: Buffer,
): Promise<void> {
	await withStoreFailures(
		async () => installPack(layout, dirty, file, entries, checksum, synced),
		async () => rm(file, {force: true}),
	);
}
