/**
 * How fast our carriers are beside what they are made of: a bare TLS stream, a bare WebSocket (straight, and through the
 * simplest forwarder there can be), a bare data channel. On loopback, each end a process of its own, in turn in one run;
 * medians, and ours as a ratio of the bare one. `node dist/bench/carriers.js [--runs N] [kind …]`
 */
import {type ChildProcess, fork} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {cpus} from 'node:os';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {createIdentity} from '../source/transport/identity.js';
import {runEnd} from './carrier-ends.js';
import {type Kind, kinds, type Task, type Told} from './carrier-task.js';
import {measureIce} from './ice.js';

const megabyte = 1_000_000;

const plan: Record<Kind, {readonly bytes: number; readonly between: boolean; readonly bare?: Kind}> = {
	tls: {bytes: 400 * megabyte, between: false},
	tcp: {bytes: 400 * megabyte, between: false, bare: 'tls'},
	ws: {bytes: 400 * megabyte, between: false},
	'ws-two-hops': {bytes: 200 * megabyte, between: true},
	'tls-two-hops': {bytes: 200 * megabyte, between: true},
	proxy: {bytes: 200 * megabyte, between: true, bare: 'ws-two-hops'},
	json: {bytes: 60 * megabyte, between: true},
};

/** A part that does not get done by then hangs. */
const deadlineMs = 120_000;

function start(task: Task): {
	child: ChildProcess;
	heard: <T extends Told['type']>(type: T) => Promise<Extract<Told, {type: T}>>;
} {
	const child = fork(fileURLToPath(import.meta.url), ['--end'], {serialization: 'advanced'});
	child.send(task);
	return {
		child,
		heard: async (type) =>
			new Promise((resolve, reject) => {
				const timer = setTimeout(
					() => reject(new Error(`${task.kind}: no ${type} from the ${task.role}`)),
					deadlineMs,
				);
				child.on('message', (told: Told) => {
					if (told.type !== type) return;
					clearTimeout(timer);
					resolve(told as Extract<Told, {type: typeof type}>);
				});
			}),
	};
}

/** MB/s of one transfer. */
async function measure(kind: Kind): Promise<number> {
	const {bytes, between} = plan[kind];
	const pair = [createIdentity(), createIdentity()].sort((a, b) => (a.peerId < b.peerId ? -1 : 1));
	const keys = [pair[0]!.exportPem(), pair[1]!.exportPem()] as const;
	const task = {kind, bytes, keys, secret: randomBytes(32).toString('hex'), url: ''};
	const parts: ChildProcess[] = [];
	const begin = (of: Task) => {
		const part = start(of);
		parts.push(part.child);
		return part;
	};
	try {
		let url = '';
		if (between) ({url} = await begin({...task, role: 'between'}).heard('listening'));
		const receiver = begin({...task, role: 'receiver', url});
		({url} = await receiver.heard('listening'));
		const done = receiver.heard('done');
		begin({...task, role: 'sender', url});
		return bytes / megabyte / ((await done).tookMs / 1000);
	} finally {
		for (const part of parts) part.kill();
	}
}

function median(values: readonly number[]): number {
	return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function row(name: string, rates: readonly number[], bare?: {name: string; rates: readonly number[]}): void {
	const spread = `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`;
	const ratio = bare ? `${(median(rates) / median(bare.rates)).toFixed(2)} × ${bare.name}` : '';
	console.log(`| ${name} | ${median(rates).toFixed(0)} | ${spread} | ${ratio} |`);
}

async function main(): Promise<void> {
	const {values, positionals} = parseArgs({
		options: {runs: {type: 'string', default: '5'}},
		allowPositionals: true,
	});
	const wanted = (name: string) => positionals.length === 0 || positionals.includes(name);
	const rates = new Map<Kind, number[]>(kinds.filter(wanted).map((kind) => [kind, []]));
	const ice = {bare: [] as number[], ours: [] as number[]};
	for (let run = 0; run < Number(values.runs); run++) {
		for (const [kind, list] of rates) list.push(await measure(kind));
		if (wanted('ice')) {
			const {bareMBs, oursMBs} = await measureIce({rounds: 1, log: () => undefined});
			ice.bare.push(bareMBs);
			ice.ours.push(oursMBs);
		}
	}
	console.log(
		`${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${values.runs} runs, MB/s\n`,
	);
	console.log('| carrier | median | spread | ratio |\n|---|---|---|---|');
	for (const [kind, list] of rates) {
		const {bare} = plan[kind];
		const bareRates = bare && rates.get(bare);
		row(kind, list, bare && bareRates ? {name: bare, rates: bareRates} : undefined);
	}
	if (ice.bare.length > 0) {
		row('data channel', ice.bare);
		row('ice', ice.ours, {name: 'data channel', rates: ice.bare});
	}
}

if (process.argv.includes('--end')) {
	process.once('SIGTERM', () => process.exit());
	process.on('message', (task: Task) => void runEnd(task));
} else await main();
