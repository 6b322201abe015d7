import test from 'ava';
import {throttleSource} from '../../../source/tui/hooks/use-session-state.js';
import {fakeSession, makePeer, makeState, peersOf} from '../fixtures/state.js';

test('changes are announced at once, then at most once an interval, and the last one always', async (t) => {
	const session = fakeSession(makeState());
	const source = throttleSource(session, 50);
	const seen: string[] = [];
	const last = new Promise<void>((resolve) => {
		source.subscribe(() => {
			seen.push(source.getSnapshot().pin);
			if (source.getSnapshot().pin === 'json') resolve();
		});
	});
	session.set(makeState({pin: 'direct'}));
	t.deepEqual(seen, ['direct']);
	for (let time = 0; time < 1000; time++) session.set(makeState({pin: 'proxy'}));
	session.set(makeState({pin: 'json'}));
	t.deepEqual(seen, ['direct']);
	t.is(source.getSnapshot().pin, 'direct', 'the snapshot is the one that was announced');
	await last;
	t.deepEqual(seen, ['direct', 'json']);
	source.close();
	session.set(makeState({pin: 'auto'}));
	t.is(seen.length, 2);
});

test('what cannot be seen is not announced', async (t) => {
	const silence = {in: {direct: 0, proxy: 0, json: 0}, out: {direct: 0, proxy: 0, json: 0}};
	const burst = {...silence, in: {direct: 5000, proxy: 0, json: 0}};
	const seconds = Array.from({length: 600}, (_, second) => ({
		at: second,
		...(second === 0 ? burst : silence),
	}));
	/** The state after so many seconds. */
	const after = (second: number) => ({
		...still,
		now: still.now + second * 1000,
		throughput: {samples: seconds.slice(0, second)},
	});
	const still = makeState({throughput: {samples: []}});
	const session = fakeSession(still);
	const source = throttleSource(session, 0);
	let announced = 0;
	source.subscribe(() => announced++);
	const show = async (state: typeof still) => {
		const before = announced;
		session.set(state);
		await new Promise((resolve) => setTimeout(resolve, 1));
		return announced - before;
	};
	t.is(await show({...still, now: still.now + 60_000}), 0, 'the time');
	t.is(await show(after(1)), 1, 'a burst');
	for (const second of [2, 3, 4, 5]) t.is(await show(after(second)), 1, 'rates fall');
	t.is(await show(after(6)), 0, 'what came before only moves on');
	t.is(await show(after(7)), 1, 'in larger steps');
	t.is(await show(after(61)), 1);
	t.is(await show(after(63)), 0, 'only the graph of ten minutes moves');
	t.is(await show(after(65)), 0);
	t.is(await show(after(66)), 1, 'which it does now and then');
	const peer = makePeer({name: 'bob', recent: []});
	t.is(await show({...after(67), peers: peersOf(peer)}), 1, 'anything else is seen at once');
	t.is(
		await show({...after(68), peers: peersOf({...peer, recent: undefined})}),
		0,
		'seconds of a peer are a graph, too',
	);
	t.is(await show({...after(68), peers: peersOf({...peer, revision: 2})}), 1);
	t.is(
		await show({...after(69), peers: peersOf({...peer, revision: 2}), throughput: {samples: []}}),
		1,
		'the last of it',
	);
	source.close();
});

test('a change that somebody waits for is announced in a moment, the other ones in their time', async (t) => {
	const session = fakeSession(makeState());
	const source = throttleSource(session, 1_000_000);
	t.teardown(() => source.close());
	const seen: string[] = [];
	const announced = new Promise<void>((resolve) => {
		source.subscribe(() => {
			seen.push(source.getSnapshot().pin);
			if (seen.length === 2) resolve();
		});
	});
	session.set(makeState({pin: 'direct'}));
	session.set(makeState({pin: 'proxy'}));
	t.deepEqual(seen, ['direct']);
	source.hurry();
	session.set(makeState({pin: 'json'}));
	await announced;
	t.deepEqual(seen, ['direct', 'json']);
	session.set(makeState({pin: 'auto'}));
	t.is(seen.length, 2);
});
