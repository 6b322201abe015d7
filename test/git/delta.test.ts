/** Deltas: what is made of two objects makes the one of the other again, for us and for git. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {applyDelta} from '../../source/git/delta-apply.js';
import {DeltaBuilder, deltaLimits, readDelta} from '../../source/git/delta-format.js';
import {type DeltaSource, makeDelta} from '../../source/git/delta-make.js';

async function* inChunks(content: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
	for (let at = 0; at < content.length; at += chunkBytes) yield content.subarray(at, at + chunkBytes);
}

/** The same out of memory that is used again, as that of large files is. */
async function* scrubbed(content: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
	const given: Buffer[] = [];
	for await (const chunk of inChunks(content, chunkBytes)) {
		given.push(Buffer.from(chunk));
		given.at(-3)?.fill(0xee);
		yield given.at(-1)!;
	}
}

function sourceOf(content: Buffer, chunkBytes = 65_536): DeltaSource {
	return {bytes: content.length, open: () => scrubbed(content, chunkBytes)};
}

async function apply(base: Buffer, delta: Buffer, chunkBytes = 65_536): Promise<Buffer> {
	const read = readDelta(delta);
	if (typeof read === 'string') throw new Error(read);
	const parts: Buffer[] = [];
	for await (const part of applyDelta(read.pieces, scrubbed(base, chunkBytes))) parts.push(Buffer.from(part));
	return Buffer.concat(parts);
}

const mebibyte = 1024 * 1024;

for (const [what, change, mostBytes] of [
	['a byte in the middle', (base) => flip(base, mebibyte), 100],
	['nothing', (base) => Buffer.from(base), 100],
	['bytes in many places', (base) => flip(base, 10, 70_000, 700_000, 700_001, 1_999_999), 500],
	['an end that was added', (base) => Buffer.concat([base, randomBytes(5000)]), 6000],
	['an end that is gone', (base) => base.subarray(0, -5000), 100],
	['bytes that came in between', (base) => splice(base, mebibyte, 0, randomBytes(777)), 12_000],
	['bytes that are gone', (base) => splice(base, mebibyte, 100_001, Buffer.alloc(0)), 12_000],
	[
		'insertions in several places',
		(base) => splice(splice(base, 1_500_000, 5, randomBytes(99)), 500_000, 0, randomBytes(3)),
		20_000,
	],
] as const satisfies ReadonlyArray<[string, (base: Buffer) => Buffer, number]>) {
	test(`${what}: little is sent`, async (t) => {
		const base = randomBytes(2 * mebibyte);
		const target = change(base);
		const delta = await makeDelta(sourceOf(base), sourceOf(target));
		t.true(delta !== undefined && delta.length <= mostBytes, `${delta?.length}`);
		t.true((await apply(base, delta!)).equals(target));
	});
}

for (const [what, target] of [
	['another content', randomBytes(2 * mebibyte)],
	['half of it new', Buffer.concat([Buffer.alloc(mebibyte), randomBytes(1.2 * mebibyte)])],
	['nothing', Buffer.alloc(0)],
] as const) {
	test(`${what} is left to go whole`, async (t) => {
		t.is(await makeDelta(sourceOf(Buffer.alloc(2 * mebibyte)), sourceOf(target)), undefined);
	});
}

test('zeros and repeated contents, in which every place looks like another one', async (t) => {
	const base = Buffer.concat([Buffer.alloc(mebibyte), randomBytes(1000), Buffer.alloc(mebibyte, 'abc')]);
	for (const target of [
		splice(base, 5000, 0, Buffer.alloc(333)),
		splice(base, 1_500_000, 1000, randomBytes(1)),
	]) {
		const delta = await makeDelta(sourceOf(base), sourceOf(target));
		if (delta) t.true((await apply(base, delta)).equals(target));
		t.true(delta === undefined || delta.length < target.length / 2);
	}
});

const edits = fc.array(
	fc.record({
		at: fc.double({min: 0, max: 1, noNaN: true}),
		removed: fc.oneof(fc.constant(0), fc.nat(5000)),
		added: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(5000)),
		isInPlace: fc.boolean(),
	}),
	{maxLength: 6},
);

