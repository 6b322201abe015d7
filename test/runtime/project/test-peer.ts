/** Projects in temporary folders, and the exchange of their objects without any network. */
import {execFileSync} from 'node:child_process';
import {lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync} from 'node:fs';
import {chmodSync, renameSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs';
import {createHash} from 'node:crypto';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {type ExecutionContext} from 'ava';
import {
	absent,
	type Content,
	type FileMode,
	formatContent,
	type Oid,
} from '../../../source/protocol/content.js';
import {lookAt} from '../../../source/workspace/disk-entry.js';
import {openProjectFolder} from '../../../source/workspace/project-files.js';
import {Project} from '../../../source/runtime/project/project.js';
import {type ProjectActivity, type ProjectMoment} from '../../../source/runtime/project/project-state.js';

export type PeerOptions = {
	readonly watch?: boolean;
	readonly moment?: (moment: ProjectMoment) => void;
	readonly root?: string;
	readonly now?: () => number;
};

/** One project on one disk, with short ways to change that disk. */
export class TestPeer {
	readonly problems: string[] = [];
	dirtyCalls = 0;
	/** Called when the project says that something changed. */
	onDirty: (() => void) | undefined;
	/** Called with each progress, in the middle of the operation. */
	onProgress: ((activity: ProjectActivity) => void) | undefined;

	private constructor(
		readonly name: string,
		readonly root: string,
		public project: Project,
		public lock: {close(): Promise<void>},
		readonly options: PeerOptions,
	) {}

	static async open(t: ExecutionContext, name: string, options: PeerOptions = {}): Promise<TestPeer> {
		const root = options.root ?? makeFolder(t);
		let peer: TestPeer | undefined = undefined;
		const holder: {peer?: TestPeer} = {};
		const {project, lock} = await openProject(name, root, options, holder);
		peer = new TestPeer(name, root, project, lock, options);
		holder.peer = peer;
		t.teardown(async () => peer.close());
		return peer;
	}

	/** As after a crash or a restart: what was in memory is gone. */
	async reopen(options: PeerOptions = {}): Promise<void> {
		await this.close();
		const opened = await openProject(
			this.name,
			this.root,
			{...this.options, moment: undefined, ...options},
			{peer: this},
		);
		this.project = opened.project;
		this.lock = opened.lock;
	}

	async close(): Promise<void> {
		await this.project.close();
		await this.lock.close();
	}

	write(path: string, text: string | Uint8Array, executable = false): void {
		mkdirSync(dirname(this.at(path)), {recursive: true});
		writeFileSync(this.at(path), text);
		chmodSync(this.at(path), executable ? 0o755 : 0o644);
	}

	/** Saves as editors do: a new file takes the name. */
	replace(path: string, text: string): void {
		writeFileSync(this.at('.swap'), text);
		renameSync(this.at('.swap'), this.at(path));
	}

	link(path: string, target: string): void {
		mkdirSync(dirname(this.at(path)), {recursive: true});
		if (this.has(path)) unlinkSync(this.at(path));
		symlinkSync(target, this.at(path));
	}

	remove(path: string): void {
		if (this.has(path)) rmSync(this.at(path), {recursive: true, force: true});
	}

	rename(from: string, to: string): void {
		mkdirSync(dirname(this.at(to)), {recursive: true});
		renameSync(this.at(from), this.at(to));
	}

	chmod(path: string, mode: number): void {
		chmodSync(this.at(path), mode);
	}

	has(path: string): boolean {
		return lookAt(this.at(path)).kind !== 'absent';
	}

	read(path: string): string {
		return readFileSync(this.at(path), 'utf8');
	}

	/** Everything on the disk but `.pulsync` and `.git`, as contents. */
	disk(): Record<string, Content> {
		return readDisk(this.root);
	}

	/** The head's tree: clean paths as their content, records as their sides. */
	async tree(): Promise<Record<string, string>> {
		const tree = this.project.tree;
		if (tree === undefined) return {};
		const entries = [...(await this.project.store.listTree(tree))].map(
			([path, {contents}]) => [path, contents.join(' ')] as const,
		);
		return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
	}

	async conflictedPaths(): Promise<readonly string[]> {
		return (await this.project.conflicts()).conflicts.map(({path}) => path);
	}

	/** What a conflict's sides say, `-` for nothing. */
	async sides(path: string): Promise<readonly string[]> {
		const conflict = (await this.project.conflicts()).conflicts.find((one) => one.path === path);
		const texts = (conflict?.sides ?? []).map(async ({content}) =>
			content === absent ? '-' : (await this.project.readSide(content)).toString(),
		);
		return (await Promise.all(texts)).sort();
	}

	at(path: string): string {
		return join(this.root, path);
	}
}

async function openProject(name: string, root: string, options: PeerOptions, holder: {peer?: TestPeer}) {
	const lock = await openProjectFolder(root);
	const project = await Project.open({
		root,
		self: {peerId: `peer${name}`, name},
		callbacks: {
			progress: (activity) => holder.peer?.onProgress?.(activity),
			dirty() {
				if (!holder.peer) return;
				holder.peer.dirtyCalls++;
				holder.peer.onDirty?.();
			},
			problem: ({code, path}) => holder.peer?.problems.push(`${code} ${path ?? ''}`.trim()),
			solved({code, path}) {
				const {problems} = holder.peer ?? {};
				problems?.splice(problems.indexOf(`${code} ${path}`), 1);
			},
			editing: () => undefined,
		},
		moment: options.moment,
		now: options.now,
		watch: options.watch ?? false,
	});
	return {project, lock};
}

export function makeFolder(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'pulsync-project-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

/** Copies what `to` lacks of a commit, as peers do: plan, packs, large objects in parts, judge. */
export async function transfer(
	from: TestPeer,
	to: TestPeer,
	commit: Oid | undefined = from.project.head,
	{whole = false} = {},
): Promise<Oid> {
	const [source, target] = [from.project.store, to.project.store];
	if (commit === undefined) throw new Error('nothing to transfer');
	if (target.graph.isPresent(commit)) return commit;
	const have = whole ? [] : to.project.have();
	if (to.project.head === undefined) {
		await target.graph.add([...source.graph.all()].filter(({oid}) => oid !== commit));
	}
	const plan = await source.enumerate(commit, {have});
	for (let at = 0; at < plan.objects.length; at += 500) {
		const pack = await source.packObjects(plan.objects.slice(at, at + 500).map(({oid}) => oid));
		await target.indexPack(pack);
	}
	await target.acceptCommit(commit);
	return commit;
}

/** Lets all projects hear of one another until nobody has news; the first of the list merges. Returns the rounds taken. */
export async function settle(t: ExecutionContext, ...peers: readonly TestPeer[]): Promise<number> {
	for (let round = 1; round <= 12; round++) {
		for (const peer of peers) await peer.project.snapshot();
		for (const [index, peer] of peers.entries()) {
			for (const other of peers) {
				if (other === peer) continue;
				await transfer(other, peer);
				await peer.project.integrate(other.project.head!, {mayMerge: index === 0});
			}
		}
		if (new Set(peers.map(({project}) => project.head)).size === 1) return round;
	}
	t.fail('the heads never became equal');
	return Infinity;
}

/** Opens peers of one session: the first founds it, the others join into empty folders. */
export async function openSession(
	t: ExecutionContext,
	names: readonly string[],
	files: Readonly<Record<string, string>> = {},
): Promise<TestPeer[]> {
	const peers: TestPeer[] = [];
	for (const name of names) {
		const peer = await TestPeer.open(t, name);
		const [host] = peers;
		if (host) await peer.project.adopt(await transfer(host, peer));
		else {
			for (const [path, text] of Object.entries(files)) peer.write(path, text);
			await peer.project.start();
		}
		peers.push(peer);
	}
	return peers;
}

export function contentOf(text: string | Uint8Array, mode: FileMode = '100644'): Content {
	const bytes = Buffer.from(text);
	return formatContent(mode, createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'));
}

function readDisk(root: string, folder = ''): Record<string, Content> {
	const found: Record<string, Content> = {};
	for (const entry of readdirSync(join(root, folder), {withFileTypes: true})) {
		const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
		if (path === '.pulsync' || path === '.git') continue;
		const at = join(root, path);
		if (entry.isDirectory()) Object.assign(found, readDisk(root, path));
		else if (entry.isSymbolicLink()) found[path] = contentOf(readlinkSync(at), '120000');
		else found[path] = contentOf(readFileSync(at), lstatSync(at).mode & 0o100 ? '100755' : '100644');
	}
	return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Runs the user's git in a folder, without anybody's configuration. */
export function git(root: string, ...args: readonly string[]): string {
	const env = {
		PATH: process.env['PATH'],
		GIT_CONFIG_GLOBAL: '/dev/null',
		GIT_CONFIG_NOSYSTEM: '1',
		GIT_AUTHOR_NAME: 'a',
		GIT_AUTHOR_EMAIL: 'a@b',
		GIT_COMMITTER_NAME: 'a',
		GIT_COMMITTER_EMAIL: 'a@b',
	};
	return execFileSync('git', ['-c', 'init.defaultBranch=main', ...args], {
		cwd: root,
		env,
		encoding: 'utf8',
	}).trim();
}
