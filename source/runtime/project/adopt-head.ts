/** The first head of a folder that joined (merge rule 18): theirs, and then what this disk holds on top of it. */
import {openUserRepository} from '../../git/user-repository.js';
import {absent, type Oid, type Path} from '../../protocol/content.js';
import {type ShownEntry} from '../../workspace/shown-index.js';
import {type ProjectState} from './project-state.js';
import {follow} from './integrate.js';

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
	const shown = new Map<Path, ShownEntry>();
	for (const [path, content] of await repository.treeFiles(gitAncestor)) {
		if (content !== absent) shown.set(path, {content});
	}
	await state.shown.set(shown);
}
