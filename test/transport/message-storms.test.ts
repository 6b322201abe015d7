/** More of them by hand: `npm run soak -- messages`. */
import test from 'ava';
import {runMessageStorm} from './support/message-storm.js';

const storms = 40;

test('Whatever a relay says, and however much of it at once: what was begun ends, and nothing ends the program', async (t) => {
	t.timeout(120_000);
	const seeds = Array.from({length: storms}, (_, index) => index + 1);
	await Promise.all(
		seeds.map(async (seed) => {
			t.deepEqual(await runMessageStorm(seed), [], `storm ${seed}`);
		}),
	);
});
