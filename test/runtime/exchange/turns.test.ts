import test from 'ava';
import {Condition} from '../../../source/runtime/exchange/condition.js';
import {PathRate} from '../../../source/runtime/exchange/path-rate.js';
import {chunkWindow, segmentWindow} from '../../../source/runtime/exchange/send-window.js';
import {Turns} from '../../../source/runtime/exchange/turns.js';

test('turns are given in the order in which they were asked for', async (t) => {
	const turns = new Turns(1);
	const {signal} = new AbortController();
	const order: number[] = [];
	const first = await turns.take(signal);
	const waiting = [1, 2, 3].map(async (name) => {
		const release = await turns.take(signal);
		order.push(name);
		release();
		release();
	});
	t.is(turns.tryTake(0), undefined);
	first();
	await Promise.all(waiting);
	t.deepEqual(order, [1, 2, 3]);
	t.is(typeof turns.tryTake(0), 'function');
	t.is(turns.tryTake(0), undefined);
});

test('who gives up waiting loses its place and no turn is lost', async (t) => {
	const turns = new Turns(1);
	const held = await turns.take(new AbortController().signal);
	const abort = new AbortController();
	const waiting = turns.take(abort.signal);
	abort.abort(new Error('over'));
	await t.throwsAsync(waiting, {message: 'over'});
	await t.throwsAsync(turns.take(abort.signal), {message: 'over'});
	held();
	t.is(turns.tryTake(1), undefined);
	t.is(typeof turns.tryTake(0), 'function');
});

test('a condition ends by holding, by its deadline or by its signal', async (t) => {
	const condition = new Condition();
	let holds = false;
	const waiting = condition.until(() => holds);
	condition.notify();
	holds = true;
	condition.notify();
	t.true(await waiting);
	t.false(await condition.until(() => false, {timeoutMs: 1}));
	const abort = new AbortController();
	const aborted = condition.until(() => false, {signal: abort.signal});
	abort.abort(new Error('over'));
	await t.throwsAsync(aborted, {message: 'over'});
	await t.throwsAsync(
		condition.until(() => {
			throw new Error('broken');
		}),
		{message: 'broken'},
	);
});

test('the window of segments is a number, that of chunks follows how fast they are acknowledged', (t) => {
	const segments = segmentWindow(new PathRate());
	t.deepEqual(
		[0, 1, 2, 3].map((units) => segments.isFull(units, 0)),
		[false, false, false, true],
	);
	const chunks = chunkWindow();
	const size = chunks.unitBytes;
	t.false(chunks.isFull(0, Infinity));
	for (let count = 0; count < 20; count++) chunks.acknowledged(5);
	t.is(chunks.unitBytes, 256 * 1024);
	t.true(chunks.unitBytes > size && chunks.isFull(1, 4 * 1024 * 1024));
	for (let count = 0; count < 20; count++) chunks.acknowledged(5000);
	t.is(chunks.unitBytes, 64 * 1024);
	t.true(chunks.isFull(1, 64 * 1024));
});
