import test from 'ava';
import {throttleSource} from '../../../source/tui/hooks/use-session-state.js';
import {fakeSession, makeState} from '../fixtures/state.js';

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
	t.is(await show(after(2)), 1, 'the graph moves');
	t.is(await show(after(60)), 1, 'the burst is about to leave it');
	t.is(await show(after(61)), 1, 'it has left');
	t.is(await show(after(62)), 0, 'only the graph of ten minutes moves');
	t.is(await show(after(65)), 0);
	t.is(await show(after(66)), 1, 'which it does now and then');
	t.is(await show({...after(67), pin: 'json'}), 1, 'anything else is seen at once');
	t.is(await show({...after(68), pin: 'json', throughput: {samples: []}}), 1, 'the last of the graph');
	source.close();
});
