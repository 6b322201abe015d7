/** Runs of seeds, one after the other, as tests of a hundred each: a busy machine is heard of while it works. */
import process from 'node:process';
import {setFlagsFromString} from 'node:v8';
import test from 'ava';
import {planOf, Simulation} from './simulation.js';

const seedsOfATest = 100;

// Each part of the program is needed by each seed: nothing that was compiled is to be given up meanwhile.
setFlagsFromString('--no-flush-bytecode');

/** `SIMULATION_SEEDS=500`, or `SIMULATION_SEEDS=166-210`; else 2,000. */
function seedsOf(text = process.env['SIMULATION_SEEDS'] ?? '2000'): [from: number, to: number] {
	const [first = 0, last] = text.split('-').map(Number);
	return last === undefined ? [1, first] : [first, last];
}

/** Declares the tests of every `of`th hundred. With `SIMULATION_TRACE` seeds that fail show all that happened in them. */
export function declareSeeds(share: {of: number; rest: number}): void {
	const [first, last] = seedsOf();
	if (last - first < share.rest * seedsOfATest)
		test.skip('so few seeds are run by the other file', () => undefined);
	for (let from = first, count = 0; from <= last; from += seedsOfATest, count++) {
		if (count % share.of !== share.rest) continue;
		const to = Math.min(last, from + seedsOfATest - 1);
		test.serial(`whole peers keep what is promised: seeds ${from} to ${to}`, async (t) => {
			t.timeout(60 * 60_000);
			let [commits, conflicts] = [0, 0];
			for (let seed = from; seed <= to; seed++) {
				const {violations, facts, lines} = await runSeed(seed);
				commits += facts.commits;
				conflicts += facts.conflicts;
				if (violations.length > 0) t.log(lines.join('\n'));
				t.deepEqual(violations, [], `seed ${seed}`);
			}
			t.log(`${commits} commits, ${conflicts} conflicts at the end`);
		});
	}
}

export async function runSeed(seed: number) {
	const keepLines = process.env['SIMULATION_TRACE'] !== undefined;
	return new Simulation(seed, planOf(seed), {keepLines}).run();
}
