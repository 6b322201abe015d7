/** Which git there is, asked once a process. */
import {type ChildProcess, spawn} from 'node:child_process';
import {devNull} from 'node:os';
import {Failure} from '../protocol/failure.js';
import {gitEnvironment} from './git-child.js';
import {systemCode} from './store-failure.js';

/** The oldest git that has everything we call (`cat-file --batch-command`, `repack --geometric`). */
const oldestGit = '2.38';

let checked: Promise<string> | undefined;

/** The version, such as `2.39.5`. Rejects with Failure `git_missing` or `git_too_old` and asks again next time. */
export async function checkGit(): Promise<string> {
	checked ??= askVersion().then(checkVersion);
	try {
		return await checked;
	} catch (error) {
		checked = undefined;
		throw error;
	}
}

/** Judges the line that `git version` prints. */
export function checkVersion(line: string): string {
	const match = /^git version (\d+)\.(\d+)(\S*)/.exec(line);
	const [oldestMajor = 0, oldestMinor = 0] = oldestGit.split('.').map(Number);
	if (!match) {
		throw new Failure('git_missing', {severity: 'fatal', details: {reason: line.slice(0, 80)}});
	}

	const [major, minor] = [Number(match[1]), Number(match[2])];
	const version = `${major}.${minor}${match[3] ?? ''}`;
	if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
		throw new Failure('git_too_old', {severity: 'fatal', details: {version, oldest: oldestGit}});
	}

	return version;
}

async function askVersion(): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = spawn('git', ['version'], {
			env: gitEnvironment(devNull),
			stdio: ['ignore', 'pipe', 'ignore'],
			timeout: 10_000,
		});
		let output = '';
		// There is none where too many files are open; the error tells.
		const said: ChildProcess['stdout'] = child.stdout;
		said?.on('data', (chunk: Buffer) => {
			output = (output + chunk.toString()).slice(0, 200);
		});
		child.on('error', (cause) => {
			const isThere = systemCode(cause) === 'EMFILE' || systemCode(cause) === 'EAGAIN';
			const details = {command: 'version', message: cause.message};
			reject(new Failure(isThere ? 'git_failed' : 'git_missing', {severity: 'fatal', cause, details}));
		});
		child.on('close', () => {
			resolve(output.trim());
		});
	});
}
