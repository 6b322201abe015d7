/**
 * What the screen costs: the first picture and the answers at a prompt beside `node -e 0`, from a key to its picture, an
 * idle minute, and a transfer with the screen beside the same one with `--headless`.
 * `node dist/bench/screen.js [--rounds 5] [--idle-seconds 60] [--megabytes 500]`
 */
import {spawnSync} from 'node:child_process';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {Lab, programFile} from '../test/helpers/peer-process.js';
import {TestTerminal} from '../test/helpers/terminal.js';
import {cpuSeconds, fillFolder, measureTransfers, median} from './screen-transfer.js';
import {waitUntil} from '../test/helpers/wait.js';

const {values} = parseArgs({
	options: {
		rounds: {type: 'string', default: '5'},
		'idle-seconds': {type: 'string', default: '60'},
		megabytes: {type: 'string', default: '500'},
	},
});
const rounds = Number(values.rounds);
const deadlineMs = 600_000;
const megabytes = Number(values.megabytes);
const cleanups: (() => unknown)[] = [];
const lab = new Lab({teardown: (work) => cleanups.push(work), timeout: () => undefined});

const ms = (time: number) => `${time.toFixed(0)} ms`;

function open(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): TestTerminal {
	const terminal = new TestTerminal({
		args: [programFile, ...args],
		cwd: lab.path(name),
		env: {...lab.env, ...env},
		columns: 120,
		rows: 40,
	});
	cleanups.push(() => terminal.close());
	return terminal;
}

function timeOf(args: readonly string[], folder: string): number {
	const from = performance.now();
	spawnSync(process.execPath, [...args], {stdio: 'ignore', cwd: folder, env: lab.env});
	return performance.now() - from;
}

/** From the command to the first picture of a folder without a session. */
async function firstPicture(): Promise<number> {
	const from = performance.now();
	const terminal = open('fresh', []);
	await terminal.waitFor('q quit');
	const took = performance.now() - from;
	await terminal.close();
	return took;
}

async function measureStarts(hosted: string): Promise<void> {
	const times = {node: [] as number[], help: [] as number[], status: [] as number[], picture: [] as number[]};
	for (let round = 0; round < rounds; round++) {
		times.node.push(timeOf(['-e', '0'], hosted));
		times.help.push(timeOf([programFile, '--help'], hosted));
		times.status.push(timeOf([programFile, 'status', '--json'], hosted));
		times.picture.push(await firstPicture());
	}
	const base = median(times.node);
	const row = (numbers: readonly number[]) =>
		`${ms(median(numbers))} (${(median(numbers) / base).toFixed(2)} x)`;
	console.log(
		`node -e 0 ${ms(base)} · --help ${row(times.help)} · status --json ${row(times.status)} · first picture ${row(times.picture)}`,
	);
}

async function measureKeys(terminal: TestTerminal): Promise<void> {
	const times: number[] = [];
	for (let round = 0; round < rounds * 4; round++) {
		const isOpen = terminal.text().includes('esc back');
		const from = performance.now();
		terminal.press(isOpen ? 'escape' : '?');
		await terminal.waitUntil(() => terminal.text().includes('esc back') !== isOpen, 'the other screen');
		times.push(performance.now() - from);
	}
	if (terminal.text().includes('esc back')) terminal.press('escape');
	console.log(`a key to its picture: median ${ms(median(times))}, worst ${ms(Math.max(...times))}`);
}

async function measureIdle(terminal: TestTerminal): Promise<void> {
	const seconds = Number(values['idle-seconds']);
	const [before, drawn] = [cpuSeconds(terminal.pid), terminal.raw.length];
	await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
	const share = ((cpuSeconds(terminal.pid) - before) / seconds) * 100;
	console.log(
		`idle for ${seconds} s: ${share.toFixed(2)} % of one core, ${terminal.raw.length - drawn} bytes drawn`,
	);
}

try {
	const folder = lab.path('host');
	fillFolder(folder, megabytes);
	const host = await lab.host('host');
	await measureStarts(folder);
	await measureTransfers(lab, host, {rounds, megabytes});
	const member = open('member', ['join', '--name', 'member'], {PULSYNC_INVITE: host.invite});
	await member.waitFor('● in step', deadlineMs);
	await waitUntil('a still screen', () => member.text().includes('q quit'), deadlineMs);
	await measureKeys(member);
	await measureIdle(member);
} finally {
	for (const cleanup of cleanups.reverse()) await cleanup();
}
