/**
 * What the screen costs: the first picture and the answers at a prompt beside `node -e 0`, from a key to its picture, an
 * idle minute, and a transfer with the screen beside the same one with `--headless`, in turn.
 * `node dist/bench/screen.js [--rounds 5] [--idle-seconds 60] [--megabytes 500]`
 */
import {spawnSync} from 'node:child_process';
import {readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {randomBytes} from 'node:crypto';
import path from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {Lab, programFile} from '../test/helpers/peer-process.js';
import {TestTerminal} from '../test/helpers/terminal.js';
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
const files = 20;
const fileBytes = Math.round((Number(values.megabytes) * 1_000_000) / files);
const fileName = (index: number) => `part-${index}.bin`;
const cleanups: (() => unknown)[] = [];
const lab = new Lab({teardown: (work) => cleanups.push(work), timeout: () => undefined});

const median = (numbers: readonly number[]) =>
	[...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? 0;
const ms = (time: number) => `${time.toFixed(0)} ms`;

/** Seconds of processor time that a process has used. */
function cpuSeconds(pid: number): number {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
		.replace(/^.*\) /, '')
		.split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

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

/** How long a member takes for everything, and the processor time of its process. */
async function transfer(name: string, invite: string, drawn: boolean): Promise<{took: number; cpu: number}> {
	const from = performance.now();
	const args = ['join', '--name', name, ...(drawn ? [] : ['--headless'])];
	const terminal = open(name, args, {PULSYNC_INVITE: invite});
	const isThere = (index: number) =>
		statSync(path.join(lab.path(name), fileName(index)), {throwIfNoEntry: false})?.size === fileBytes;
	await waitUntil(
		'all files',
		() => Array.from({length: files}, (_, index) => index).every(isThere),
		deadlineMs,
	);
	const result = {took: performance.now() - from, cpu: cpuSeconds(terminal.pid)};
	terminal.kill('SIGTERM');
	await terminal.exited;
	rmSync(lab.path(name), {recursive: true, force: true});
	return result;
}

async function measureTransfers(invite: string): Promise<void> {
	const runs = {drawn: [] as {took: number; cpu: number}[], lines: [] as {took: number; cpu: number}[]};
	for (let round = 0; round < rounds; round++) {
		runs.lines.push(await transfer(`lines-${round}`, invite, false));
		runs.drawn.push(await transfer(`drawn-${round}`, invite, true));
	}
	const of = (list: readonly {took: number; cpu: number}[]) => ({
		took: median(list.map(({took}) => took)),
		cpu: median(list.map(({cpu}) => cpu)),
	});
	const [drawn, lines] = [of(runs.drawn), of(runs.lines)];
	const slower = ((drawn.took / lines.took - 1) * 100).toFixed(1);
	const share = (((drawn.cpu - lines.cpu) * 100_000) / drawn.took).toFixed(1);
	console.log(
		`${values.megabytes} MB: ${ms(drawn.took)} with the screen, ${ms(lines.took)} without (${slower} % slower); the screen with its start took ${(drawn.cpu - lines.cpu).toFixed(2)} s of processor time, ${share} % of one core`,
	);
}

try {
	const folder = lab.path('host');
	for (let index = 0; index < files; index++)
		writeFileSync(path.join(folder, fileName(index)), randomBytes(fileBytes));
	const host = await lab.host('host');
	await measureStarts(folder);
	await measureTransfers(host.invite);
	const member = open('member', ['join', '--name', 'member'], {PULSYNC_INVITE: host.invite});
	await member.waitFor('● in step', deadlineMs);
	await waitUntil('a still screen', () => member.text().includes('q quit'), deadlineMs);
	await measureKeys(member);
	await measureIdle(member);
} finally {
	for (const cleanup of cleanups.reverse()) await cleanup();
}
