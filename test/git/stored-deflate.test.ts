import {randomBytes} from 'node:crypto';
import {deflateSync, inflateSync} from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import {adler32, StoredInflate, storeDeflated} from '../../source/git/stored-deflate.js';

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
	yield* chunks;
}

async function store(chunks: readonly Uint8Array[]): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const part of storeDeflated(from(chunks))) parts.push(Buffer.from(part));
	return Buffer.concat(parts);
}

/** What is read without zlib, and the reader afterwards. */
function takeApart(stream: Buffer, pieceBytes: number): {content: Buffer; reader: StoredInflate} {
	const reader = new StoredInflate();
	const contents: Buffer[] = [];
	for (let at = 0; at < stream.length; at += pieceBytes)
		contents.push(reader.push(Buffer.from(stream.subarray(at, at + pieceBytes))));
	return {content: Buffer.concat(contents), reader};
}

const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(200_000)), {maxLength: 4});

test('zlib reads what was stored, and what zlib stored is read', async (t) => {
	await fc.assert(
		fc.asyncProperty(sizes, fc.integer({min: 1, max: 100_000}), async (lengths, piece) => {
			const chunks = lengths.map((length) => randomBytes(length));
			const content = Buffer.concat(chunks);
			const stored = await store(chunks);
			t.true(inflateSync(stored).equals(content));
			for (const stream of [stored, deflateSync(content, {level: 0})]) {
				const read = takeApart(stream, piece);
				t.true(read.content.equals(content));
				t.true(read.reader.isStored && read.reader.isOver);
			}
		}),
		{numRuns: 30},
	);
});

test('the checksum is zlib’s, also of many large bytes and in pieces', (t) => {
	const bytes = Buffer.alloc(1_000_003, 0xff);
	const expected = deflateSync(bytes).readUInt32BE(deflateSync(bytes).length - 4);
	t.is(adler32(bytes), expected);
	t.is(adler32(bytes.subarray(70_001), adler32(bytes.subarray(0, 70_001))), expected);
});

test('a stream of other blocks is left to zlib from there on', (t) => {
	const {reader} = takeApart(deflateSync(Buffer.alloc(10_000)), 64);
	t.false(reader.isStored);
	const stored = deflateSync(randomBytes(100_000), {level: 0});
	stored.writeUInt8(0x04, 2 + 5 + stored.readUInt16LE(3));
	const broken = takeApart(stored, 1000);
	t.false(broken.reader.isStored);
	t.is(broken.content.length, stored.readUInt16LE(3));
});

test('a header that asks for a dictionary, or is none, is left to zlib', (t) => {
	const stored = deflateSync(randomBytes(10), {level: 0});
	for (const [at, byte] of [
		[0, 0x79],
		[1, 0x20],
	] as const) {
		const other = Buffer.from(stored);
		other.writeUInt8(byte, at);
		t.false(takeApart(other, 1).reader.isStored);
	}
});
