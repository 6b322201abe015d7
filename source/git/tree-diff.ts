/** Compares two trees path by path; goes down only where ids differ, so it costs what changed and not what there is. */
import {absentValue, isAbsentValue, type Oid, type Path, type Value} from '../protocol/content.js';
import {recordsFolder} from './record.js';
import {isFolder, type TreeEntry} from './tree-format.js';
import {type TreeReader} from './tree-read.js';

export type Change = {readonly before: Value; readonly after: Value};

type Side = 'before' | 'after';
type Found = Map<Path, {before?: Value; after?: Value}>;

/** The paths whose values differ. A tree that is undefined has no paths. */
export async function diffTrees(
	reader: TreeReader,
	from: Oid | undefined,
	to: Oid | undefined,
): Promise<Map<Path, Change>> {
	const found: Found = new Map();
	if (from !== to) {
		await diffFolders(reader, from, to, '', found);
		await diffRecords(reader, from, to, found);
	}

	const changes = new Map<Path, Change>();
	for (const [path, {before, after}] of found) {
		const change = {before: orAbsent(before), after: orAbsent(after)};
		// A path can be found on both sides and still be the same, as when its record was written anew.
		if (!sameValue(change.before, change.after)) {
			changes.set(path, change);
		}
	}

	return changes;
}

async function diffFolders(
	reader: TreeReader,
	from: Oid | undefined,
	to: Oid | undefined,
	prefix: string,
	found: Found,
): Promise<void> {
	for await (const [name, before, after] of differing(reader, from, to)) {
		if (prefix === '' && name === recordsFolder[0]) {
			continue;
		}

		const path = prefix + name;
		if (before && after && isFolder(before) && isFolder(after)) {
			await diffFolders(reader, before.oid, after.oid, `${path}/`, found);
			continue;
		}

		await take(reader, 'before', before, path, found);
		await take(reader, 'after', after, path, found);
	}
}

async function diffRecords(
	reader: TreeReader,
	from: Oid | undefined,
	to: Oid | undefined,
	found: Found,
): Promise<void> {
	const folder = recordsFolder.join('/');
	const before = from === undefined ? undefined : await reader.find(from, folder);
	const after = to === undefined ? undefined : await reader.find(to, folder);
	if (before?.oid === after?.oid) {
		return;
	}

	for await (const [, one, other] of differing(reader, before?.oid, after?.oid)) {
		for (const [side, entry] of [
			['before', one],
			['after', other],
		] as const) {
			if (entry) {
				const {path, value} = await reader.record(entry);
				put(found, path, side, value);
			}
		}
	}
}

async function* differing(
	reader: TreeReader,
	from: Oid | undefined,
	to: Oid | undefined,
): AsyncIterable<[string, TreeEntry | undefined, TreeEntry | undefined]> {
	const [before, after] = await Promise.all([
		from === undefined ? [] : reader.entries(from),
		to === undefined ? [] : reader.entries(to),
	]);
	const others = new Map(after.map((entry) => [entry.name, entry]));
	for (const entry of before) {
		const other = others.get(entry.name);
		others.delete(entry.name);
		if (other?.oid !== entry.oid || other.mode !== entry.mode) {
			yield [entry.name, entry, other];
		}
	}

	for (const [name, entry] of others) {
		yield [name, undefined, entry];
	}
}

async function take(
	reader: TreeReader,
	side: Side,
	entry: TreeEntry | undefined,
	path: Path,
	found: Found,
): Promise<void> {
	if (entry) {
		for (const [below, value] of await reader.listEntry(entry, path)) {
			put(found, below, side, value);
		}
	}
}

function put(found: Found, path: Path, side: Side, value: Value): void {
	found.set(path, {...found.get(path), [side]: value});
}

/** Two values are the same: same contents in the same order, same base. */
function sameValue(a: Value, b: Value): boolean {
	return (
		a === b ||
		(a.base === b.base &&
			a.contents.length === b.contents.length &&
			a.contents.every((content, at) => content === b.contents[at]))
	);
}

/** The value that stands for nothing at all when a side of a comparison lacks the path. */
function orAbsent(value: Value | undefined): Value {
	return value === undefined || isAbsentValue(value) ? absentValue : value;
}
