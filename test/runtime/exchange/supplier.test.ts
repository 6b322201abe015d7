import {randomBytes} from 'node:crypto';
import anyTest from 'ava';
import {type PeerMessage, type PeerMessageOf} from '../../../source/protocol/peer-messages.js';
import {Failure} from '../../../source/protocol/failure.js';
import {positionOf} from '../../../source/runtime/exchange/position.js';
import {waitUntil} from '../../helpers/wait.js';
import {fakeChannels} from './fake-channel.js';
import {FakeStore} from './fake-store.js';
import {supplierHandlers, supplyingPeer} from './two-peers.js';

const test = anyTest.serial;

/** A supplier of one project, asked by hand; every unit is acknowledged at once. */
function asked() {
	const store = new FakeStore();
	const files = Object.fromEntries(
		Array.from({length: 6}, (_, index) => [`${index}`, randomBytes(3 * 1024 * 1024)]),
	);
	const commit = store.commit(files);
	const supplying = supplyingPeer(store);
	const [atSupplier, atAsker] = fakeChannels();
	atSupplier.handlers = supplierHandlers(supplying);
	const said: PeerMessage[] = [];
	const ends: (() => void)[] = [];
	atAsker.handlers = {
		message(_channel, message) {
			said.push(message);
			if (message.type === 'segment') {
				atAsker.send({type: 'ack', request: message.request, index: message.index, bytes: 0});
			}
			if (message.type === 'end' || message.type === 'want_failed') for (const end of ends) end();
		},
		bulk: () => undefined,
		objects: () => undefined,
		closed: () => undefined,
	};
	const answers = async (want: Partial<PeerMessageOf<'want'>>) => {
		const ended = new Promise<void>((resolve) => ends.push(resolve));
		atAsker.send({type: 'want', request: 1, commit, have: [], ...want});
		await ended;
		return said;
	};
	return {store, commit, supplying, atAsker, answers};
}

test('a range is answered and nothing beyond it', async (t) => {
	const {store, commit, answers} = asked();
	const {objects} = await store.enumerate(commit, {have: []});
	const said = await answers({after: positionOf(objects[1]!), until: positionOf(objects[3]!)});
	const plan = said.find((message) => message.type === 'plan');
	t.like(plan, {objects: 4, done_objects: 2, done_bytes: objects[0]!.bytes + objects[1]!.bytes});
	const segments = said.filter((message) => message.type === 'segment');
	t.is(
		segments.reduce((sum, {objects: count}) => sum + count, 0),
		2,
	);
	t.deepEqual(segments.at(-1)?.up_to, positionOf(objects[3]!));
});

test('a range that ends before it begins is empty', async (t) => {
	const {store, commit, answers} = asked();
	const {objects} = await store.enumerate(commit, {have: []});
	const said = await answers({after: positionOf(objects[3]!), until: positionOf(objects[1]!)});
	t.like(
		said.find((message) => message.type === 'plan'),
		{objects: 2, done_objects: 2},
	);
	t.false(said.some((message) => message.type === 'segment'));
});

test('a cancelled answer finishes its unit, says end when all is acknowledged, and is forgotten', async (t) => {
	const {supplying, atAsker, answers} = asked();
	const ending = answers({});
	const {message} = atAsker.handlers;
	let sent = 0;
	atAsker.handlers.message = (channel, said) => {
		message(channel, said);
		if (said.type === 'segment' && ++sent === 1) atAsker.send({type: 'cancel', request: 1});
	};
	const said = await ending;
	t.true(said.filter(({type}) => type === 'segment').length < 6);
	t.is(said.at(-1)?.type, 'end');
	await Promise.resolve();
	t.true(supplying.supplier.active <= 1);
});

test('a want said twice is answered once, and too many at a time are refused', async (t) => {
	const {supplying, atAsker, answers, commit} = asked();
	for (let request = 2; request < 7; request++) {
		atAsker.send({type: 'want', request, commit: 'f'.repeat(40), have: []});
	}
	const ending = answers({});
	atAsker.send({type: 'want', request: 1, commit, have: []});
	const said = await ending;
	t.true(said.some((message) => message.type === 'want_failed'));
	t.true(said.filter((message) => message.type === 'end').length <= 1);
	t.true(supplying.supplier.active <= 4);
	atAsker.close();
});

test('strange acknowledgements and cancels of nothing do no harm', async (t) => {
	const {atAsker, answers, supplying} = asked();
	atAsker.send({type: 'ack', request: 9, index: 3, bytes: 5});
	atAsker.send({type: 'cancel', request: 9});
	const ending = answers({});
	atAsker.send({type: 'ack', request: 1, index: 2 ** 32 - 1, bytes: 2 ** 52});
	const said = await ending;
	t.is(said.at(-1)?.type, 'end');
	t.true(supplying.progress.every(({doneBytes, totalBytes}) => doneBytes <= (totalBytes ?? 0)));
});

const mebibyte = 1024 * 1024;

for (const [what, size, expected] of [
	// The first pieces are small, and three may be unacknowledged.
	['a large object', 20 * mebibyte, mebibyte],
	['an object of one piece', 6 * mebibyte, 2 * mebibyte],
] as const) {
	test(`${what} that is under way counts as sent so far, and as done once it is acknowledged`, async (t) => {
		const store = new FakeStore();
		const commit = store.commit({file: randomBytes(size)});
		const supplying = supplyingPeer(store);
		const [atSupplier, atAsker] = fakeChannels({faults: {stallsAfterBytes: 2 * mebibyte}});
		atSupplier.handlers = supplierHandlers(supplying);
		let acked = 0;
		atAsker.handlers = {
			message(_channel, message) {
				if (message.type !== 'part' || message.index > 0) return;
				acked = message.bytes;
				atAsker.send({type: 'ack', request: message.request, index: 0, bytes: message.bytes});
			},
			bulk: () => undefined,
			objects: () => undefined,
			closed: () => undefined,
		};
		atAsker.send({type: 'want', request: 1, commit, have: []});
		const newest = () => supplying.progress.at(-1);
		await waitUntil('the stall to be shown', () => {
			const {doneBytes = 0, arrivingBytes = 0} = newest() ?? {};
			return doneBytes + arrivingBytes > 0.9 * expected;
		});
		t.is(newest()?.doneBytes, acked);
		t.true(
			supplying.progress.every(
				({doneBytes, arrivingBytes = 0}) => doneBytes + arrivingBytes < 1.1 * expected,
			),
		);
		const shown = supplying.progress.map(({doneBytes, arrivingBytes = 0}) => doneBytes + arrivingBytes);
		t.deepEqual(
			shown,
			shown.toSorted((one, other) => one - other),
			'it never goes back',
		);
		atAsker.close();
	});
}

test('what our own store does not give is told to the asker and to us, and what it never had to the asker alone', async (t) => {
	const {store, supplying, answers} = asked();
	await answers({commit: 'f'.repeat(40)});
	t.deepEqual(supplying.failures, []);
	store.packObjects = async () => {
		throw new Failure('missing_object', {details: {oid: 'a'.repeat(40)}});
	};
	const said = await answers({request: 2});
	t.like(said.at(-1), {type: 'want_failed', code: 'missing_object'});
	t.like(supplying.failures, [{code: 'missing_object', details: {oid: 'a'.repeat(40)}}]);
});
