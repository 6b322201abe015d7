/** Taking a resolution back: the conflicts are records again as they were, by a change like any other. */
import {type SideCopy} from '../../core/command.js';
import {absentValue, type Oid, type Path, type Value} from '../../protocol/content.js';
import {commitValues} from './commit-values.js';
import {describePaths} from './move-head.js';
import {type ProjectState} from './project-state.js';

/**
 * Those of the paths that were conflicts at the commit `before`; copies of their sides that are still as they were made are
 * taken away with it. The disk has been snapshotted before.
 */
export async function reopenConflicts(
	state: ProjectState,
	paths: readonly Path[],
	before: Oid,
	copies: readonly SideCopy[],
): Promise<readonly Path[]> {
	const {tree} = await state.store.readCommit(before);
	const reopened = new Map(
		[...(await state.store.valuesAt(tree, paths))].filter(([, value]) => value.contents.length > 1),
	);
	if (reopened.size === 0) return [];
	const taken = await untouched(state, copies);
	await commitValues(state, new Map([...reopened, ...taken]), describePaths('Reopen', [...reopened.keys()]));
	return [...reopened.keys()];
}

/** The copies that nobody changed, as gone. */
async function untouched(state: ProjectState, copies: readonly SideCopy[]): Promise<[Path, Value][]> {
	const paths = copies.map(({path}) => path);
	const now = await state.store.valuesAt(state.tree, paths);
	return copies
		.filter(({path, content}) => {
			const contents = now.get(path)?.contents ?? [];
			return contents.length === 1 && contents[0] === content;
		})
		.map(({path}) => [path, absentValue]);
}
