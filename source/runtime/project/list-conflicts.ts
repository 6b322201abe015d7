/** The head's records as a screen shows them. */
import {type Conflict} from '../../core/state.js';
import {comparePaths} from '../../core/reconcile/path-order.js';
import {absent, parseContent, type Path, type Value} from '../../protocol/content.js';
import {type Authorship, findAuthors, sideKey, unknownAuthor} from './find-authors.js';
import {type ProjectState} from './project-state.js';

/** All conflicts, by path. */
export async function listConflicts(
	state: ProjectState,
	known: Map<string, Authorship>,
): Promise<readonly Conflict[]> {
	const records = [...state.conflicts].sort(([one], [other]) => comparePaths(one, other));
	const sides = new Map(records.map(([path, {value}]) => [path, value.contents]));
	const authors = await findAuthors(state, sides, known);
	const conflicts: Conflict[] = [];
	for (const [path, {value, since}] of records) {
		const shown = state.shown.get(path)?.content ?? absent;
		conflicts.push({
			path,
			kind: await kindOf(state, path, value),
			...(value.base !== undefined && value.base !== absent && {base: value.base}),
			sides: value.contents.map((content) => ({
				content,
				...(authors.get(sideKey(path, content)) ?? unknownAuthor),
				mine: content === shown,
			})),
			since,
		});
	}
	return conflicts;
}

async function kindOf(state: ProjectState, path: Path, {contents}: Value): Promise<Conflict['kind']> {
	if (contents.includes(absent)) {
		const below = await state.store.pathsBelow(state.tree, path);
		return below.length > 0 ? 'file-folder' : 'delete';
	}
	const oids = new Set(contents.map((content) => parseContent(content)?.oid));
	return oids.size === 1 ? 'mode' : 'content';
}
