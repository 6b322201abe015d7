/** One version of one path as bytes: what the head has, a side or the base of a conflict, or how it was at a time. */
import {type ShownVersion, type VersionRequest} from '../../core/session.js';
import {smallestPresent} from '../../core/reconcile/content-sets.js';
import {Failure} from '../../protocol/failure.js';
import {absent, type Content, parseContent, type Path, type Value} from '../../protocol/content.js';
import {type Authorship, findAuthors, sideKey} from './find-authors.js';
import {findCommit} from './find-commit.js';
import {type ProjectState} from './project-state.js';

/** Larger files are brought to the disk by `restore`; this much fits into an answer as base64. */
const maxVersionBytes = 32 * 1024 * 1024;

/** Rejects with Failure `unknown_path`, `not_conflicted`, `no_such_side`, `bad_time`, `not_in_history` or `too_large`. */
export async function readVersion(
	state: ProjectState,
	request: VersionRequest,
	known: Map<string, Authorship>,
): Promise<ShownVersion> {
	const {path, at} = request;
	const tree = at === undefined ? state.tree : (await state.store.readCommit(findCommit(state, at))).tree;
	const [value] = (await state.store.valuesAt(tree, [path])).values();
	const content = value && (await chooseContent(state, value, request, known));
	if (content === undefined) throw new Failure('no_such_side', {details: {path, take: request.side ?? 'it'}});
	const parts = parseContent(content);
	if (!parts) {
		const isSide = request.side !== undefined || (value?.contents.length ?? 0) > 1;
		if (!isSide) throw new Failure('unknown_path', {details: {path}});
		return {path, data: Buffer.alloc(0)};
	}
	return {path, ...parts, data: await readWhole(state, path, parts.oid)};
}

async function readWhole({store}: ProjectState, path: Path, oid: string): Promise<Buffer> {
	try {
		return await store.read(oid, maxVersionBytes);
	} catch (error) {
		const isLarge = error instanceof Failure && error.code === 'too_large';
		throw isLarge ? new Failure('too_large', {details: {path}}) : error;
	}
}

/** Undefined: there is no such side. */
async function chooseContent(
	state: ProjectState,
	value: Value,
	{path, side, peerId}: VersionRequest,
	known: Map<string, Authorship>,
): Promise<Content | undefined> {
	const {contents} = value;
	if (contents.length === 1 && (side ?? 'mine') !== 'mine' && side !== parseContent(contents[0]!)?.oid) {
		throw new Failure('not_conflicted', {details: {path}});
	}
	if (peerId !== undefined) {
		const authors = await findAuthors(state, new Map([[path, contents]]), known);
		return contents.find((content) => authors.get(sideKey(path, content))?.peerId === peerId);
	}
	const shown = state.shown.get(path)?.content ?? absent;
	const others = contents.filter((content) => content !== shown);
	switch (side) {
		case undefined:
			return contents.includes(shown) ? shown : (smallestPresent(contents) ?? absent);
		case 'mine':
			return contents.length === 1 ? contents[0] : shown;
		case 'theirs':
			return smallestPresent(others) ?? others[0];
		case 'base':
			return value.base ?? absent;
		default:
			return [...contents, value.base ?? absent].find((content) =>
				parseContent(content)?.oid.startsWith(side),
			);
	}
}
