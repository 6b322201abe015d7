/** What it costs while nothing happens, and how long a command takes to say something. */
import {setTimeout as wait} from 'node:timers/promises';
import {spawn} from 'node:child_process';
import {type Contender} from '../contest.js';
import {cpuMs, host, pulsyncPair, residentMegabytes} from '../contenders/pulsync.js';
import {syncthingPair} from '../contenders/syncthing.js';
import {type Keeper, type Pair} from '../contenders/tool.js';
import {programFile} from '../../test/helpers/peer-process.js';
import {type Place} from '../place.js';
import {projects, type Size} from '../projects.js';
import {present, type Scenario} from './scenario.js';

function idle(keeper: Keeper, place: Place, size: Size): Contender {
	let pair: Pair;
	return {
		name: keeper.name,
		async setUp() {
			const source = place.emptyFolder('source');
			projects['50,000 files'](source, size);
			pair = await keeper.keep(place, source);
			// What a start leaves to be tidied up is not idleness.
			await wait(size === 'full' ? 20_000 : 100);
		},
		async run() {
			const restMs = size === 'full' ? 30_000 : 200;
			const processes = pair.processes();
			const before = processes.map(cpuMs);
			await wait(restMs);
			const used = processes.map((pid, at) => cpuMs(pid) - before[at]!);
			return {
				'% of a core': (Math.max(...used) / restMs) * 100,
				'resident MB': Math.max(...processes.map(residentMegabytes)),
			};
		},
	};
}

/** Until the first line on stdout. */
async function firstLine(args: readonly string[], cwd: string, env = process.env): Promise<number> {
	const startedAt = performance.now();
	const child = spawn(process.execPath, args, {cwd, env, stdio: ['ignore', 'pipe', 'ignore']});
	let ms = NaN;
	child.stdout.once('data', () => (ms = performance.now() - startedAt));
	await new Promise((resolve) => child.once('close', resolve));
	return Number.isNaN(ms) ? performance.now() - startedAt : ms;
}

function starts(place: Place, size: Size): Contender[] {
	let [folder, env] = [place.folder, process.env];
	return [
		{
			name: 'pulsync --help',
			run: async () => ({ms: await firstLine([programFile, '--help'], place.folder)}),
		},
		{name: 'node -e 0', run: async () => ({ms: await firstLine(['-e', '0'], place.folder)})},
		{
			name: 'pulsync status --json',
			async setUp() {
				const source = place.emptyFolder('source');
				projects['2,000 files'](source, size);
				const {ada, lab} = await host(place, source);
				[folder, env] = [ada.folder, lab.env];
			},
			run: async () => ({ms: await firstLine([programFile, 'status', '--json'], folder, env)}),
		},
	];
}

export const costs: readonly Scenario[] = [
	{
		name: 'idle',
		title: 'two peers at rest, 50,000 files: the busier process',
		runs: 2,
		contenders: (place, size) =>
			present([pulsyncPair('direct'), syncthingPair]).map((keeper) => idle(keeper, place, size)),
	},
	{name: 'start', title: 'until a command says something', runs: 15, contenders: starts},
];
