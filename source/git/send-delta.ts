/** A large blob for a peer that has what stood in its place before: a pack of one delta, against an object that is not in it. */
import {createHash} from 'node:crypto';
import {promisify} from 'node:util';
import {deflate} from 'node:zlib';
import {type Oid} from '../protocol/content.js';
import {passBlob} from './blob-read.js';
import {maxDeltaBaseBytes} from './delta-format.js';
import {type DeltaSource, makeDelta} from './delta-make.js';
import {type ObjectReader} from './object-reader.js';
import {encodeDeltaHeader, encodePackHeader} from './pack-format.js';

const deflateInPool = promisify(deflate);

/** undefined where the whole object is the better choice. Rejects with Failure `store_damaged` as reading it would. */
export async function packDelta(
	gitDir: string,
	objects: ObjectReader,
	oid: Oid,
	base: Oid,
): Promise<Buffer | undefined> {
	const [from, to] = [await sourceOf(gitDir, objects, base), await sourceOf(gitDir, objects, oid)];
	const fits = from !== undefined && to !== undefined && from.bytes <= maxDeltaBaseBytes;
	const delta = fits ? await makeDelta(from, to) : undefined;
	if (!delta) {
		return undefined;
	}

	const entry = [encodeDeltaHeader(base, delta.length), await deflateInPool(delta, {level: 6})];
	const pack = Buffer.concat([encodePackHeader(1), ...entry]);
	return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
}

async function sourceOf(gitDir: string, objects: ObjectReader, oid: Oid): Promise<DeltaSource | undefined> {
	const info = await objects.info(oid);
	return info?.type === 'blob' ? {bytes: info.bytes, open: () => passBlob(gitDir, objects, oid)} : undefined;
}
