/** How the window of a tunnel opens and grows, on a clock of the test's own. */
import test from 'ava';
import {maxWindowBytes, startWindowBytes} from '../../source/protocol/limits.js';
import {ReceiveWindow} from '../../source/transport/receive-window.js';

const step = 64 * 1024;

/** A writer that uses each grant one trip later; what it may send in the end at once. */
function windowAfter(trips: number, {rttMs, tripMs}: {rttMs?: number; tripMs: number}): number {
	let now = 1000;
	const window = new ReceiveWindow({maxBytes: maxWindowBytes, now: () => now});
	if (rttMs !== undefined) window.rttMs = rttMs;
	let credit = startWindowBytes;
	for (let trip = 0; trip < trips; trip++) {
		let sent = 0;
		let granted = 0;
		for (; sent + step <= credit; sent += step) {
			if (!window.take(step)) throw new Error('more than allowed');
			const grant = window.consume(step);
			if (!grant) continue;
			window.granted(grant);
			granted += grant.bytes;
		}
		credit += granted - sent;
		now += tripMs;
	}
	return credit;
}

test('A reader grants as much as it consumes', (t) => {
	t.is(windowAfter(10, {tripMs: 50}), startWindowBytes);
});

test('The window doubles with each round trip that uses it, up to its limit', (t) => {
	t.deepEqual(
		[2, 3, 4, 5, 8].map((trips) => windowAfter(trips, {rttMs: 50, tripMs: 50}) / startWindowBytes),
		[2, 4, 8, 8, 8],
	);
});

test('The window stays where a round trip uses little of it', (t) => {
	t.is(windowAfter(10, {rttMs: 5, tripMs: 50}), startWindowBytes);
});

test('More than was allowed is told from what was', (t) => {
	const window = new ReceiveWindow({maxBytes: maxWindowBytes});
	t.true(window.take(startWindowBytes));
	t.false(window.take(1));
});
