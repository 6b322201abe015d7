/**
 * Many seeds, by several processes: `simulation-soak.js 1-100000 2`. A seed that fails is named with what does not hold, and the
 * others go on. Exit code 0 only if all hold.
 */
import {fork} from 'node:child_process';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

type Found = {readonly seed: number; readonly violations: readonly string[]};
type Report = {readonly from: number; readonly to: number; readonly commits: number; readonly found: Found[]};

/** Seeds that a process gets at a time. */
const batch = 50;
/** A process begins afresh after so many batches: what libraries keep for ever stays small. */
const batchesOfAProcess = 40;
const progressEveryMs = 60_000;
const shownViolations = 3;

if (process.send) await serve();
else await lead();

/** One of the processes: runs what it is told to. */
async function serve(): Promise<void> {
	const {planOf, Simulation} = await import('./simulation.js');
	process.on('message', ({from, to}: {from: number; to: number}) => {
		const run = async () => {
			const report: Report = {from, to, commits: 0, found: []};
			let {commits} = report;
			for (let seed = from; seed <= to; seed++) {
				const {violations, facts} = await new Simulation(seed, planOf(seed)).run();
				commits += facts.commits;
				if (violations.length > 0) report.found.push({seed, violations});
			}
			process.send!({...report, commits});
		};
		void run();
	});
	process.send!('ready');
}

async function lead(): Promise<void> {
	const [seeds = '1-100000', processes = '2'] = process.argv.slice(2);
	const [first, last] = seeds.split('-').map(Number);
	const count = Number(processes);
	if (first === undefined || last === undefined || !(first <= last) || !(count >= 1)) {
		process.stderr.write('Seeds are FIRST-LAST, as in 1-100000, and there is at least one process.\n');
		process.exitCode = 2;
		return;
	}
	const startedAt = Date.now();
	const found: Found[] = [];
	let [next, done, commits, isBroken] = [first, 0, 0, false];
	const tell = () => {
		const seconds = (Date.now() - startedAt) / 1000;
		const rate = (done / seconds).toFixed(1);
		process.stdout.write(
			`${done} runs, ${commits} commits, ${found.length} failed, ${seconds.toFixed(0)} s, ${rate}/s\n`,
		);
	};
	const progress = setInterval(tell, progressEveryMs);
	const work = async () => {
		while (next <= last && !isBroken) {
			// Much is made and soon forgotten: with room for it, little of that is ever copied. What is compiled is needed again.
			const execArgv = ['--max-semi-space-size=64', '--no-flush-bytecode'];
			const child = fork(fileURLToPath(import.meta.url), {execArgv});
			let [batches, isBusy] = [0, false];
			child.on('message', (message: 'ready' | Report) => {
				isBusy = false;
				if (message !== 'ready') {
					done += message.to - message.from + 1;
					commits += message.commits;
					for (const {seed, violations} of message.found) {
						found.push({seed, violations});
						const lines = violations.slice(0, shownViolations).map((line) => `  ${line}\n`);
						process.stdout.write(`seed ${seed}: ${violations.length} violations\n${lines.join('')}`);
					}
				}
				if (next > last || batches++ >= batchesOfAProcess) return void child.disconnect();
				const [from, to] = [next, Math.min(last, next + batch - 1)];
				next = to + 1;
				isBusy = true;
				child.send({from, to});
			});
			const code = await new Promise((resolve) => child.on('exit', resolve));
			if (code === 0 && !isBusy) continue;
			process.stdout.write(`a process ended with ${String(code)} before its seeds were done\n`);
			isBroken = true;
		}
	};
	await Promise.all(Array.from({length: count}, work));
	clearInterval(progress);
	tell();
	if (found.length > 0) process.stdout.write(`failing seeds: ${found.map(({seed}) => seed).join(' ')}\n`);
	process.exitCode = found.length > 0 || isBroken ? 1 : 0;
}
