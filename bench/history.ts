/**
 * How large and how quick a store stays: many snapshots of small edits, and versions of one large file that is changed in place.
 * Made straight in a store, without a watcher; tidied as an idle session does. Beside it what git's own best packing of the
 * same objects takes.
 *
 *   node dist/bench/history.js --edits 100000        node dist/bench/history.js --versions 200 --megabytes 50
 */
import {execFileSync} from 'node:child_process';
import {randomBytes, randomFillSync} from 'node:crypto';
import {mkdtemp, rm, stat, writeFile} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {type Oid, type Value} from '../source/protocol/content.js';
import {Store} from '../source/git/store.js';
import {openProjectFolder} from '../source/workspace/project-files.js';
import {Project} from '../source/runtime/project/project.js';
import {planTidying, defaultKept} from '../source/runtime/tidying.js';

const {values} = parseArgs({
	options: {
		edits: {type: 'string', default: '0'},
		versions: {type: 'string', default: '0'},
		megabytes: {type: 'string', default: '50'},
		files: {type: 'string', default: '1000'},
		folder: {type: 'string'},
		/** Also pack as git does at its best, to compare; slow. */
		ideal: {type: 'boolean', default: false},
	},
});

/** A session looks every half a minute; one that saves without pause makes so many snapshots in between. */
const snapshotsBetweenLooks = 300;
const startMs = Date.now() - 29 * 24 * 3_600_000;
const author = {name: 'bench', peerId: 'a'.repeat(26)};
const say = (text: string) => process.stdout.write(`${text}\n`);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
	const before = performance.now();
	const result = await work();
	say(`${what}: ${(performance.now() - before).toFixed(0)} ms`);
	return result;
}

const blob = (oid: Oid): Value => ({contents: [`${oid}-100644`]});

class Maker {
	head: Oid | undefined;
	tree: Oid | undefined;
	tidiedMs = 0;
	joined = 0;
	compacted = 0;
	largestBytes = 0;
	snapshots = 0;

	constructor(
		readonly store: Store,
		readonly projectBytes: number,
		readonly stepMs: number,
	) {}

	async snapshot(changes: ReadonlyMap<string, Value>): Promise<void> {
		this.tree = await this.store.writeTree(this.tree, changes);
		const parents = this.head === undefined ? [] : [this.head];
		const atMs = startMs + this.snapshots++ * this.stepMs;
		this.head = await this.store.writeCommit({tree: this.tree, parents, author, atMs, message: 'save'});
		await this.store.writeHead(this.head);
	}

	/** What housekeeping does at a look. */
	async tidy(nowMs: number): Promise<void> {
		const before = performance.now();
		const {store} = this;
		const size = await store.size();
		this.largestBytes = Math.max(this.largestBytes, size.bytes);
		const oldestMs = store.oldestMs(this.head!, nowMs);
		const plan = planTidying({size, projectBytes: this.projectBytes, oldestMs, nowMs, kept: defaultKept});
		if (plan.kind === 'compact') {
			const exclusive = async <T>(work: () => Promise<T>) => work();
			await store.compact({
				head: this.head!,
				sinceMs: plan.sinceMs,
				nowMs,
				anchors: [],
				exclusive,
			});
			this.compacted++;
		} else if (await store.repackIfNeeded()) this.joined++;
		this.tidiedMs += performance.now() - before;
	}

	report(): void {
		say(`tidying: ${this.tidiedMs.toFixed(0)} ms in all, ${this.joined} joins, ${this.compacted} times anew`);
		say(`the store was at most ${megabytes(this.largestBytes)}`);
	}
}

async function smallEdits(folder: string, edits: number, files: number): Promise<void> {
	const store = await Store.open(path.join(folder, '.pulsync'));
	const texts = Array.from({length: files}, (_, index) =>
		Array.from({length: 60}, (_line, line) => `file ${index} line ${line} ${randomBytes(6).toString('hex')}`),
	);
	const nameOf = (index: number) => `src/part${index % 20}/module${index % 97}/file${index}.ts`;
	const first = new Map<string, Value>();
	let bytes = 0;
	for (const [index, lines] of texts.entries()) {
		const text = Buffer.from(lines.join('\n'));
		bytes += text.length;
		first.set(nameOf(index), blob(await store.writeBlob(text)));
	}
	const maker = new Maker(store, bytes, (28 * 24 * 3_600_000) / edits);
	await maker.snapshot(first);
	let raw = 0;
	const begun = performance.now();
	for (let edit = 0; edit < edits; edit++) {
		// Most edits go on where the last ones were.
		const index = Math.random() < 0.8 ? Math.floor(edit / 200) % files : Math.floor(Math.random() * files);
		texts[index]![Math.floor(Math.random() * 60)] = `edit ${edit} ${randomBytes(10).toString('hex')}`;
		const text = Buffer.from(texts[index]!.join('\n'));
		raw += text.length;
		await maker.snapshot(new Map([[nameOf(index), blob(await store.writeBlob(text))]]));
		if (edit % snapshotsBetweenLooks === 0) await maker.tidy(Date.now());
		if (edit % 10_000 === 9999) say(`${edit + 1} snapshots, ${megabytes((await store.size()).bytes)}`);
	}
	say(`snapshots: ${((performance.now() - begun - maker.tidiedMs) / edits).toFixed(2)} ms each`);
	maker.report();
	await maker.tidy(Date.now());
	say(`${edits} snapshots, ${megabytes(raw)} of contents: ${megabytes((await store.size()).bytes)}`);
	const exclusive = async <T>(work: () => Promise<T>) => work();
	await timed('written anew', async () =>
		store.compact({head: maker.head!, sinceMs: 0, nowMs: Date.now(), anchors: [], exclusive}),
	);
	say(`written anew: ${megabytes((await store.size()).bytes)}`);
	await store.close();
	await measureProject(folder, nameOf(0), maker.head!);
}

