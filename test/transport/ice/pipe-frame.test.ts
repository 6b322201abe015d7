import test from 'ava';
import fc from 'fast-check';
import {
	decodeCount,
	encodeCount,
	encodeFrame,
	encodeHeader,
	FrameReader,
	type FrameType,
	maxPayloadBytes,
} from '../../../source/transport/ice/pipe-frame.js';

type Taken = {type: FrameType; link: number; payload: Buffer};

function reader(inPieces: boolean): {reader: FrameReader; taken: Taken[]} {
	const taken: Taken[] = [];
	return {
		taken,
		reader: new FrameReader({
			inPieces,
			take: (type, link, payload) => taken.push({type, link, payload: Buffer.from(payload)}),
		}),
	};
}

/** Cuts the bytes at those places, which may repeat. */
function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
	const places = [0, ...cuts.map((place) => place % (bytes.byteLength + 1)), bytes.byteLength];
	places.sort((a, b) => a - b);
	return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const frames = fc.array(
	fc.record({
		type: fc.constantFrom<FrameType>('open', 'remote', 'data', 'grant', 'close', 'ping', 'opened', 'pong'),
		link: fc.nat(2 ** 32 - 1),
		payload: fc.uint8Array({maxLength: 300}).map((bytes) => Buffer.from(bytes)),
	}),
	{maxLength: 12},
);

test('what was framed is read, however the pipe cuts it', (t) => {
	fc.assert(
		fc.property(frames, fc.array(fc.nat()), (list, cuts) => {
			const bytes = Buffer.concat(list.map(({type, link, payload}) => encodeFrame(type, link, payload)));
			const {reader: whole, taken} = reader(false);
			for (const chunk of cut(bytes, cuts)) whole.push(chunk);
			t.deepEqual(taken, list);
		}),
	);
});

test('data in pieces are the same bytes in the same order', (t) => {
	fc.assert(
		fc.property(frames, fc.array(fc.nat()), (list, cuts) => {
			const bytes = Buffer.concat(list.map(({type, link, payload}) => encodeFrame(type, link, payload)));
			const {reader: pieces, taken} = reader(true);
			for (const chunk of cut(bytes, cuts)) pieces.push(chunk);
			const dataOf = (all: readonly Taken[]) =>
				Buffer.concat(all.filter(({type}) => type === 'data').map(({payload}) => payload));
			t.deepEqual(dataOf(taken), dataOf(list));
			const others = (all: readonly Taken[]) => all.filter(({type}) => type !== 'data');
			t.deepEqual(others(taken), others(list));
		}),
	);
});

for (const [what, bytes] of [
	['zeros', Buffer.alloc(9)],
	['an unknown type', Buffer.concat([Buffer.from([99]), Buffer.alloc(8)])],
	['a length above the bound', encodeHeader('data', 1, maxPayloadBytes + 1)],
] as const) {
	test(`${what} are refused before anything is allocated`, (t) => {
		t.throws(() => reader(false).reader.push(bytes), {message: /garbage/});
	});
}

test('whatever comes, a reader takes it or throws at once', (t) => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), (bytes) => {
			try {
				reader(true).reader.push(Buffer.from(bytes));
			} catch (error) {
				t.regex(String(error), /garbage/);
			}
		}),
	);
	t.pass();
});

test('a count is read as it was written, and a short one is none', (t) => {
	t.is(decodeCount(encodeCount(4_000_000_000)), 4_000_000_000);
	t.is(decodeCount(Buffer.from([1, 2, 3])), undefined);
});
