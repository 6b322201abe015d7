/** Taking a resolution back: the conflicts are records again as they were, by a change like any other. */
import {type SideCopy} from '../../core/command.js';
import {absentValue, type Content, type Oid, type Path, type Value} from '../../protocol/content.js';
import {applySides} from './apply-head.js';
import {type Authorship, findAuthors, sideKey} from './find-authors.js';
import {commitValues} from './commit-values.js';
import {describePaths, reopenVerb} from './move-head.js';
import {type ProjectState} from './project-state.js';

/**
 * Those of the paths that were conflicts at the commit `before`; copies of their sides that are still as they were made are
 * taken away with it, and this disk shows its own side again. The disk has been snapshotted before.
 */
export async function reopenConflicts(
	state: ProjectState,
	paths: readonly Path[],
	before: Oid,
	copies: readonly SideCopy[],
	known: Map<string, Authorship>,
): Promise<readonly Path[]> {
	const {tree} = await state.store.readCommit(before);
	const reopened = new Map(
		[...(await state.store.valuesAt(tree, paths))].filter(([, value]) => value.contents.length > 1),
	);
	if (reopened.size === 0) return [];
	const taken = await untouched(state, copies);
	await commitValues(
		state,
		new Map([...reopened, ...taken]),
		describePaths(reopenVerb, [...reopened.keys()]),
	);
	await applySides(state, await ownSides(state, reopened, known));
	return [...reopened.keys()];
}

/** What this peer wrote of each. Where one side is a file and the other a folder, both may have to stay as they are. */
async function ownSides(
	state: ProjectState,
	records: ReadonlyMap<Path, Value>,
	known: Map<string, Authorship>,
): Promise<ReadonlyMap<Path, Content>> {
	const contents = new Map([...records].map(([path, value]) => [path, value.contents]));
	const authors = await findAuthors(state, contents, known);
	const own = new Map<Path, Content>();
	for (const [path, sides] of contents) {
		const mine = sides.find((side) => authors.get(sideKey(path, side))?.peerId === state.self.peerId);
		if (mine !== undefined && (await state.store.pathsBelow(state.tree, path)).length === 0)
			own.set(path, mine);
	}
	return own;
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
