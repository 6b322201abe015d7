import test from 'ava';
import fc from 'fast-check';
import {Failure} from '../../../source/protocol/failure.js';
import {type BulkKind} from '../../../source/protocol/peer-frames.js';
import {Answer, type AnswerMessage} from '../../../source/runtime/exchange/answer.js';
import {type Arrived} from '../../../source/runtime/exchange/arrived.js';
import {type ObjectChunk} from '../../../source/runtime/exchange/channel.js';
import {maxUnackedUnits} from '../../../source/runtime/exchange/limits.js';
import {fakeChannels} from './fake-channel.js';

const oid = fc.constantFrom('a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40));
const count = fc.oneof(fc.nat(5), fc.nat(), fc.constantFrom(Number.MAX_SAFE_INTEGER, 2 ** 32 - 1));
const index = fc.oneof(fc.nat(4), count);
const request = fc.constant(1);
const position = fc.record({phase: fc.constantFrom('blobs', 'trees', 'commits'), oid});

const message: fc.Arbitrary<AnswerMessage> = fc.oneof(
	fc.record({
		type: fc.constant('plan'),
		request,
		objects: count,
		bytes: count,
		done_objects: count,
		done_bytes: count,
	}),
	fc.record({
		type: fc.constant('segment'),
		request,
		index,
		bytes: fc.oneof(fc.integer({min: 32, max: 100}), count),
		sha256: fc.constant('0'.repeat(64)),
		objects: count,
		object_bytes: count,
		up_to: position,
	}),
	fc.record({
		type: fc.constant('part'),
		request,
		index,
		oid,
		object_type: fc.constantFrom('blob', 'tree', 'commit'),
		size: count,
		offset: count,
		bytes: count,
	}),
	fc.record({
		type: fc.constant('graph'),
		request,
		commits: fc.array(fc.array(oid, {minLength: 1})),
		last: fc.boolean(),
	}),
	fc.record({type: fc.constant('end'), request}),
	fc.record({type: fc.constant('want_failed'), request, code: fc.string({minLength: 1})}),
);

type Slice = {kind: BulkKind; index: number; offset: number; bytes: Uint8Array};

const slice: fc.Arbitrary<Slice> = fc.record({
	kind: fc.constantFrom('segment', 'part'),
	index,
	offset: count,
	bytes: fc.uint8Array({maxLength: 120}),
});

const chunk: fc.Arbitrary<ObjectChunk> = fc.record({
	request,
	chunkIndex: index,
	totalChunks: count,
	objects: fc.array(
		fc.record({oid, type: fc.constantFrom('blob', 'tree'), size: count, bytes: fc.uint8Array()}),
	),
});

type Step = {message: AnswerMessage} | {slice: Slice} | {chunk: ObjectChunk};
const step: fc.Arbitrary<Step> = fc.oneof(
	message.map((value) => ({message: value})),
	slice.map((value) => ({slice: value})),
	chunk.map((value) => ({chunk: value})),
);

test('whatever a supplier says, an answer throws nothing but a Failure and holds no more than it may', (t) => {
	fc.assert(
		fc.property(fc.array(step, {maxLength: 30}), fc.boolean(), (steps, resumed) => {
			const [channel] = fakeChannels();
			const arrived: Arrived[] = [];
			const answer = new Answer({channel, request: 1, resumed, onArrived: (unit) => arrived.push(unit)});
			try {
				for (const each of steps) {
					if ('message' in each) answer.take(each.message);
					else if ('chunk' in each) answer.units.takeChunk(each.chunk);
					else answer.units.takeBulk(each.slice.kind, {request: 1, ...each.slice}, each.slice.bytes);
				}
			} catch (error) {
				t.true(error instanceof Failure, String(error));
			}
			t.true(arrived.filter(({kind}) => kind !== 'chunk').length <= maxUnackedUnits);
		}),
		{numRuns: 2000},
	);
	t.pass();
});

test('an announcement alone takes no memory', (t) => {
	const [channel] = fakeChannels();
	const answer = new Answer({channel, request: 1, resumed: false, onArrived: () => undefined});
	answer.take({
		type: 'segment',
		request: 1,
		index: 0,
		bytes: 8_000_000,
		sha256: '0'.repeat(64),
		objects: 1,
		object_bytes: 8_000_000,
		up_to: {phase: 'blobs', oid: 'a'.repeat(40)},
	});
	t.is(answer.units.arrivingBytes, 0);
	t.false(answer.complete);
});

test('a supplier that is busy, or never had it, is told from one that cannot send what it has', (t) => {
	const codes = ['busy', 'unknown_commit', 'object_damaged', 'strange'].map((code) => {
		const [channel] = fakeChannels();
		const answer = new Answer({channel, request: 1, resumed: false, onArrived: () => undefined});
		return t.throws(() => answer.take({type: 'want_failed', request: 1, code}), {instanceOf: Failure})?.code;
	});
	t.deepEqual(codes, ['busy', 'unknown_commit', 'want_failed', 'want_failed']);
});
