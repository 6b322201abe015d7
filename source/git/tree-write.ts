/**
 * Writes a tree that differs from another by some paths. Only folders on the way to a change are read and written, so a
 * save in a large project costs a few small objects. Empty folders vanish; records go to their reserved place.
 */
import {
	absent,
	isConflicted,
	type Oid,
	parseContent,
	type Path,
	type Tree,
	type Value,
} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {maxTreeBytes} from '../protocol/project-limits.js';
import {pathProblem} from './name-rules.js';
import {hashObject} from './object-format.js';
import {type NewObject, type ObjectWriter} from './object-writer.js';
import {encodeRecord, recordName, recordsFolder} from './record.js';
import {encodeTree, folderMode, isFolder, type TreeEntry, type TreeMode} from './tree-format.js';
import {type TreeReader} from './tree-read.js';

/** What to do at one place of the tree: `entry` undefined keeps what is there, null removes a file or record. */
type Place = {entry?: {mode: TreeMode; oid: Oid} | null; readonly below: Map<string, Place>};

type PlannedTree = {readonly oid: Oid; readonly objects: readonly NewObject[]};

/**
 * The tree that is `base` with other values at some paths. Rejects with Failure `bad_name` for a path that must not be
 * synced, `too_large` for a folder of which no peer takes the tree; throws where a file and a folder claim one path, which
 * is a bug.
 */
export async function writeTree(
	reader: TreeReader,
	writer: ObjectWriter,
	base: Oid | undefined,
	changes: Tree,
): Promise<Oid> {
	const {oid, objects} = await planTree(reader, base, changes);
	await writer.writeMany(objects);
	for (const {type, oid: written, content} of objects) {
		if (type === 'tree') {
			reader.rememberWritten(written, content);
		}
	}

	return oid;
}

/** Works out the new tree and the objects that it needs and that are not known to be there. */
async function planTree(reader: TreeReader, base: Oid | undefined, changes: Tree): Promise<PlannedTree> {
	const objects = new Map<Oid, NewObject>();
	const root: Place = {below: new Map()};
	const hasRecords = base !== undefined && (await reader.find(base, recordsFolder.join('/'))) !== undefined;
	for (const [path, value] of changes) {
		const problem = pathProblem(path);
		if (problem !== undefined) {
			throw new Failure('bad_name', {details: {path, reason: problem}});
		}

		plan(root, path.split('/'), cleanEntry(value));
		if (isConflicted(value) || hasRecords) {
			const record = isConflicted(value) ? recordEntry(path, value, objects) : null;
			plan(root, [...recordsFolder, recordName(path)], record);
		}
	}

	const write = (entries: readonly TreeEntry[], path: Path): Oid => {
		const content = encodeTree(entries);
		if (content.length > maxTreeBytes) {
			throw new Failure('too_large', {details: {path: path === '' ? '.' : path}});
		}

		const oid = hashObject('tree', content);
		if (!reader.isRemembered(oid)) {
			objects.set(oid, {type: 'tree', oid, content});
		}

		return oid;
	};

	const oid = (await rewrite(reader, root, base, '', write)) ?? write([], '');
	return {oid, objects: [...objects.values()]};
}

function cleanEntry(value: Value): Place['entry'] {
	const [content = absent] = value.contents;
	return isConflicted(value) || content === absent ? null : known(content);
}

function known(content: string): {mode: TreeMode; oid: Oid} {
	const parsed = parseContent(content);
	if (!parsed) {
		throw new Error(`not a content: ${content}`);
	}

	return parsed;
}

function recordEntry(path: Path, value: Value, objects: Map<Oid, NewObject>): {mode: TreeMode; oid: Oid} {
	const text = Buffer.from(path);
	const pathOid = hashObject('blob', text);
	const content = encodeTree(encodeRecord(value, pathOid));
	const oid = hashObject('tree', content);
	objects.set(pathOid, {type: 'blob', oid: pathOid, content: text});
	if (value.contents.includes(absent)) {
		const empty = Buffer.alloc(0);
		objects.set(hashObject('blob', empty), {type: 'blob', oid: hashObject('blob', empty), content: empty});
	}

	objects.set(oid, {type: 'tree', oid, content});
	return {mode: folderMode, oid};
}

function plan(root: Place, names: readonly string[], entry: Place['entry']): void {
	let place = root;
	for (const name of names) {
		let next = place.below.get(name);
		if (!next) {
			next = {below: new Map()};
			place.below.set(name, next);
		}

		place = next;
	}

	place.entry = entry;
}

/** The new id of a folder; undefined when nothing is left in it. */
async function rewrite(
	reader: TreeReader,
	place: Place,
	folder: Oid | undefined,
	path: string,
	write: (entries: readonly TreeEntry[], path: Path) => Oid,
): Promise<Oid | undefined> {
	const before = folder === undefined ? [] : await reader.entries(folder);
	const entries = new Map(before.map((entry) => [entry.name, entry]));
	let changed = false;
	for (const [name, below] of place.below) {
		const old = entries.get(name);
		const next = await nextEntry(reader, below, old, name, path, write);
		if (next?.oid === old?.oid && next?.mode === old?.mode) {
			continue;
		}

		changed = true;
		if (next) {
			entries.set(name, next);
		} else {
			entries.delete(name);
		}
	}

	if (entries.size === 0) {
		return undefined;
	}

	return changed || folder === undefined ? write([...entries.values()], path) : folder;
}

async function nextEntry(
	reader: TreeReader,
	place: Place,
	old: TreeEntry | undefined,
	name: string,
	path: string,
	write: (entries: readonly TreeEntry[], path: Path) => Oid,
): Promise<TreeEntry | undefined> {
	const full = path === '' ? name : `${path}/${name}`;
	const oldFolder = old && isFolder(old) ? old : undefined;
	const folder =
		place.below.size > 0
			? await rewrite(reader, place, oldFolder?.oid, full, write)
			: // A record is a folder that is put and removed as a whole.
				place.entry === undefined || isRecordPath(path)
				? undefined
				: oldFolder?.oid;
	const file = place.entry === undefined && !oldFolder ? old : place.entry;
	if (folder !== undefined) {
		if (file) {
			throw new Error(`a file and a folder at ${full}`);
		}

		return {name, mode: folderMode, oid: folder};
	}

	return file ? {name, mode: file.mode, oid: file.oid} : undefined;
}

function isRecordPath(path: string): boolean {
	return path === recordsFolder.join('/');
}
