/**
 * The user's own git directory, found without asking git and only ever read: where it is, which excludes file the
 * person configured, and which paths its index tracks.
 */
import {lstatSync, readFileSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {type Path} from '../protocol/content.js';
import {runGit} from './git-child.js';

export type UserGitDir = {
	/** Absolute. Of a linked worktree: the worktree's own directory. */
	readonly gitDir: string;
	/** Absolute; the same but for linked worktrees. */
	readonly commonDir: string;
};

/** Bounds for what is read: an index of two million paths, and one path. */
const maxIndexBytes = 512 * 1024 * 1024;
const maxConfigBytes = 64 * 1024;

/** The git directory of the repository whose top folder is `root`, if there is one. A folder inside one has none. */
export function findUserGitDir(root: string): UserGitDir | undefined {
	const dotGit = join(root, '.git');
	try {
		const stats = lstatSync(dotGit);
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

/** Every file and link that the user's index tracks; submodules are left out. Names that are not UTF-8 are too. */
export async function readTrackedPaths(root: string, user: UserGitDir): Promise<ReadonlySet<Path>> {
	const {exitCode, stdout} = await runGit(
		[`--git-dir=${user.gitDir}`, `--work-tree=${root}`, 'ls-files', '-z', '--stage'],
		{cwd: root, maxBytes: maxIndexBytes},
	);
	const paths = new Set<Path>();
	if (exitCode !== 0) return paths;
	for (let at = 0; at < stdout.length;) {
		const end = stdout.indexOf(0, at);
		const tab = stdout.indexOf(9, at);
		if (end < 0 || tab < 0) break;
		const gitlink = stdout.toString('latin1', at, at + 6) === '160000';
		const path = stdout.toString('utf8', tab + 1, end);
		if (!gitlink && !path.includes('\ufffd')) paths.add(path);
		at = end + 1;
	}
	return paths;
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
