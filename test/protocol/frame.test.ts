import test from 'ava';
import fc from 'fast-check';
import {decodeFrameHeader, encodeFrame, FrameWriter, overwritePeerId} from '../../source/protocol/frame.js';
import {
	fullDataBytes,
	maxCounter,
	maxDataBytes,
	maxFrameBytes,
	maxGeneration,
} from '../../source/protocol/limits.js';

const sessionId = 'abcdefghijklmnopqrstuvwxyz';
const peerId = '234567abcdefghijklmnopqrst';

function toHex(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString('hex');
}

test('the bytes of a frame do not change', (t) => {
	const bytes = encodeFrame({
		sessionId,
		peerId,
		sequence: {generation: 0x010203, counter: 0x0405060708},
		data: Buffer.from('data'),
	});
	t.is(
		toHex(bytes),
		[
			'1a', // session_id_len
			'6162636465666768696a6b6c6d6e6f707172737475767778797a', // session_id
			'1a', // peer_id_len
			'3233343536376162636465666768696a6b6c6d6e6f7071727374', // peer_id
			'010203', // sequence: generation
			'0405060708', // sequence: counter
			'64617461', // data
		].join(''),
	);
});

const id = fc.stringMatching(/^[!-~]{1,64}$/);
const frame = fc.record({
	sessionId: id,
	peerId: id,
	sequence: fc.record({
		generation: fc.integer({min: 0, max: maxGeneration}),
		counter: fc.integer({min: 0, max: maxCounter}),
	}),
	data: fc.uint8Array({maxLength: 200}),
});

test('decoding an encoded frame gives what was encoded', (t) => {
	fc.assert(
		fc.property(frame, (given) => {
			const bytes = encodeFrame(given);
			const header = decodeFrameHeader(bytes);
			if ('error' in header) return t.fail(header.error);
			t.is(header.sessionId, given.sessionId);
			t.is(header.peerId, given.peerId);
			t.deepEqual({generation: header.generation, counter: header.counter}, given.sequence);
			t.deepEqual(bytes.slice(header.dataOffset), Uint8Array.from(given.data));
		}),
	);
});

test('a writer of many frames makes the same as are made one by one, in memory that was used before', (t) => {
	fc.assert(
		fc.property(frame, fc.nat(200), ({sessionId, peerId, sequence, data}, cut) => {
			const writer = new FrameWriter({sessionId, peerId, generation: sequence.generation});
			const memory = new Uint8Array(maxFrameBytes).fill(0xff);
			const length = writer.write(memory, sequence.counter, [data.subarray(0, cut), data.subarray(cut)]);
			t.is(length, writer.headerBytes + data.length);
			t.is(toHex(memory.subarray(0, length)), toHex(encodeFrame({sessionId, peerId, sequence, data})));
		}),
	);
	const writer = new FrameWriter({sessionId, peerId, generation: 1});
	t.throws(() => writer.write(new Uint8Array(maxFrameBytes), maxCounter + 1, []), {instanceOf: RangeError});
	// A masked WebSocket frame of that size has a header of eight bytes.
	t.is(8 + writer.headerBytes + fullDataBytes, 64 * 1024);
});

test('a frame inside a larger buffer is read from its own beginning', (t) => {
	const bytes = encodeFrame({
		sessionId,
		peerId,
		sequence: {generation: 7, counter: 9},
		data: new Uint8Array(3),
	});
	const larger = new Uint8Array(bytes.length + 5);
	larger.set(bytes, 5);
	t.deepEqual(decodeFrameHeader(larger.subarray(5)), decodeFrameHeader(bytes));
});

test('decoding never throws, whatever the bytes', (t) => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 300}), (bytes) => {
			const header = decodeFrameHeader(bytes);
			return 'error' in header || header.dataOffset <= bytes.length;
		}),
	);
	t.pass();
});

test('every cut of a header is an error', (t) => {
	const bytes = encodeFrame({
		sessionId,
		peerId,
		sequence: {generation: 1, counter: 0},
		data: new Uint8Array(),
	});
	for (let length = 0; length < bytes.length; length++) {
		t.deepEqual(decodeFrameHeader(bytes.subarray(0, length)), {error: 'bad_message'}, `cut at ${length}`);
	}
});

const broken: ReadonlyArray<[string, string, string]> = [
	['an empty session_id', '00' + '0161' + '00'.repeat(8), 'bad_message'],
	['an empty peer_id', '0161' + '00' + '00'.repeat(8), 'bad_message'],
	['an id with a space', '0120' + '0161' + '00'.repeat(8), 'bad_message'],
	['an id that is not ASCII', '01e9' + '0161' + '00'.repeat(8), 'bad_message'],
	['an id longer than any', '41' + '61'.repeat(65) + '0161' + '00'.repeat(8), 'bad_message'],
	['too much data', '0161' + '0161' + '00'.repeat(8 + maxDataBytes + 1), 'frame_too_large'],
];

for (const [description, hex, error] of broken) {
	test(`${description} is ${error}`, (t) => {
		t.deepEqual(decodeFrameHeader(Buffer.from(hex, 'hex')), {error});
	});
}

test('the largest frame has the largest size', (t) => {
	const longest = 'x'.repeat(64);
	const data = new Uint8Array(maxDataBytes);
	const bytes = encodeFrame({
		sessionId: longest,
		peerId: longest,
		sequence: {generation: 1, counter: 0},
		data,
	});
	t.is(bytes.length, maxFrameBytes);
	t.false('error' in decodeFrameHeader(bytes));
});

test('the relay changes the peer_id and nothing else', (t) => {
	const given = {sessionId, peerId, sequence: {generation: 5, counter: 6}, data: Buffer.from('data')};
	const bytes = encodeFrame(given);
	const header = decodeFrameHeader(bytes);
	if ('error' in header) return t.fail(header.error);
	overwritePeerId(bytes, header, sessionId);
	t.deepEqual(bytes, encodeFrame({...given, peerId: sessionId}));
	t.throws(() => overwritePeerId(bytes, header, 'short'), {instanceOf: RangeError});
});

test('what no frame can hold is a bug of the caller', (t) => {
	const good = {sessionId, peerId, sequence: {generation: 1, counter: 0}, data: new Uint8Array()};
	const bad = [
		{...good, sessionId: ''},
		{...good, peerId: 'x'.repeat(65)},
		{...good, peerId: 'with space'},
		{...good, sequence: {generation: maxGeneration + 1, counter: 0}},
		{...good, sequence: {generation: 1, counter: maxCounter + 1}},
		{...good, sequence: {generation: 0.5, counter: 0}},
		{...good, data: new Uint8Array(maxDataBytes + 1)},
	];
	for (const given of bad) t.throws(() => encodeFrame(given), {instanceOf: RangeError});
});
