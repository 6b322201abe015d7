import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import {createRateLimiter, RateLimit} from '../../source/transport/rate-limiter.js';

test('A burst passes at once, then bytes wait until they are paid for', async (t) => {
	const share = new RateLimit(1_000_000).shareOf('ann');
	let hasTurned = false;
	setImmediate(() => (hasTurned = true));
	const start = performance.now();
	await share.take(200_000);
	t.false(hasTurned, 'a burst waited');
	await share.take(250_000);
	const tookMs = performance.now() - start;
	t.true(tookMs >= 195, `450,000 bytes at 1 MB/s with a burst of 250 ms waited only ${tookMs} ms`);
});

test('A limit holds in the long run, however late its timers are', async (t) => {
	const share = new RateLimit(2_000_000).shareOf('ann');
	const start = performance.now();
	let bytes = 0;
	while (bytes < 3_000_000) {
		await share.take(60_000);
		bytes += 60_000;
	}
	const seconds = (performance.now() - start) / 1000;
	// What a burst lets through before, and not a byte more.
	t.true(bytes <= 2_000_000 * (seconds + 0.25) + 1, `${bytes} bytes in ${seconds} s`);
});

test('Peers get equal parts of a limit, whatever they ask for at once', async (t) => {
	const limit = new RateLimit(4_000_000);
	const passed = new Map<string, number>();
	const until = performance.now() + 1000;
	const use = async (who: string, bytes: number, atOnce: number) => {
		const share = limit.shareOf(who);
		const one = async () => {
			while (performance.now() < until) {
				await share.take(bytes);
				passed.set(who, (passed.get(who) ?? 0) + bytes);
			}
		};
		await Promise.all(Array.from({length: atOnce}, one));
	};
	await Promise.all([use('ann', 20_000, 1), use('bob', 100_000, 1), use('cem', 60_000, 5)]);
	const values = [...passed.values()];
	t.is(values.length, 3);
	// Those that wait at the end still pass.
	t.true(Math.max(...values) - Math.min(...values) <= 6 * 100_000, JSON.stringify([...passed]));
});

test('A new rate holds at once for what waits already', async (t) => {
	const limit = new RateLimit(1000);
	const share = limit.shareOf('ann');
	const start = performance.now();
	const waiting = [share.take(50_000), share.take(50_000)];
	limit.set(1_000_000);
	await Promise.all(waiting);
	t.true(performance.now() - start < 30_000, 'it waited at the old rate');
	limit.set(1000);
	const stopped = share.take(100_000);
	limit.set(undefined);
	await stopped;
	t.is(share.bytesPerSecond, undefined);
	limit.set(500);
	t.is(share.bytesPerSecond, 500);
});

test('No limit lets everything through, and can be given later', async (t) => {
	const {up, down} = createRateLimiter({downBytesPerSecond: 1000});
	t.is(up.bytesPerSecond, undefined);
	t.is(down.bytesPerSecond, 1000);
	let hasPassed = false;
	void up
		.shareOf('ann')
		.take(1e12)
		.then(() => (hasPassed = true));
	await turn();
	t.true(hasPassed);
});