async function largeVersions(folder: string, versions: number, bytes: number): Promise<void> {
	const store = await Store.open(path.join(folder, '.pulsync'));
	const content = Buffer.alloc(bytes);
	for (let at = 0; at < bytes; at += 1 << 20) randomFillSync(content, at, Math.min(1 << 20, bytes - at));
	const file = path.join(folder, 'world.bin');
	const maker = new Maker(store, bytes, (28 * 24 * 3_600_000) / versions);
	let changed = 0;
	const begun = performance.now();
	for (let version = 0; version < versions; version++) {
		for (let place = 0; place < 5; place++) {
			randomFillSync(content, Math.floor(Math.random() * (bytes - 20_000)), 20_000);
			changed += 20_000;
		}
		await writeFile(file, content);
		const written = await store.writeBlobFile(file);
		if (written === 'changed') throw new Error('the file changed');
		await maker.snapshot(new Map([['world.bin', blob(written.oid)]]));
		await maker.tidy(Date.now());
		if (version % 20 === 19) say(`${version + 1} versions, ${megabytes((await store.size()).bytes)}`);
	}
	say(`snapshots: ${((performance.now() - begun - maker.tidiedMs) / versions).toFixed(0)} ms each`);
	maker.report();
	const exclusive = async <T>(work: () => Promise<T>) => work();
	await timed('written anew', async () =>
		store.compact({head: maker.head!, sinceMs: 0, nowMs: Date.now(), anchors: [], exclusive}),
	);
	say(
		`${versions} versions of ${megabytes(bytes)}, ${megabytes(bytes + changed)} that are not the same: ${megabytes((await store.size()).bytes)}`,
	);
	await store.close();
	await measureProject(folder, 'world.bin', maker.head!);
}

/** What a person waits for. */
async function measureProject(folder: string, file: string, head: Oid): Promise<void> {
	const lock = await openProjectFolder(folder);
	const nothing = () => undefined;
	const project = await timed('open', async () =>
		Project.open({
			root: folder,
			self: {peerId: author.peerId, name: author.name},
			callbacks: {progress: nothing, dirty: nothing, problem: nothing, solved: nothing, editing: nothing},
			watch: false,
		}),
	);
	await timed('history, all', async () => project.history());
	await timed('history, one path', async () => project.history(file));
	await timed('the same again', async () => project.history(file));
	await timed('diff, one path', async () =>
		project.diff({path: file}).catch((error: Error) => error.message),
	);
	const oldest = (await project.history(file)).entries.at(-1)!.commit;
	await timed('an old version read', async () => {
		const {oid} = await project.readVersion({path: file, at: oldest}).catch(() => ({oid: undefined}));
		return oid;
	});
	say(`head ${head.slice(0, 8)}, memory ${megabytes(process.memoryUsage().rss)}`);
	await project.close();
	await lock.close();
	if (!values.ideal) return;
	const gitDir = path.join(folder, '.pulsync/repo.git');
	const env = {PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', HOME: folder};
	execFileSync(
		'git',
		[
			'--git-dir',
			gitDir,
			'-c',
			'core.bigFileThreshold=1g',
			'-c',
			'pack.compression=9',
			'repack',
			'-adfq',
			'--window=50',
			'--depth=250',
		],
		{env},
	);
	const packs = execFileSync('ls', [path.join(gitDir, 'objects/pack')], {encoding: 'utf8'});
	let bytes = 0;
	for (const name of packs.split('\n').filter((one) => one.endsWith('.pack'))) {
		bytes += (await stat(path.join(gitDir, 'objects/pack', name))).size;
	}
	say(`as git packs it at its best: ${megabytes(bytes)}`);
}

const folder = values.folder ?? (await mkdtemp(path.join(os.tmpdir(), 'history-')));
try {
	if (Number(values.edits) > 0) await smallEdits(folder, Number(values.edits), Number(values.files));
	if (Number(values.versions) > 0) {
		await largeVersions(folder, Number(values.versions), Number(values.megabytes) * 1e6);
	}
} finally {
	if (values.folder === undefined) await rm(folder, {recursive: true, force: true});
}
