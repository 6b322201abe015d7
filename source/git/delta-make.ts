/**
 * Makes a delta of a large object and the one that stood in its place before: quick, in one or two passes, with bounded
 * memory. It finds what stayed where it was, and what was moved by insertions and removals before it; what changed its
 * order counts as new.
 */
import {ByteCursor} from './byte-cursor.js';
import {DeltaBuilder} from './delta-format.js';
import {Breath} from './gate.js';
import {BlockIndex} from './block-index.js';

/** A way to read an object, from its beginning each time. */
export type DeltaSource = {readonly bytes: number; readonly open: () => AsyncIterable<Buffer>};

/** Bytes that are the same in both are copied from this length on: a copy itself takes up to eight. */
const finestBytes = 32;

/** So much has to stay where it was for a search for moved bytes to be worth its time. */
const kinshipBytes = 64 * 1024;

/** What is no larger than this, or a small part of the object, is not worth a search for something smaller. */
const goodBytes = 64 * 1024;

/** undefined where it would be too large, or not much smaller than the object. */
export async function makeDelta(base: DeltaSource, target: DeltaSource): Promise<Buffer | undefined> {
	const {delta, sameBytes} = await compareInPlace(base, target);
	const isGood = delta !== undefined && delta.length <= Math.max(goodBytes, target.bytes / 64);
	const moved = !isGood && sameBytes >= kinshipBytes ? await matchBlocks(base, target) : undefined;
	const made = moved && moved.length < (delta?.length ?? Infinity) ? moved : delta;
	return made && made.length < target.bytes / 2 ? made : undefined;
}

/** What stands at the same offset in both. */
async function compareInPlace(
	base: DeltaSource,
	target: DeltaSource,
): Promise<{readonly delta?: Buffer; readonly sameBytes: number}> {
	const builder = new DeltaBuilder(base.bytes, target.bytes);
	const [from, to] = [new ByteCursor(base.open()), new ByteCursor(target.open())];
	const breath = new Breath();
	let sameBytes = 0;
	const same = (offset: number, bytes: number) => {
		sameBytes += bytes;
		builder.copy(offset, bytes);
	};

	try {
		while (!builder.isTooLarge) {
			const length = Math.min((await from.peek()).length || Infinity, (await to.peek()).length);
			if (length === 0) return {delta: builder.finish(), sameBytes};
			const [before, now] = [await from.take(length), await to.take(length)];
			// At the end of the base all that follows is new.
			if (before.length === 0) builder.insert(now);
			else compareRange(before, now, from.position - length, {same, other: (bytes) => builder.insert(bytes)});
			await breath.take();
		}
	} finally {
		await from.close();
		await to.close();
	}

	return {sameBytes};
}

type Found = {
	readonly same: (offset: number, bytes: number) => void;
	readonly other: (bytes: Buffer) => void;
};

/** Halves what differs until it is too short to be worth it. */
function compareRange(before: Buffer, now: Buffer, offset: number, found: Found): void {
	if (before.equals(now)) {
		found.same(offset, now.length);
	} else if (now.length <= finestBytes) {
		found.other(now);
	} else {
		const half = Math.ceil(now.length / 2);
		compareRange(before.subarray(0, half), now.subarray(0, half), offset, found);
		compareRange(before.subarray(half), now.subarray(half), offset + half, found);
	}
}

/** Whole blocks of the base, wherever behind the one before they stand. */
async function matchBlocks(base: DeltaSource, target: DeltaSource): Promise<Buffer | undefined> {
	const index = await BlockIndex.of(base.open(), base.bytes);
	const builder = new DeltaBuilder(base.bytes, target.bytes);
	const scan = index.scan((piece) => {
		if (typeof piece === 'number') builder.copy(piece * index.blockBytes, index.blockBytes);
		else builder.insert(piece);
	});
	const cursor = new ByteCursor(target.open());
	const breath = new Breath();
	try {
		for (let chunk = await cursor.take(Infinity); chunk.length > 0; chunk = await cursor.take(Infinity)) {
			scan.push(chunk);
			if (builder.isTooLarge) return undefined;
			await breath.take();
		}
	} finally {
		await cursor.close();
	}

	scan.finish();
	return builder.isTooLarge ? undefined : builder.finish();
}