test('whatever was edited, a delta makes exactly that, however its base comes chunked', async (t) => {
	let made = 0;
	await fc.assert(
		fc.asyncProperty(
			fc.nat(400_000),
			fc.boolean(),
			edits,
			fc.integer({min: 1, max: 90_000}),
			async (size, isText, all, chunk) => {
				const base = isText ? Buffer.alloc(size, 'some text, again\n') : randomBytes(size);
				let target: Buffer = Buffer.from(base);
				for (const {at, removed, added, isInPlace} of all) {
					const place = Math.floor(at * target.length);
					target = splice(target, place, isInPlace ? added : removed, randomBytes(added));
				}
				const delta = await makeDelta(sourceOf(base, 70_000), sourceOf(target, 30_011));
				if (!delta) return;
				made++;
				t.true((await apply(base, delta, chunk + 500)).equals(target));
			},
		),
		{numRuns: 150},
	);
	t.true(made > 30);
});

const size = (bytes: number) => (bytes < 128 ? [bytes] : [(bytes & 0x7f) | 0x80, bytes >> 7]);

for (const [what, bytes, reason] of [
	['nothing', [], /sizes/],
	['sizes that do not end', [0x80, 0x80, 0x80], /sizes/],
	['a size that goes on for ever', Array.from({length: 30}, () => 0xff), /sizes/],
	['one size', [5], /sizes/],
	['a copy beyond the base', [...size(10), ...size(8), 0x91, 5, 8], /beyond its base/],
	['a copy of 64 KiB by saying nothing', [...size(10), ...size(10), 0x80], /beyond its base/],
	['a copy at 4 GiB', [...size(10), ...size(1), 0x9f, 255, 255, 255, 255, 1], /beyond its base/],
	['the same bytes twice', [...size(10), ...size(20), 0x90, 10, 0x90, 10], /goes back/],
	['a step back', [...size(10), ...size(4), 0x91, 5, 2, 0x91, 6, 2], /goes back/],
	['more than it says', [...size(10), ...size(3), 0x90, 10], /another size/],
	['less than it says', [...size(10), ...size(300), 0x90, 10], /another size/],
	['an insertion that is cut off', [...size(10), ...size(5), 5, 1, 2], /cut off/],
	['a copy that is cut off', [...size(10), ...size(5), 0x91, 5], /cut off/],
	['the command that git keeps for later', [...size(10), ...size(1), 0, 1], /cut off/],
] as const) {
	test(`a delta is refused: ${what}`, (t) => {
		t.regex(reasonOf(Buffer.from(bytes)), reason);
	});
}

test('a delta of more pieces than are taken is refused', (t) => {
	const count = deltaLimits.pieces + 1;
	const sizes = Buffer.from([5, (count & 0x7f) | 0x80, ((count >> 7) & 0x7f) | 0x80, count >> 14]);
	t.regex(reasonOf(Buffer.concat([sizes, Buffer.alloc(2 * count, Buffer.from([1, 65]))])), /too many/);
});

test('noise is read or refused, and never makes more than its base and itself', (t) => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), (noise) => {
			const read = readDelta(Buffer.from(noise));
			t.true(typeof read === 'string' || read.resultBytes <= read.baseBytes + noise.length);
		}),
	);
});

test('small copies from all over a base outlast its chunks', async (t) => {
	const base = randomBytes(mebibyte);
	const builder = new DeltaBuilder(base.length, 64 * 10);
	for (let at = 0; at < 64; at++) builder.copy(at * 16_384, 10);
	const expected = Buffer.concat(
		Array.from({length: 64}, (_, at) => base.subarray(at * 16_384, at * 16_384 + 10)),
	);
	t.true((await apply(base, builder.finish(), 10_000)).equals(expected));
});

test('long copies are cut, neighbours are joined', async (t) => {
	const builder = new DeltaBuilder(40_000_000, 40_000_005);
	builder.copy(0, 1000);
	builder.copy(1000, 39_999_000);
	builder.insert(Buffer.from('again'));
	const read = readDelta(builder.finish());
	t.true(typeof read === 'object');
	t.deepEqual(
		typeof read === 'object' ? read.pieces.map((piece) => (piece.kind === 'copy' ? piece.bytes : 0)) : [],
		[0xff_ffff, 0xff_ffff, 40_000_000 - 2 * 0xff_ffff, 0],
	);
});

/** Why a delta is refused; empty if it is not. */
function reasonOf(delta: Buffer): string {
	const read = readDelta(delta);
	return typeof read === 'string' ? read : '';
}

function flip(base: Buffer, ...places: readonly number[]): Buffer {
	const changed = Buffer.from(base);
	for (const at of places) changed.writeUInt8((base.readUInt8(at) + 1) % 256, at);
	return changed;
}

function splice(base: Buffer, at: number, removed: number, added: Buffer): Buffer {
	return Buffer.concat([base.subarray(0, at), added, base.subarray(at + removed)]);
}
