/** The private git directory in which `git check-ignore` runs: as little as git takes for a repository, written by us alone. */
import {copyFile, rm, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {makeFolderIn} from './durable.js';
import {runGit} from './git-child.js';
import {type UserGitDir} from './user-git-dir.js';

/** Writes it with the rules of `info/exclude` in the user's own. */
export async function writeRulesGitDir(gitDir: string, user: UserGitDir | undefined): Promise<void> {
	for (const folder of ['', 'objects', 'refs', 'info']) await makeFolderIn(join(gitDir, folder));
	await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
	await writeFile(join(gitDir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
	const exclude = join(gitDir, 'info', 'exclude');
	await rm(exclude, {force: true});
	try {
		if (user) await copyFile(join(user.commonDir, 'info', 'exclude'), exclude);
	} catch {
		// No such file: no such rules.
	}
}

/** True if the rules of the repository around a project ignore the whole project. `args` come before the command. */
export async function isWhollyIgnored(root: string, args: readonly string[]): Promise<boolean> {
	const words = ['check-ignore', '-q', '--no-index', '--', `./${basename(root)}`];
	const {exitCode} = await runGit([...args, ...words], {cwd: dirname(root), maxBytes: 4096});
	return exitCode === 0;
}
