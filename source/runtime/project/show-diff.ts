/** Differences as text, by `git diff` on the private store: no pager, no textconv, no program of anybody's. */
import {runGitOrFail} from '../../git/git-child.js';
import {Failure} from '../../protocol/failure.js';
import {parseContent, type Path} from '../../protocol/content.js';
import {walkChanges} from './read-history.js';
import {type ProjectState} from './project-state.js';

/** Longer differences are for tools that read the files. */
const maxDiffBytes = 4 * 1024 * 1024;
const deadlineMs = 30_000;

/** The sides of a conflicted path against each other, else what the newest change at the path was. Empty: none is known. */
export async function showDiff(state: ProjectState, path: Path | undefined): Promise<string> {
	const record = path === undefined ? undefined : state.conflicts.get(path);
	const oids = (record?.value.contents ?? []).flatMap((content) => parseContent(content)?.oid ?? []);
	const place = path === undefined || path === '.' ? ':(top)' : `:(top,literal)${path}`;
	if (oids.length >= 2) return diff(state, [oids[0]!, oids[1]!]);
	for await (const {commit, before} of walkChanges(state, path)) {
		return diff(state, [before, commit.tree, '--', place, ':(top,exclude).pulsync']);
	}
	return '';
}

async function diff({store, signal}: ProjectState, what: readonly string[]): Promise<string> {
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
		throw isLong ? new Failure('diff_too_long', {details: {limit: maxDiffBytes}}) : error;
	}
}
