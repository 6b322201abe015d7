/**
 * How fast a first transfer is, and how much memory each process takes for it: 2,000 texts and 20 binaries of 5 MB, from
 * one store to another one, on this machine. Over a relay, relay and peers are processes of their own, as in use; on few
 * cores they share them. Run it as it is, or with tiers to measure: `node dist/bench/transfer.js proxy json`.
 */
import {type ChildProcess, fork} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {type Oid} from '../source/protocol/content.js';
import {createIdentity} from '../source/transport/identity.js';
import {
	type PeerTask,
	runBoth,
	runFetcher,
	runRelay,
	runSupplier,
	tellMemory,
	type Told,
} from './transfer-peer.js';
import {type ProjectSize} from './transfer-project.js';

type Role = 'relay' | 'supplier' | 'fetcher' | 'both';
type Start = {readonly role: Role; readonly task?: PeerTask; readonly commit?: Oid};

const megabyte = 1_000_000;
const size: ProjectSize = {texts: 2000, binaries: 20, binaryBytes: 5 * megabyte};

/** One child and what it tells. */
class Part {
	readonly #child: ChildProcess;
	readonly #told: Told[] = [];
	#look: () => void = () => undefined;

	constructor(start: Start) {
		this.#child = fork(fileURLToPath(import.meta.url), ['--part'], {serialization: 'advanced'});
		this.#child.on('message', (told: Told) => {
			this.#told.push(told);
			this.#look();
		});
		this.#child.on('exit', () => this.#look());
		this.#child.send(start);
	}

	async heard<Type extends Told['type']>(type: Type): Promise<Extract<Told, {type: Type}>> {
		for (;;) {
			const found = this.#told.find((told): told is Extract<Told, {type: Type}> => told.type === type);
			if (found) return found;
			if (this.#child.exitCode !== null)
				throw new Error(`a part of the benchmark ended before it was ${type}`);
			await new Promise<void>((resolve) => (this.#look = resolve));
		}
	}

	/** Its largest resident memory so far. */
	async memory(): Promise<number> {
		this.#child.send('memory');
		return (await this.heard('memory')).maxRssBytes;
	}

	stop(): void {
		this.#child.kill();
	}
}

async function measure(tier: PeerTask['tier']): Promise<void> {
	const folder = await mkdtemp(path.join(tmpdir(), 'pulsync-bench-'));
	const pair = [createIdentity(), createIdentity()].sort((a, b) => (a.peerId < b.peerId ? -1 : 1));
	const task: PeerTask = {
		folder,
		size,
		tier,
		relayUrl: '',
		secret: randomBytes(32).toString('hex'),
		keys: [pair[0]!.exportPem(), pair[1]!.exportPem()],
	};
	const parts: [name: string, part: Part][] = [];
	const start = (name: string, role: Role, of?: Omit<Start, 'role'>) => {
		const part = new Part({role, ...of});
		parts.push([name, part]);
		return part;
	};
	try {
		let last: Part;
		if (tier === 'memory') last = start('both peers', 'both', {task});
		else {
			const {url: relayUrl} = await start('relay', 'relay').heard('listening');
			const supplierTask = {...task, relayUrl, folder: path.join(folder, 'supplier')};
			const supplier = start('supplier', 'supplier', {task: supplierTask});
			const {commit} = await supplier.heard('ready');
			await supplier.heard('listening');
			const fetcherTask = {...task, relayUrl, folder: path.join(folder, 'fetcher')};
			last = start('fetcher', 'fetcher', {task: fetcherTask, commit});
		}
		const {tookMs, objects, bytes, wireBytes} = await last.heard('done');
		const rate = (bytes / megabyte / (tookMs / 1000)).toFixed(0);
		const facts = [
			`${objects} objects`,
			`${(bytes / megabyte).toFixed(1)} MB`,
			`${(wireBytes / megabyte).toFixed(1)} MB on the carrier`,
			`${(tookMs / 1000).toFixed(2)} s`,
			`${rate} MB/s`,
		];
		for (const [name, part] of parts)
			facts.push(`${name} ${((await part.memory()) / megabyte).toFixed(0)} MB`);
		console.log(`${tier.padEnd(6)}  ${facts.join(' · ')}`);
	} finally {
		for (const [, part] of parts) part.stop();
		await rm(folder, {recursive: true, force: true});
	}
}

async function runPart({role, task, commit}: Start): Promise<void> {
	if (role === 'relay') return runRelay();
	if (!task) throw new Error('no task');
	if (role === 'supplier') return runSupplier(task);
	if (role === 'both') return runBoth(task);
	return runFetcher(task, commit ?? '');
}

if (process.argv.includes('--part')) {
	process.on('message', (message: Start | 'memory') => {
		if (message === 'memory') tellMemory();
		else void runPart(message);
	});
} else {
	const asked = process.argv.slice(2);
	for (const tier of ['memory', 'proxy', 'json'] as const) {
		if (asked.length === 0 || asked.includes(tier)) await measure(tier);
	}
}
