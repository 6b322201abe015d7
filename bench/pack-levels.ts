/**
 * Which deflate packs should have: what making one costs and how small it gets at each level, and how long the texts of
 * this repository take over paths of several rates, from store to store, with packs that are made quickly, small, or as
 * the measured goodput says. `node dist/bench/pack-levels.js [--rates 1,4,16,64]` (MB/s)
 */
import {createHash, randomBytes} from 'node:crypto';
import {mkdtemp, readdir, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {runGit} from '../source/git/git-child.js';
import {Store} from '../source/git/store.js';
import {formatContent, type Oid, type Value} from '../source/protocol/content.js';
import {type Hello} from '../source/protocol/peer-messages.js';
import {tiers} from '../source/protocol/tiers.js';
import {Fetcher} from '../source/runtime/exchange/fetcher.js';
import {type ObjectStore, type Packing} from '../source/runtime/exchange/object-store.js';
import {Supplier} from '../source/runtime/exchange/supplier.js';
import {createIdentity} from '../source/transport/identity.js';
import {createMemoryCarriers} from '../source/transport/memory-carrier.js';
import {openPeerChannel} from '../source/transport/open-peer-channel.js';
import {type PeerCallbacks} from '../source/transport/peer-channel.js';
import {createRateLimiter} from '../source/transport/rate-limiter.js';

const megabyte = 1_000_000;
const corpusBytes = 24 * megabyte;
const maxFileBytes = 256 * 1024;

/** Texts below these folders, in order, until there are enough. */
async function* findTexts(folder: string): AsyncGenerator<string> {
	for (const entry of (await readdir(folder, {withFileTypes: true})).sort((a, b) =>
		a.name < b.name ? -1 : 1,
	)) {
		const file = path.join(folder, entry.name);
		if (entry.isDirectory()) yield* findTexts(file);
		else if (/\.(?:ts|js|md|json)$/.test(entry.name) && (await stat(file)).size <= maxFileBytes) yield file;
	}
}

async function makeCorpus(folder: string): Promise<{store: Store; commit: Oid; oids: Oid[]; bytes: number}> {
	const files: {path: string; mode: 'file'}[] = [];
	let bytes = 0;
	for (const root of ['source', 'relay', 'test', 'docs', 'node_modules']) {
		for await (const file of findTexts(root)) {
			if (bytes > corpusBytes) break;
			bytes += (await stat(file)).size;
			files.push({path: path.resolve(file), mode: 'file'});
		}
	}
	const store = await Store.open(folder);
	const changes = new Map<string, Value>();
	const oids: Oid[] = [];
	for await (const result of store.writeBlobFiles(files)) {
		if ('error' in result) throw new Error('a text could not be read');
		oids.push(result.oid);
		changes.set(`${result.index % 40}/${result.index}`, {contents: [formatContent('100644', result.oid)]});
	}
	const tree = await store.writeTree(undefined, changes);
	const author = {name: 'bench', peerId: 'a'.repeat(26)};
	const commit = await store.writeCommit({tree, parents: [], author, atMs: Date.now(), message: 'texts'});
	await store.writeHead(commit);
	return {store, commit, oids: [...new Set(oids)].sort(), bytes};
}

/** All texts in packs of 4 MiB, by the git child that packs are made by. */
async function measureLevel(store: Store, oids: readonly Oid[], args: readonly string[]) {
	const startedAt = performance.now();
	let packed = 0;
	for (let at = 0; at < oids.length; at += 400) {
		const {output} = await runGit(
			store.gitDir,
			['pack-objects', '--stdout', '-q', '--window=0', '--depth=0', '--threads=1', ...args],
			{input: oids.slice(at, at + 400).join('\n') + '\n', maxOutputBytes: 64 * megabyte},
		);
		packed += output.byteLength;
	}
	return {packed, tookMs: performance.now() - startedAt};
}

const hello: Hello = {
	type: 'hello',
	name: 'bench',
	role: 'member',
	versions: [1, 1],
	tiers: [...tiers],
	addresses: [],
	relay_urls: [],
	capabilities: [],
};

/** The store with packs of one kind, whatever the path says. */
function always(store: Store, packing: Packing): ObjectStore {
	return new Proxy(store, {
		get(target, name) {
			if (name === 'packObjects')
				return async (oids: readonly Oid[], {signal}: {signal: AbortSignal}) =>
					target.packObjects(oids, {packing, signal});
			const value: unknown = Reflect.get(target, name, target);
			return typeof value === 'function' ? (value.bind(target) as unknown) : value;
		},
	});
}

/** Seconds that the whole takes from store to store, over a path of so many bytes a second. */
async function transfer(folder: string, source: ObjectStore, commit: Oid, bytesPerSecond: number) {
	const store = await Store.open(folder);
	const fetcher = new Fetcher({
		store,
		statePath: path.join(folder, 'want.json'),
		onProgress: () => undefined,
	});
	const supplier = new Supplier({store: source, onProgress: () => undefined});
	const [one, other] = createMemoryCarriers();
	const people = [createIdentity(), createIdentity()];
	const psk = randomBytes(32);
	const open = async (self: 0 | 1, callbacks: PeerCallbacks) =>
		openPeerChannel({
			carrier: self === 0 ? one : other,
			role: self === 0 ? 'client' : 'server',
			psk,
			sessionId: createHash('sha256').update(psk).digest('hex').slice(0, 26),
			identity: people[self]!,
			instance: String(self),
			peer: {peerId: people[1 - self]!.peerId, instance: String(1 - self)},
			hello,
			callbacks,
			...(self === 0 ? {limiter: createRateLimiter({upBytesPerSecond: bytesPerSecond})} : {}),
		});
	const [, channel] = await Promise.all([
		open(0, {
			message(at, message) {
				if (message.type === 'want') supplier.want(at, message);
				else if (message.type === 'ack') supplier.ack(at, message);
			},
			bulk: () => undefined,
			closed: (at) => supplier.closed(at),
		}),
		open(1, {
			message(at, message) {
				if (['plan', 'graph', 'segment', 'part', 'end', 'want_failed'].includes(message.type))
					fetcher.message(at, message as Parameters<Fetcher['message']>[1]);
			},
			bulk: (at, kind, header, bytes) => fetcher.bulk(at, kind, header, bytes),
			closed: (at) => fetcher.closed(at),
		}),
	]);
	const startedAt = performance.now();
	await fetcher.fetch({commit, have: [], channel});
	const tookMs = performance.now() - startedAt;
	const wireBytes = channel.bytesIn;
	channel.close('done');
	await store.close();
	return {tookMs, wireBytes};
}

const {values} = parseArgs({options: {rates: {type: 'string', default: '0.5,2,8,32,200'}}});
const folder = await mkdtemp(path.join(tmpdir(), 'pulsync-bench-'));
try {
	const {store, commit, oids, bytes} = await makeCorpus(path.join(folder, 'corpus'));
	console.log(`${process.version}, ${oids.length} texts, ${(bytes / megabyte).toFixed(1)} MB\n`);
	console.log('| packs | MB/s of objects | size |\n|---|---|---|');
	const levels: [string, string[]][] = [['as stored', []]];
	for (const level of [0, 1, 3, 6, 9])
		levels.push([`level ${level}`, ['--no-reuse-object', `--compression=${level}`]]);
	for (const [name, args] of levels) {
		const {packed, tookMs} = await measureLevel(store, oids, args);
		console.log(
			`| ${name} | ${(bytes / 1000 / tookMs).toFixed(0)} | ${((100 * packed) / bytes).toFixed(1)} % |`,
		);
	}
	console.log('\n| path | quick | small | by goodput |\n|---|---|---|---|');
	let serial = 0;
	for (const rate of values.rates.split(',').map(Number)) {
		const cells: string[] = [];
		for (const source of [always(store, 'quick'), always(store, 'small'), store]) {
			const target = path.join(folder, `fetch-${serial++}`);
			const {tookMs, wireBytes} = await transfer(target, source, commit, rate * megabyte);
			cells.push(`${(tookMs / 1000).toFixed(1)} s, ${(wireBytes / megabyte).toFixed(1)} MB`);
			await rm(target, {recursive: true, force: true});
		}
		console.log(`| ${rate} MB/s | ${cells.join(' | ')} |`);
	}
	await store.close();
} finally {
	await rm(folder, {recursive: true, force: true});
}
process.exit();
