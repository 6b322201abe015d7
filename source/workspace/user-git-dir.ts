/** The user's own git directory, found without asking git and only ever read: where it is, and which excludes file is theirs. */
import {readFileSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {runGit} from './git-child.js';

export type UserGitDir = {
	/** Absolute. Of a linked worktree: the worktree's own directory. */
	readonly gitDir: string;
	/** Absolute; the same but for linked worktrees. */
	readonly commonDir: string;
};

/** A bound for what is read: one path. */
const maxConfigBytes = 64 * 1024;

/** The git directory of the repository whose top folder is `root`, if there is one. A folder inside one has none. */
export function findUserGitDir(root: string): UserGitDir | undefined {
	const dotGit = join(root, '.git');
	try {
		// It may be a link to where a person keeps it.
		const stats = statSync(dotGit);
		if (stats.isDirectory()) return withCommonDir(dotGit);
		if (!stats.isFile() || stats.size > 4096) return undefined;
		const match = /^gitdir: (.+?)\r?\n?$/s.exec(readFileSync(dotGit, 'utf8'));
		return match ? withCommonDir(resolve(root, match[1]!)) : undefined;
	} catch {
		return undefined;
	}
}

/** The person's global excludes file as git itself would find it, whether or not it exists. */
export async function findExcludesFile(
	root: string,
	user: UserGitDir | undefined,
): Promise<string | undefined> {
	const repository = user ? [`--git-dir=${user.gitDir}`, `--work-tree=${root}`] : [];
	const {exitCode, stdout} = await runGit(
		[...repository, 'config', '--path', '-z', '--get', 'core.excludesFile'],
		{
			cwd: user ? root : '/',
			userConfig: true,
			maxBytes: maxConfigBytes,
		},
	);
	const configured = stdout.toString('utf8').replace(/\0$/, '');
	if (exitCode === 0 && configured !== '') return resolve(root, configured);
	const {XDG_CONFIG_HOME: xdg, HOME: home} = process.env;
	if (xdg) return join(xdg, 'git', 'ignore');
	return home ? join(home, '.config', 'git', 'ignore') : undefined;
}

/** A short text that changes whenever the file does; empty for a file that is not there. */
export function fileSignature(path: string): string {
	const stats = statSync(path, {bigint: true, throwIfNoEntry: false});
	return stats ? `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` : '';
}

function withCommonDir(gitDir: string): UserGitDir | undefined {
	if (!statSync(gitDir, {throwIfNoEntry: false})?.isDirectory()) return undefined;
	try {
		return {gitDir, commonDir: resolve(gitDir, readFileSync(join(gitDir, 'commondir'), 'utf8').trim())};
	} catch {
		return {gitDir, commonDir: gitDir};
	}
}
