/**
 * Seeded runs of whole peers. `SIMULATION_SEEDS=1000` runs that many, `SIMULATION_SEEDS=500-900` these, `SIMULATION_TRACE=1`
 * shows what happened in those that fail.
 */
import process from 'node:process';
import test from 'ava';
import {planOf, Simulation} from './simulation.js';

const [from, to] = seedsOf(process.env['SIMULATION_SEEDS'] ?? '200');

function seedsOf(text: string): [from: number, to: number] {
	const [first = 0, last] = text.split('-').map(Number);
	return last === undefined ? [1, first] : [first, last];
}

test.serial('a seed gives the same run again', async (t) => {
	for (const seed of [1, 2, 3, 4, 5]) {
		const [one, other] = [
			await new Simulation(seed, planOf(seed)).run(),
			await new Simulation(seed, planOf(seed)).run(),
		];
		t.is(one.trace, other.trace, `seed ${seed}`);
	}
});

test.serial('runs by seed', async (t) => {
	t.timeout(24 * 60 * 60_000);
	let [commits, conflicts] = [0, 0];
	for (let seed = from; seed <= to; seed++) {
		const {violations, facts, lines} = await new Simulation(seed, planOf(seed), {
			keepLines: process.env['SIMULATION_TRACE'] !== undefined,
		}).run();
		commits += facts.commits;
		conflicts += facts.conflicts;
		if (violations.length > 0) t.log(lines.join('\n'));
		t.deepEqual(violations, [], `seed ${seed}`);
	}
	t.log(`${to - from + 1} runs, ${commits} commits, ${conflicts} conflicts at the end`);
});
