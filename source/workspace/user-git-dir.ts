/** The user's own git directory, found without asking git and only ever read: where it is, and which excludes file is theirs. */
import {existsSync, readFileSync, statSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {runGit} from './git-child.js';

export type UserGitDir = {
	/** Absolute. Of a linked worktree: the worktree's own directory. */
	readonly gitDir: string;
	/** Absolute; the same but for linked worktrees. */
	readonly commonDir: string;
	/** The top folder of what is checked out: the project's root, or a folder above it. */
	readonly top: string;
};

/** A bound for what is read: one path. */
const maxConfigBytes = 64 * 1024;

/** The git directory of the repository that `root` is the top folder of, or lies in. */
export function findUserGitDir(root: string): UserGitDir | undefined {
	try {
		if (statSync(join(root, '.git'), {throwIfNoEntry: false})) return gitDirOf(root);
		const {dev, uid} = statSync(root);
		for (let top = dirname(root); ; top = dirname(top)) {
			// As git has it: not beyond a disk, and nobody else's, who could track what is ignored here.
			if (statSync(top).dev !== dev) return undefined;
			const stats = statSync(join(top, '.git'), {throwIfNoEntry: false});
			const user = stats && gitDirOf(top);
			if (user && existsSync(join(user.gitDir, 'HEAD')))
				return [uid, process.geteuid?.()].includes(stats.uid) ? user : undefined;
			if (top === dirname(top)) return undefined;
		}
	} catch {
		return undefined;
	}
}

/** The rule files of the folders above a project, up to the top of its repository. */
export function ruleFilesAbove(root: string, user: UserGitDir | undefined): readonly string[] {
	const files: string[] = [];
	if (!user) return files;
	for (let folder = root; folder !== user.top;) {
		folder = dirname(folder);
		files.push(join(folder, '.gitignore'));
	}
	return files;
}

function gitDirOf(top: string): UserGitDir | undefined {
	const dotGit = join(top, '.git');
	try {
		// It may be a link to where a person keeps it.
		const stats = statSync(dotGit);
		if (stats.isDirectory()) return withCommonDir(dotGit, top);
		if (!stats.isFile() || stats.size > 4096) return undefined;
		const match = /^gitdir: (.+?)\r?\n?$/s.exec(readFileSync(dotGit, 'utf8'));
		return match ? withCommonDir(resolve(top, match[1]!), top) : undefined;
	} catch {
		return undefined;
	}
}

/** The person's global excludes file as git itself would find it, whether or not it exists. */
export async function findExcludesFile(
	root: string,
	user: UserGitDir | undefined,
): Promise<string | undefined> {
	const repository = user ? [`--git-dir=${user.gitDir}`, `--work-tree=${user.top}`] : [];
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

function withCommonDir(gitDir: string, top: string): UserGitDir | undefined {
	if (!statSync(gitDir, {throwIfNoEntry: false})?.isDirectory()) return undefined;
	try {
		const commonDir = resolve(gitDir, readFileSync(join(gitDir, 'commondir'), 'utf8').trim());
		return {gitDir, commonDir, top};
	} catch {
		return {gitDir, commonDir: gitDir, top};
	}
}
