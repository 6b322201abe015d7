/** The head's records as a screen shows them. */
import {type Conflict} from '../../core/state.js';
import {comparePaths} from '../../core/reconcile/path-order.js';
import {absent, type Content, type Oid, parseContent, type Path, type Value} from '../../protocol/content.js';
import {type KnownFacts, learnFacts} from './content-facts.js';
import {type Authorship, findAuthors, sideKey, unknownAuthor} from './find-authors.js';
import {type ProjectState} from './project-state.js';

/** What earlier lists found out; none of it changes. */
export type ConflictMemory = {readonly authors: Map<string, Authorship>; readonly facts: KnownFacts};

export type ListedConflicts = {readonly head: Oid | undefined; readonly conflicts: readonly Conflict[]};

/** All conflicts, by path, and the head that has them; undefined without a head. */
export async function listConflicts(state: ProjectState, memory: ConflictMemory): Promise<ListedConflicts> {
	const {head} = state;
	const records = [...state.conflicts].sort(([one], [other]) => comparePaths(one, other));
	const sides = new Map(records.map(([path, {value}]) => [path, value.contents]));
	const authors = await findAuthors(state, sides, memory.authors);
	const contents = records.flatMap(([, {value}]) => [value.base, ...value.contents]);
	const known = await learnFacts(state.store, contents, memory.facts);
	const factsOf = (content: Content) => known.get(parseContent(content)?.oid ?? '');
	const conflicts: Conflict[] = [];
	for (const [path, {value, since}] of records) {
		const shown = state.shown.get(path)?.content ?? absent;
		const {base} = value;
		conflicts.push({
			path,
			kind: await kindOf(state, path, value, known),
			...(base !== undefined && base !== absent && {base, baseFacts: factsOf(base)}),
			sides: value.contents.map((content) => ({
				content,
				facts: factsOf(content),
				...(authors.get(sideKey(path, content)) ?? unknownAuthor),
				mine: content === shown,
			})),
			since,
		});
	}
	return {head, conflicts};
}

async function kindOf(
	state: ProjectState,
	path: Path,
	{contents}: Value,
	known: KnownFacts,
): Promise<Conflict['kind']> {
	if (contents.includes(absent)) {
		const below = await state.store.pathsBelow(state.tree, path);
		return below.length > 0 ? 'file-folder' : 'delete';
	}
	const oids = new Set(contents.map((content) => parseContent(content)!.oid));
	if (oids.size === 1) return 'mode';
	return [...oids].some((oid) => known.get(oid)?.binary) ? 'binary' : 'content';
}
