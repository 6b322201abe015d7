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
