import test from 'ava';
import {createRateLimiter, createTokenBucket} from '../../source/transport/rate-limiter.js';

test('A burst passes at once, then bytes wait until they are paid for', async (t) => {
	const bucket = createTokenBucket(1_000_000, () => 0);
	let hasTurned = false;
	setImmediate(() => (hasTurned = true));
	await bucket.take(200_000);
	t.false(hasTurned, 'a burst waited');
	const start = performance.now();
	await bucket.take(150_000);
	const tookMs = performance.now() - start;
	t.true(tookMs >= 95, `350,000 bytes at 1 MB/s with a burst of 250 ms waited only ${tookMs} ms`);
});

test('Who takes later waits behind who took before', async (t) => {
	const bucket = createTokenBucket(1_000_000);
	const order: number[] = [];
	await Promise.all(
		[1, 2, 3].map(async (id) => {
			await bucket.take(130_000);
			order.push(id);
		}),
	);
	t.deepEqual(order, [1, 2, 3]);
});

test('No limit means no bucket', (t) => {
	t.deepEqual(createRateLimiter({}), {});
	t.deepEqual(Object.keys(createRateLimiter({upBytesPerSecond: 5})), ['up']);
	t.deepEqual(Object.keys(createRateLimiter({downBytesPerSecond: 5})), ['down']);
});
