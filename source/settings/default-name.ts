/** What a peer is called when nobody says: the name that its git commits carry, else that of its account. */
import {execFile} from 'node:child_process';
import os from 'node:os';

/** Reading one value takes milliseconds; a hung file system must not hold up the start. */
const deadlineMs = 2000;

export async function defaultName(folder: string): Promise<string> {
	const fromGit = await new Promise<string>((resolve) => {
		execFile(
			'git',
			['config', '--get', 'user.name'],
			{cwd: folder, timeout: deadlineMs, env: {...process.env, GIT_OPTIONAL_LOCKS: '0'}},
			(error, stdout) => resolve(error ? '' : stdout.trim()),
		).on('error', () => resolve(''));
	});
	return fromGit || accountName() || 'someone';
}

function accountName(): string {
	try {
		return os.userInfo().username;
	} catch {
		return ''; // an account without an entry, as in some containers
	}
}
