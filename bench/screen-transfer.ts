/**
 * What the screen costs during a transfer: a member joins a host that has so much, with the screen and with `--headless` in
 * turn, each first every other time. Both write to a terminal, whose reader only counts, since a reader that shows what it
 * reads would share the processor with them.
 */
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {randomBytes} from 'node:crypto';
import path from 'node:path';
import process from 'node:process';
import {spawn} from '@lydell/node-pty';
import {type Lab, type PeerProcess, programFile} from '../test/helpers/peer-process.js';

type Host = PeerProcess & {readonly invite: string};

/** One join. Seconds of the processor are those of the member's process. */
type Run = {
	/** From the command until the host knows that the member has all of it, durably. */
	readonly tookMs: number;
	/** The part of it from when both are linked. */
	readonly linkedMs: number;
	readonly linkedCpu: number;
	readonly drawnBytes: number;
};

const deadlineMs = 600_000;
const files = 20;

/** Seconds of processor time that a process has used. */
export function cpuSeconds(pid: number): number {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
		.replace(/^.*\) /, '')
		.split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Fills the folder of a host to be. */
export function fillFolder(folder: string, megabytes: number): void {
	for (let index = 0; index < files; index++)
		writeFileSync(
			path.join(folder, `part-${index}.bin`),
			randomBytes(Math.round((megabytes * 1_000_000) / files)),
		);
}

export async function measureTransfers(
	lab: Lab,
	host: Host,
	{rounds, megabytes}: {readonly rounds: number; readonly megabytes: number},
): Promise<void> {
	const runs = {screen: [] as Run[], lines: [] as Run[]};
	for (let round = 0; round < rounds; round++) {
		for (const view of round % 2 === 0 ? (['lines', 'screen'] as const) : (['screen', 'lines'] as const))
			runs[view].push(await join(lab, host, `${view}-${round}`, view));
	}
	const of = (view: Run[], what: keyof Run) => median(view.map((run) => run[what]));
	for (const [view, list] of Object.entries(runs)) {
		console.log(
			`${megabytes} MB, ${view}: ${spread(list, 'tookMs')} from the command, ${spread(list, 'linkedMs')} from the link, ${of(list, 'linkedCpu').toFixed(2)} s of the processor in that, ${of(list, 'drawnBytes')} bytes written`,
		);
	}
	const slower = (what: 'tookMs' | 'linkedMs') =>
		((of(runs.screen, what) / of(runs.lines, what) - 1) * 100).toFixed(1);
	const more = of(runs.screen, 'linkedCpu') - of(runs.lines, 'linkedCpu');
	console.log(
		`the screen: ${slower('tookMs')} % longer from the command, ${slower('linkedMs')} % from the link; ${more.toFixed(2)} s of the processor, ${((more * 100_000) / of(runs.screen, 'linkedMs')).toFixed(1)} % of one core`,
	);
}

async function join(lab: Lab, host: Host, name: string, view: 'screen' | 'lines'): Promise<Run> {
	const from = {events: host.events.length, at: performance.now()};
	const env: Record<string, string> = {};
	for (const [key, value] of Object.entries({...lab.env, PULSYNC_INVITE: host.invite}))
		if (value !== undefined && key !== 'CI') env[key] = value;
	const terminal = spawn(
		process.execPath,
		[programFile, 'join', '--name', name, ...(view === 'lines' ? ['--headless'] : [])],
		{name: 'xterm-256color', cols: 120, rows: 40, cwd: lab.path(name), env, encoding: null},
	);
	let drawnBytes = 0;
	terminal.onData(({length}) => (drawnBytes += length));
	const ended = new Promise((resolve) => terminal.onExit(resolve));
	const wait = {from: from.events, deadlineMs};
	await host.waitFor('link', ({status}) => status === 'online', wait);
	const linked = {at: performance.now(), cpu: cpuSeconds(terminal.pid)};
	await host.waitFor('synced', undefined, wait);
	const now = performance.now();
	const run = {
		tookMs: now - from.at,
		linkedMs: now - linked.at,
		linkedCpu: cpuSeconds(terminal.pid) - linked.cpu,
		drawnBytes,
	};
	terminal.kill('SIGTERM');
	await ended;
	await host.waitFor('peer_left', undefined, wait);
	rmSync(lab.path(name), {recursive: true, force: true});
	return run;
}

export function median(numbers: readonly number[]): number {
	return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0;
}

function spread(runs: readonly Run[], what: 'tookMs' | 'linkedMs'): string {
	const times = runs.map((run) => run[what]);
	return `${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)}–${Math.max(...times).toFixed(0)})`;
}
