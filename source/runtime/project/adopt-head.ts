/** The first head of a folder that joined (merge rule 18): theirs, and then what this disk holds on top of it. */
import {openUserRepository} from '../../git/user-repository.js';
import {absent, type Content, type Oid, parseContent, type Path} from '../../protocol/content.js';
import {differsInLineEndings, findConverted} from '../../workspace/converted-paths.js';
import {type ShownEntry} from '../../workspace/shown-index.js';
import {findUserGitDir} from '../../workspace/user-git-dir.js';
import {type ProjectState} from './project-state.js';
import {follow} from './integrate.js';

/** Lines that somebody reads are fewer. */
const maxTextBytes = 8 * 1024 * 1024;

/**
 * Moves the head there before anything else: after a crash this folder is a member whose disk nobody knows, which asks about
 * differences and deletes nothing. With a common ancestor in the user's own git only what both changed can conflict.
 */
export async function adoptHead(
	state: ProjectState,
	commit: Oid,
	gitAncestor: Oid | undefined,
): Promise<void> {
	state.indexUnknown = true;
	void state.ahead?.syncAll(); // the disk works while trees are judged
	await follow(state, commit);
	await state.shown.clear();
	if (gitAncestor === undefined) return;
	const repository = await openUserRepository(state.root);
	const files = new Map<Path, Content>(await repository.treeFiles(gitAncestor));
	for (const path of await findUnknown(state, files)) files.delete(path);
	const shown = new Map<Path, ShownEntry>();
	for (const [path, content] of files) if (content !== absent) shown.set(path, {content});
	await state.shown.set(shown);
}

/**
 * Files whose bytes git converts here, or did for who made the head: what their common ancestor has on a disk is unknown. Equal
 * is equal, else it is asked about, and no clone's line endings become everybody's.
 */
async function findUnknown(
	state: ProjectState,
	ancestor: ReadonlyMap<Path, Content>,
): Promise<ReadonlySet<Path>> {
	const user = findUserGitDir(state.root);
	if (!user) return new Set();
	let unknown: Set<Path>;
	try {
		unknown = new Set(await findConverted(state.root, user));
	} catch {
		return new Set(ancestor.keys());
	}
	for (const [path, {contents}] of await state.store.listTree(state.tree!)) {
		const [content] = contents;
		const before = ancestor.get(path);
		if (before === undefined || before === content || unknown.has(path)) continue;
		const oid = contents.length === 1 ? parseContent(content!)?.oid : undefined;
		const text = oid === undefined ? undefined : await readText(state, oid);
		if (text && differsInLineEndings(state.root, path, text)) unknown.add(path);
	}
	return unknown;
}

/** Undefined for what is too large to be a text. */
async function readText({store}: ProjectState, oid: Oid): Promise<Buffer | undefined> {
	const bytes = (await store.info(oid))?.bytes ?? Infinity;
	return bytes > maxTextBytes ? undefined : store.read(oid, maxTextBytes);
}
