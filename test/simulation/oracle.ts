/** What must hold, judged by what is on the disks alone: S1, S2, S3, S4, S8, S10 and S12 of the design. */
import {parseCommit} from '../../source/git/commit-format.js';
import {hashObject} from '../../source/git/object-format.js';
import {isBelow} from '../../source/core/reconcile/path-order.js';
import {
	type Content,
	formatContent,
	isConflicted,
	type Oid,
	type Path,
	type Tree,
} from '../../source/protocol/content.js';
import {isIgnoredBy, rulesIn} from './fake-git.js';
import {type MemoryDisk, type Node} from './memory-disk.js';
import {listStored, readStored} from './object-files.js';

const storeFolder = '.pulsync/repo.git';

/** Where the head is, as the disk says it. */
export function headOn(disk: MemoryDisk): Oid | undefined {
	return disk.find(`${storeFolder}/refs/pulsync/self`)?.data.toString().trim();
}

export type Reached = {readonly objects: ReadonlySet<Oid>; readonly commits: readonly Oid[]};

/** All that a commit reaches. Throws where something on the way is not there, or not what its name says (S10). */
export function reach(disk: MemoryDisk, from: Oid): Reached {
	const boundary = new Set(disk.find(`${storeFolder}/shallow`)?.data.toString().split('\n') ?? []);
	const objects = new Set<Oid>();
	const commits: Oid[] = [];
	const open = [from];
	const get = (oid: Oid) => {
		const object = readStored(disk, storeFolder, oid);
		if (!object) throw new Error(`S10: ${oid} is not there`);
		return object;
	};
	const enterTree = (oid: Oid) => {
		if (objects.has(oid)) return;
		objects.add(oid);
		for (const {mode, oid: child} of treeEntries(get(oid).content)) {
			if (mode === '40000') enterTree(child);
			else if (!objects.has(child)) {
				get(child);
				objects.add(child);
			}
		}
	};
	for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
		if (objects.has(oid)) continue;
		objects.add(oid);
		commits.push(oid);
		const parsed = parseCommit(get(oid).content);
		if (!parsed.ok) throw new Error(`S10: ${oid} is no commit: ${parsed.reason}`);
		enterTree(parsed.commit.tree);
		if (!boundary.has(oid)) open.push(...parsed.commit.parents);
	}
	return {objects, commits};
}

/**
 * All that a disk has of a head's history. What is there need not hang together: a shallow store that fell behind got the newest
 * snapshot, and not what lay between. `disks` know the whole of it.
 */
export function keptOf(disk: MemoryDisk, head: Oid, disks: readonly MemoryDisk[]): Set<Oid> {
	const kept = new Set<Oid>();
	const seen = new Set<Oid>();
	const open = [head];
	for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
		if (seen.has(oid)) continue;
		seen.add(oid);
		try {
			if (!kept.has(oid)) for (const found of reach(disk, oid).objects) kept.add(found);
		} catch {
			// It is behind the boundary; at most parts of it are here.
		}
		const stored = disks.map((one) => readStored(one, storeFolder, oid)).find((one) => one !== undefined);
		const parsed = stored && parseCommit(stored.content);
		if (parsed?.ok) open.push(...parsed.commit.parents);
	}
	return kept;
}

function* treeEntries(content: Buffer): Iterable<{mode: string; oid: Oid}> {
	for (let at = 0; at < content.length;) {
		const end = content.indexOf(0, at);
		const [mode = ''] = content.toString('latin1', at, end).split(' ');
		yield {mode, oid: content.toString('hex', end + 1, end + 21)};
		at = end + 21;
	}
}

/** Everything in the store under its name is whole (S10). */
export function checkObjects(disk: MemoryDisk): void {
	for (const oid of listStored(disk, storeFolder)) readStored(disk, storeFolder, oid);
}

export function contentOf(node: Node): Content {
	const oid = hashObject('blob', node.data);
	if (node.kind === 'symlink') return formatContent('120000', oid);
	return formatContent((node.mode & 0o100) === 0 ? '100644' : '100755', oid);
}

export function filesOn(disk: MemoryDisk): Map<Path, Content> {
	const files = new Map<Path, Content>();
	for (const [path, node] of disk.walk()) if (node.kind !== 'folder') files.set(path, contentOf(node));
	return files;
}

export function rulesOn(disk: MemoryDisk): (path: Path) => boolean {
	const rules = rulesIn(disk);
	return (path) => isIgnoredBy(rules, path, disk);
}

/** S2: outside of conflicts the disk is the tree. Returns what is not so. */
export function compareWithTree(disk: MemoryDisk, tree: Tree): string[] {
	const conflicted = [...tree].filter(([, value]) => isConflicted(value)).map(([path]) => path);
	const isIgnored = rulesOn(disk);
	const files = filesOn(disk);
	const bad: string[] = [];
	for (const path of new Set([...tree.keys(), ...files.keys()])) {
		const isInZone = conflicted.some((zone) => zone === path || isBelow(path, zone) || isBelow(zone, path));
		if (isInZone || isIgnored(path)) continue;
		const wanted = tree.get(path)?.contents[0];
		const found = files.get(path);
		if (wanted === found) continue;
		// Another spelling has the place, which may be one that rules ignore.
		if (disk.caseBlind && hasTwin(path, [...tree.keys(), ...files.keys()])) continue;
		// A folder that still holds what rules ignore stays, and stands in the way.
		if (wanted !== undefined && [...files.keys()].some((other) => isBelow(other, path) && isIgnored(other)))
			continue;
		bad.push(`${path}: the tree has ${wanted ?? 'nothing'}, the disk ${found ?? 'nothing'}`);
	}
	return bad;
}

/** True if another spelling of the path, or of a folder above it, is among these as well. */
export function hasTwin(path: Path, paths: Iterable<Path>): boolean {
	const mine = prefixesOf(path);
	for (const other of paths) {
		for (const prefix of prefixesOf(other)) {
			if (mine.some((one) => one !== prefix && one.toLowerCase() === prefix.toLowerCase())) return true;
		}
	}
	return false;
}

function prefixesOf(path: Path): Path[] {
	const parts = path.split('/');
	return parts.map((_part, at) => parts.slice(0, at + 1).join('/'));
}
