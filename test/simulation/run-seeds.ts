/** Runs seeds one after the other, as a test. */
import process from 'node:process';
import {type ExecutionContext} from 'ava';
import {planOf, Simulation} from './simulation.js';

/** `SIMULATION_SEEDS=500` or `SIMULATION_SEEDS=166-210`, of which a file runs its share; else 2,000 between all. */
export function seedsOf(text = process.env['SIMULATION_SEEDS'] ?? '2000'): [from: number, to: number] {
	const [first = 0, last] = text.split('-').map(Number);
	return last === undefined ? [1, first] : [first, last];
}

/** Every seed of the range that leaves this rest. With `SIMULATION_TRACE` those that fail show all that happened in them. */
export async function runSeeds(t: ExecutionContext, share: {of: number; rest: number}): Promise<void> {
	t.timeout(60 * 60_000);
	const [from, to] = seedsOf();
	let [runs, commits, conflicts] = [0, 0, 0];
	for (let seed = from; seed <= to; seed++) {
		if (seed % share.of !== share.rest) continue;
		const {violations, facts, lines} = await runSeed(seed);
		runs++;
		commits += facts.commits;
		conflicts += facts.conflicts;
		if (violations.length > 0) t.log(lines.join('\n'));
		t.deepEqual(violations, [], `seed ${seed}`);
	}
	t.log(`${runs} runs, ${commits} commits, ${conflicts} conflicts at the end`);
	t.pass();
}

export async function runSeed(seed: number) {
	const keepLines = process.env['SIMULATION_TRACE'] !== undefined;
	return new Simulation(seed, planOf(seed), {keepLines}).run();
}
