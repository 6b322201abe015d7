/** How the window of a tunnel opens and grows, on a clock of the test's own. */
import test from 'ava';
import {maxWindowBytes, startWindowBytes} from '../../source/protocol/limits.js';
import {ReceiveWindow, windowUnder} from '../../source/transport/receive-window.js';

const step = 64 * 1024;

/** A writer that uses each grant one trip later, after that many trips: what it may send then at once. */
function windowAfter(trips: number, tripMs: number): number {
	let now = 1000;
	const window = new ReceiveWindow({maxBytes: () => maxWindowBytes, now: () => now});
	let credit = startWindowBytes;
	for (let trip = 0; trip < trips; trip++) {
		let granted = 0;
		let sent = 0;
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

test('The window grows to its limit on a path of any length that it is made for', (t) => {
	for (const tripMs of [1, 20, 100, 400, 900]) t.is(windowAfter(8, tripMs), maxWindowBytes, `${tripMs}`);
});

test('The window stays where all of it lasts longer than the longest path', (t) => {
	t.is(windowAfter(20, 1500), startWindowBytes);
});

test('A reader that stops is granted nothing', (t) => {
	const window = new ReceiveWindow({maxBytes: () => maxWindowBytes});
	for (let bytes = 0; bytes < startWindowBytes; bytes += step) t.true(window.take(step));
	t.false(window.take(step));
});

test('More than was allowed is told from what was', (t) => {
	const window = new ReceiveWindow({maxBytes: () => maxWindowBytes});
	t.true(window.take(startWindowBytes));
	t.false(window.take(1));
});

test('Under a limit a window holds half a second of it, and no more than without one', (t) => {
	t.is(windowUnder(undefined, 1000), 1000);
	t.is(windowUnder({bytesPerSecond: undefined}, startWindowBytes), startWindowBytes);
	t.is(windowUnder({bytesPerSecond: 200_000}, startWindowBytes), 100_000);
	t.is(windowUnder({bytesPerSecond: 1}, startWindowBytes), 16 * 1024);
	t.is(windowUnder({bytesPerSecond: 1e9}, startWindowBytes), startWindowBytes);
});

test('A window that may be smaller now gets smaller by what is consumed, and grows again later', (t) => {
	let now = 0;
	let maxBytes = maxWindowBytes;
	const window = new ReceiveWindow({maxBytes: () => maxBytes, now: () => now});
	let allowed = startWindowBytes;
	const useAll = () => {
		for (let sent = 0, most = allowed; sent + step <= most; sent += step) {
			t.true(window.take(step));
			allowed -= step;
			const grant = window.consume(step);
			if (!grant) continue;
			window.granted(grant);
			allowed += grant.bytes;
		}
		now += 100;
	};
	for (let trip = 0; trip < 8; trip++) useAll();
	t.is(allowed, maxWindowBytes);
	maxBytes = 2 * step;
	useAll();
	t.true(allowed <= maxBytes, `${allowed}`);
	for (let trip = 0; trip < 3; trip++) useAll();
	t.true(allowed > 0 && allowed <= maxBytes, `${allowed}`);
	maxBytes = maxWindowBytes;
	for (let trip = 0; trip < 20; trip++) useAll();
	t.is(allowed, maxWindowBytes);
});
