/**
 * How fast our carriers are beside what they are made of: a bare TLS stream, a bare WebSocket (straight, and through the
 * simplest forwarder there can be), a bare data channel. On loopback, each end a process of its own, in turn in one run;
 * medians, and ours as a ratio of the bare one, by time and by what all processes together took of the processor. `node dist/bench/carriers.js [--runs N] [kind …]`
 */
import {type ChildProcess, fork} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {cpus} from 'node:os';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {createIdentity} from '../source/transport/identity.js';
import {runEnd} from './carrier-ends.js';
import {type Kind, kinds, type Task, tellSpent, type Told} from './carrier-task.js';
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

/** One transfer: its speed, and what all its processes took of the processor. */
type Measured = {readonly rate: number; readonly cpuMsPerMB: number};

async function measure(kind: Kind): Promise<Measured> {
	const {bytes, between} = plan[kind];
	const pair = [createIdentity(), createIdentity()].sort((a, b) => (a.peerId < b.peerId ? -1 : 1));
	const keys = [pair[0]!.exportPem(), pair[1]!.exportPem()] as const;
	const task = {kind, bytes, keys, secret: randomBytes(32).toString('hex'), url: ''};
	const parts: ReturnType<typeof start>[] = [];
	const begin = (of: Task) => {
		const part = start(of);
		parts.push(part);
		return part;
	};
	try {
		let url = '';
		if (between) ({url} = await begin({...task, role: 'between'}).heard('listening'));
		const receiver = begin({...task, role: 'receiver', url});
		({url} = await receiver.heard('listening'));
		const done = receiver.heard('done');
		begin({...task, role: 'sender', url});
		const {tookMs} = await done;
		const spent = parts.map(async (part) => {
			const answer = part.heard('spent');
			part.child.kill();
			return (await answer).cpuMs;
		});
		const cpuMs = (await Promise.all(spent)).reduce((sum, ms) => sum + ms, 0);
		const megabytes = bytes / megabyte;
		return {rate: megabytes / (tookMs / 1000), cpuMsPerMB: cpuMs / megabytes};
	} finally {
		for (const {child} of parts) child.kill('SIGKILL');
	}
}

function median(values: readonly number[]): number {
	return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

type Row = {readonly name: string; readonly rates: readonly number[]; readonly cpu?: readonly number[]};

function printRow({name, rates, cpu}: Row, bare?: Row): void {
	const spread = `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`;
	const ratio = bare ? `${(median(rates) / median(bare.rates)).toFixed(2)} × ${bare.name}` : '';
	const spent = cpu ? median(cpu).toFixed(2) : '';
	const spentRatio = cpu && bare?.cpu ? `${(median(bare.cpu) / median(cpu)).toFixed(2)} ×` : '';
	console.log(`| ${name} | ${median(rates).toFixed(0)} | ${spread} | ${ratio} | ${spent} | ${spentRatio} |`);
}

async function main(): Promise<void> {
	const {values, positionals} = parseArgs({
		options: {runs: {type: 'string', default: '5'}},
		allowPositionals: true,
	});
	const wanted = (name: string) => positionals.length === 0 || positionals.includes(name);
	const measured = new Map<Kind, Measured[]>(kinds.filter(wanted).map((kind) => [kind, []]));
	const ice = {bare: [] as number[], ours: [] as number[]};
	for (let run = 0; run < Number(values.runs); run++) {
		for (const [kind, list] of measured) list.push(await measure(kind));
		if (wanted('ice')) {
			const {bareMBs, oursMBs} = await measureIce({rounds: 1, log: () => undefined});
			ice.bare.push(bareMBs);
			ice.ours.push(oursMBs);
		}
	}
	console.log(
		`${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${values.runs} runs\n`,
	);
	console.log(
		'| carrier | MB/s | spread | ratio | ms of processor a MB | ratio |\n|---|---|---|---|---|---|',
	);
	const rowOf = (kind: Kind): Row | undefined => {
		const list = measured.get(kind);
		const cpu = list?.map(({cpuMsPerMB}) => cpuMsPerMB);
		return list && {name: kind, rates: list.map(({rate}) => rate), cpu};
	};
	for (const kind of measured.keys()) {
		const {bare} = plan[kind];
		printRow(rowOf(kind)!, bare && rowOf(bare));
	}
	if (ice.bare.length > 0) {
		const bare = {name: 'data channel', rates: ice.bare};
		printRow(bare);
		printRow({name: 'ice', rates: ice.ours}, bare);
	}
}

if (process.argv.includes('--end')) {
	process.once('SIGTERM', tellSpent);
	process.on('message', (task: Task) => void runEnd(task));
} else await main();
