/** Settling conflicts: one commit for all that one request is about (merge rule 15). The disk has been snapshotted before. */
import {join} from 'node:path';
import {type ResolveRequest, type SideCopy} from '../../core/command.js';
import {comparePaths, isBelow} from '../../core/reconcile/path-order.js';
import {chooseResolution, nameBeside, resolveTree} from '../../core/reconcile/resolve-tree.js';
import {Failure} from '../../protocol/failure.js';
import {
	absent,
	type Content,
	formatContent,
	type Oid,
	parseContent,
	type Path,
	type Value,
} from '../../protocol/content.js';
import {lookAt} from '../../workspace/disk-entry.js';
import {commitChanges} from './commit-values.js';
import {type Authorship, findAuthors, sideKey} from './find-authors.js';
import {describePaths} from './move-head.js';
import {projectWords} from './project-words.js';
import {readSlice} from './read-slice.js';
import {type ProjectState} from './project-state.js';

/** Of a peer's name, in the name of a file. */
const maxLabelLetters = 32;

/**
 * Settles what the request names and returns those paths, and what `both` put beside them. A path that was named and has no record is Failure
 * `not_conflicted`, one that has no such side `no_such_side`; where all are meant, such a path is left as it is.
 */
export async function resolveConflicts(
	state: ProjectState,
	request: ResolveRequest,
	known: Map<string, Authorship>,
): Promise<{readonly resolved: readonly Path[]; readonly copies: readonly SideCopy[]}> {
	const named = request.paths === 'all' ? undefined : new Set(request.paths);
	for (const path of named ?? []) {
		if (!state.conflicts.has(path)) throw new Failure('not_conflicted', {details: {path}});
	}
	const records = [...state.conflicts]
		.filter(([path]) => named?.has(path) ?? true)
		.filter(
			([path]) => request.folder === undefined || path === request.folder || isBelow(path, request.folder),
		)
		.sort(([one], [other]) => comparePaths(one, other));
	const authors = await findAuthors(
		state,
		new Map(records.map(([path, {value}]) => [path, value.contents])),
		known,
	);
	const settled = new Map<Path, Content>();
	const resolved: Path[] = [];
	const copies: SideCopy[] = [];
	for (const [path, {value}] of records) {
		const above = [...settled].find(([file, content]) => content !== absent && isBelow(path, file));
		if (above) continue; // the file that takes this place has just settled it
		const shown = state.shown.get(path)?.content ?? absent;
		const theirs = request.peerId === undefined ? undefined : sideOf(path, value, request.peerId, authors);
		const isOurs = request.peerId !== undefined && theirs === undefined;
		const resolution = isOurs ? undefined : chooseResolution(value, request.take, {shown, theirs});
		if (!resolution) {
			if (named) throw new Failure('no_such_side', {details: {path, take: request.take}});
			continue;
		}
		settled.set(path, resolution.content);
		resolved.push(path);
		for (const other of resolution.others) {
			const label = labelOf(other, authors.get(sideKey(path, other)));
			const beside = await findFreeName(state, path, label, settled);
			settled.set(beside, other);
			copies.push({path: beside, content: other});
		}
	}
	if (settled.size > 0) await commitSettled(state, settled, `Resolve ${request.take}:`);
	return {resolved, copies};
}

/** Settles one path with what a merge tool or editor made. Rejects with Failure `not_conflicted` or `unreadable`. */
export async function resolveMerged(
	state: ProjectState,
	path: Path,
	merged: Uint8Array | {readonly file: string},
): Promise<void> {
	const record = state.conflicts.get(path);
	if (!record) throw new Failure('not_conflicted', {details: {path}});
	const oid = 'file' in merged ? await importMerged(state, merged.file) : await state.store.writeBlob(merged);
	const shown = state.shown.get(path)?.content ?? absent;
	const modes = [shown, ...record.value.contents].map((content) => parseContent(content)?.mode);
	const mode = modes.find((mode) => mode === '100644' || mode === '100755') ?? '100644';
	await commitSettled(state, new Map([[path, formatContent(mode, oid)]]), 'Resolve merged:');
}

async function importMerged({store, signal}: ProjectState, file: string): Promise<Oid> {
	const written = await store.writeBlobFile(file, {signal});
	if (written === 'changed')
		throw new Failure('unreadable', {details: {path: file, reason: projectWords.changedWhileRead}});
	return written.oid;
}

async function commitSettled(
	state: ProjectState,
	settled: ReadonlyMap<Path, Content>,
	verb: string,
): Promise<void> {
	const paths = new Set(settled.keys());
	const slice = await readSlice(state.store, state.tree, paths, (path) => settled.get(path) !== absent);
	await commitChanges(state, resolveTree(slice, settled), describePaths(verb, [...paths]));
}

/** The side that a peer wrote; of several, the first. */
function sideOf(
	path: Path,
	{contents}: Value,
	peerId: string,
	authors: ReadonlyMap<string, Authorship>,
): Content | undefined {
	return contents.find((content) => authors.get(sideKey(path, content))?.peerId === peerId);
}

function labelOf(content: Content, author: Authorship | undefined): string {
	const words = (author?.name ?? '').replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
	const name = [...words].slice(0, maxLabelLetters).join('');
	return name === '' ? content.slice(0, 8) : name;
}

/** A name that neither the head, this disk nor this request uses. */
async function findFreeName(
	state: ProjectState,
	path: Path,
	label: string,
	settled: ReadonlyMap<Path, Content>,
): Promise<Path> {
	const taken = new Set<Path>();
	for (;;) {
		const name = nameBeside(path, label, (candidate) => taken.has(candidate));
		const [value] = (await state.store.valuesAt(state.tree, [name])).values();
		const isInHead =
			value?.contents.some((content) => content !== absent) ||
			(await state.store.pathsBelow(state.tree, name)).length > 0;
		// Where nothing can be looked at, no other name can either.
		const isOnDisk = !['absent', 'unreadable'].includes(lookAt(join(state.root, name)).kind);
		if (!isInHead && !isOnDisk && !settled.has(name)) return name;
		taken.add(name);
	}
}
