import test from 'ava';
import {steadyClock} from '../../source/runtime/loop.js';

test('time does not go back with the clock on the wall, and goes on meanwhile', async (t) => {
	let wall = 1_000_000;
	const now = steadyClock(() => wall);
	t.true(now() >= wall);
	wall -= 3_600_000;
	const before = now();
	t.true(before >= 1_000_000);
	await new Promise((resolve) => setTimeout(resolve, 30));
	t.true(now() >= before + 20);
	t.true(now() < 1_000_000 + 60_000);
});

test('time goes forward with the clock: so it looks when a machine slept', (t) => {
	let wall = 1_000_000;
	const now = steadyClock(() => wall);
	wall += 3_600_000;
	t.is(now(), wall);
});
