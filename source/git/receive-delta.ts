/**
 * Lets a large blob in that a peer sent as a delta. All that the delta says is checked before anything is read or written, its
 * base is ours, and what is made of both has to hash to its id: it is streamed into the store and stands there as a whole.
 */
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {passBlob} from './blob-read.js';
import {applyDelta} from './delta-apply.js';
import {type Delta, readDelta} from './delta-format.js';
import {startObjectHash} from './object-format.js';
import {type ObjectReader} from './object-reader.js';
import {type ObjectWriter} from './object-writer.js';
import {scanDeltaPack} from './pack-scan.js';
import {chooseLevel} from './choose-level.js';
import {hostileData} from './store-failure.js';
import {deltaWords} from './store-words.js';

/** What the peer says of it; `bytes` is the size of the object. */
export type GivenDelta = {readonly oid: Oid; readonly base: Oid; readonly bytes: number};

/** The largest object that is made in one go: its sender waits for it. */
const maxDeltaResultBytes = 1024 ** 3;

const sampleBytes = 64 * 1024;

/**
 * Resolves when the object is durable. Rejects with Failure `missing_object` where the base is not here, or not readable,
 * and with `hostile_data` for anything wrong; nothing is left behind then.
 */
export async function receiveDelta(
	gitDir: string,
	objects: ObjectReader,
	writer: ObjectWriter,
	pack: Buffer,
	given: GivenDelta,
): Promise<void> {
	const {base, delta: content} = scanDeltaPack(pack);
	const delta = readDelta(content);
	if (typeof delta === 'string') {
		throw hostileData(delta);
	}

	if (base !== given.base || delta.resultBytes !== given.bytes || given.bytes > maxDeltaResultBytes) {
		throw hostileData(deltaWords.notAnnounced, {bytes: delta.resultBytes});
	}

	const info = await objects.info(base);
	if (!info) {
		throw missingBase(base);
	}

	if (info.type !== 'blob' || info.bytes !== delta.baseBytes) {
		throw hostileData(deltaWords.otherBase, {oid: base});
	}

	if (!(await writer.has(given.oid))) {
		await rebuild(writer, given.oid, delta, {
			oid: base,
			open: () => readable(passBlob(gitDir, objects, base), base),
		});
	}

	await writer.flush();
}

type Base = {readonly oid: Oid; readonly open: () => AsyncIterable<Buffer>};

async function rebuild(writer: ObjectWriter, oid: Oid, delta: Delta, base: Base): Promise<void> {
	const pack = await writer.startPack();
	try {
		const {sample, chunks} = await sampled(applyDelta(delta.pieces, base.open()));
		const made = await pack.addStream('blob', delta.resultBytes, chunks, {level: chooseLevel(sample)});
		if (made !== oid) {
			await checkBase(base, delta.baseBytes);
			throw hostileData(deltaWords.otherObject, {oid});
		}

		await pack.finish();
	} catch (error) {
		await pack.discard();
		throw error;
	}
}

/** Nobody is to blame for a delta before it is known that its base is what it was. */
async function checkBase({oid, open}: Base, bytes: number): Promise<void> {
	const hash = startObjectHash('blob', bytes);
	for await (const chunk of open()) {
		hash.update(chunk);
	}

	if (hash.digest('hex') !== oid) {
		throw missingBase(oid);
	}
}

/** The beginning of a stream, to judge whether deflating pays, and the whole stream. */
async function sampled(
	stream: AsyncGenerator<Buffer>,
): Promise<{sample: Buffer; chunks: AsyncGenerator<Buffer>}> {
	const first = await stream.next();
	const start = first.done ? Buffer.alloc(0) : first.value;
	async function* chunks(): AsyncGenerator<Buffer> {
		try {
			yield start;
			yield* stream;
		} finally {
			await stream.return(undefined);
		}
	}

	return {sample: start.subarray(0, sampleBytes), chunks: chunks()};
}

/** A base that turns out damaged is as good as none: whoever sent the delta is not to blame. */
async function* readable(source: AsyncIterable<Buffer>, base: Oid): AsyncGenerator<Buffer> {
	try {
		yield* source;
	} catch (error) {
		throw error instanceof Failure && error.code === 'store_damaged' ? missingBase(base) : error;
	}
}

function missingBase(base: Oid): Failure {
	return new Failure('missing_object', {details: {oid: base}});
}
