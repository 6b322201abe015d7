import test from 'ava';
import {BinaryTest} from '../../source/transport/binary-test.js';

/** Runs the steps at their times, in ms from the beginning, and says what came of it. */
async function outcomeOf(steps: readonly [atMs: number, step: (own: BinaryTest) => void][]) {
	const own = new BinaryTest();
	for (const [atMs, step] of steps) setTimeout(() => step(own), atMs);
	return own.passes;
}

const echo = (own: BinaryTest) => own.echoed();
const answer = (own: BinaryTest) => own.answered(own.askedAtMs);
const former = (own: BinaryTest) => own.answered(own.askedAtMs - 1);
const end = (own: BinaryTest) => own.end();

const cases: readonly [string, Parameters<typeof outcomeOf>[0], boolean | undefined][] = [
	['a frame that comes back passes', [[0, echo]], true],
	['a frame that stays away while text is answered does not', [[0, answer]], false],
	[
		'an answer to an earlier ping proves nothing',
		[
			[0, former],
			[4200, echo],
		],
		true,
	],
	[
		'where nothing comes for long, and then both, it passes',
		[
			[4000, answer],
			[4000, echo],
		],
		true,
	],
	['where nothing comes for long, and then text alone, it does not', [[3500, answer]], false],
	[
		'a connection that ends says nothing',
		[
			[0, answer],
			[100, end],
		],
		undefined,
	],
];

for (const [title, steps, outcome] of cases) {
	test(title, async (t) => {
		t.is(await outcomeOf(steps), outcome);
	});
}
