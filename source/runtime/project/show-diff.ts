/** Differences as text, by `git diff` on the private store: no pager, no textconv, no program of anybody's. */
import {type DiffRequest} from '../../core/session.js';
import {runGitOrFail} from '../../git/git-child.js';
import {Failure} from '../../protocol/failure.js';
import {type Oid, parseContent, type Path} from '../../protocol/content.js';
import {findCommit} from './find-commit.js';
import {walkChanges} from './read-history.js';
import {type ProjectState} from './project-state.js';

/** Longer differences are for tools that read the files. */
const maxDiffBytes = 4 * 1024 * 1024;
const deadlineMs = 30_000;

/**
 * Between two times or commits where they are given (without `to`: until now), else the sides of a conflicted path against each
 * other, else what the newest change at the path was. Empty: none is known.
 */
export async function showDiff(state: ProjectState, {path, from, to}: DiffRequest): Promise<string> {
	const place = path === undefined || path === '.' ? ':(top)' : `:(top,literal)${path}`;
	const only = ['--', place, ':(top,exclude).pulsync'];
	if (from !== undefined || to !== undefined) {
		const trees = await Promise.all([from, to].map(async (at) => treeAt(state, at)));
		return diff(state, path, [...trees, ...only]);
	}
	const record = path === undefined ? undefined : state.conflicts.get(path);
	const oids = (record?.value.contents ?? []).flatMap((content) => parseContent(content)?.oid ?? []);
	if (oids.length >= 2) return diff(state, path, [oids[0]!, oids[1]!]);
	for await (const {commit, before} of walkChanges(state, path)) {
		return diff(state, path, [before, commit.tree, ...only]);
	}
	return '';
}

async function treeAt(state: ProjectState, at: string | undefined): Promise<Oid> {
	if (at !== undefined) return (await state.store.readCommit(findCommit(state, at))).tree;
	if (state.tree === undefined) throw new Failure('no_head');
	return state.tree;
}

async function diff(
	{store, signal}: ProjectState,
	path: Path | undefined,
	what: readonly string[],
): Promise<string> {
	const args = [
		'diff',
		'--no-color',
		'--no-ext-diff',
		'--no-textconv',
		'--no-renames',
		'--full-index',
		...what,
	];
	try {
		const output = await runGitOrFail(store.gitDir, args, {maxOutputBytes: maxDiffBytes, deadlineMs, signal});
		return output.toString('utf8');
	} catch (error) {
		const isLong = error instanceof Failure && error.code === 'too_large';
		const details = {limit: maxDiffBytes, ...(path !== undefined && {path})};
		throw isLong ? new Failure('diff_too_long', {details}) : error;
	}
}
