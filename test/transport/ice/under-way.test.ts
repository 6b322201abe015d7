import test from 'ava';
import {UnderWay} from '../../../source/transport/ice/under-way.js';

const kibibyte = 1024;
const windowBytes = 2048 * kibibyte;

/** A writer that always has more, on a path of that rate and round trip, for so long; the bytes that passed a second. */
function simulate(
	underWay: UnderWay,
	path: {bytesPerMs: number; rttMs: number; forMs: number; fromMs?: number},
) {
	let [freeAt, passed] = [path.fromMs ?? 0, 0];
	const grants: {at: number; bytes: number}[] = [];
	let largest = 0;
	for (let now = path.fromMs ?? 0; now < (path.fromMs ?? 0) + path.forMs; now++) {
		while (grants.length > 0 && grants[0]!.at <= now) {
			const {bytes} = grants.shift()!;
			underWay.taken(bytes, now);
			passed += bytes;
		}
		for (let bytes = Math.min(underWay.room, 64 * kibibyte); bytes > 0;) {
			underWay.sent(bytes, now);
			freeAt = Math.max(freeAt, now) + bytes / path.bytesPerMs;
			grants.push({at: freeAt + path.rttMs, bytes});
			bytes = Math.min(underWay.room, 64 * kibibyte);
		}
		if (now > (path.fromMs ?? 0) + path.forMs / 2) largest = Math.max(largest, freeAt - now);
	}
	for (const {bytes} of grants) underWay.taken(bytes, freeAt + path.rttMs);
	return {bytesPerMs: passed / path.forMs, queueMs: largest};
}

for (const [what, bytesPerMs, rttMs] of [
	['a fast path', 50_000, 1],
	['a long path', 5000, 100],
	['an uplink of 1 MB/s', 1000, 40],
	['an uplink of 200 kB/s', 200, 40],
	['a satellite', 1000, 700],
] as const) {
	test(`${what} is used, and nothing waits for long behind what is under way`, (t) => {
		const {bytesPerMs: used, queueMs} = simulate(new UnderWay(windowBytes), {
			bytesPerMs,
			rttMs,
			forMs: 60_000,
		});
		t.true(used > 0.8 * bytesPerMs, `${used} of ${bytesPerMs} bytes a ms`);
		t.true(queueMs < 1500, `a queue of ${queueMs} ms`);
	});
}

test('a path that becomes faster is used again', (t) => {
	const underWay = new UnderWay(windowBytes);
	simulate(underWay, {bytesPerMs: 50, rttMs: 40, forMs: 60_000});
	const {bytesPerMs} = simulate(underWay, {bytesPerMs: 5000, rttMs: 40, forMs: 10_000, fromMs: 100_000});
	t.true(bytesPerMs > 4000, `${bytesPerMs} bytes a ms`);
});

test('a reader that stops for a minute is not punished for long', (t) => {
	const underWay = new UnderWay(windowBytes);
	underWay.sent(windowBytes, 0);
	t.is(underWay.room, 0);
	underWay.taken(windowBytes, 60_000);
	t.true(underWay.room >= 64 * kibibyte);
	const {bytesPerMs} = simulate(underWay, {bytesPerMs: 5000, rttMs: 40, forMs: 10_000, fromMs: 100_000});
	t.true(bytesPerMs > 2500, `${bytesPerMs} bytes a ms`);
});

test('who confirms more than was sent gains nothing by it', (t) => {
	const underWay = new UnderWay(windowBytes);
	underWay.sent(64 * kibibyte, 0);
	underWay.taken(2 ** 32 - 1, 1);
	t.is(underWay.room, windowBytes);
	underWay.sent(windowBytes, 2);
	t.is(underWay.room, 0);
});
