/**
 * The one door to git children of the private store: arguments are fixed by us, the environment is clean, nothing of the
 * user's configuration, hooks, filters or prompts takes part. Every child has a deadline or belongs to an owner who ends it.
 */
import {type ChildProcess, type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {constants, devNull, setPriority} from 'node:os';
import {Failure} from '../protocol/failure.js';
import {abortFailure, throwIfAborted} from './store-failure.js';
import {gitWords} from './store-words.js';

/** Address space of a child in KiB. Packs are mapped in small windows (see the settings), so this is ample. */
const maxChildMemoryKib = 2 * 1024 * 1024;

/** A git command on the private store is done in a second; one that is not after two minutes hangs. */
const defaultDeadlineMs = 120_000;

const maxMessageBytes = 4096;

/** Sets what limits the system knows and becomes git, so that signals and exit codes are git's own. */
// eslint-disable-next-line no-restricted-syntax -- words for a shell
const limitedGit = `ulimit -c 0 2>/dev/null; ulimit -v ${maxChildMemoryKib} 2>/dev/null; exec git "$@"`;

/** A clean environment: the caller's PATH and nothing else of it. `home` is a folder of ours. */
export function gitEnvironment(home: string): Record<string, string> {
	return {
		PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
		HOME: home,
		XDG_CONFIG_HOME: home,
		GIT_CONFIG_NOSYSTEM: '1',
		GIT_CONFIG_GLOBAL: devNull,
		GIT_CONFIG_SYSTEM: devNull,
		GIT_TERMINAL_PROMPT: '0',
		GIT_OPTIONAL_LOCKS: '0',
		GIT_NO_REPLACE_OBJECTS: '1',
		GIT_NO_LAZY_FETCH: '1',
		GIT_ALLOW_PROTOCOL: '',
		GIT_ATTR_NOSYSTEM: '1',
		LC_ALL: 'C',
		TZ: 'UTC',
	};
}

/** Starts a child on the private repository and leaves it to the caller. Throws Failure `git_failed` where no files are left. */
export function startGit(gitDir: string, args: readonly string[]): ChildProcessWithoutNullStreams {
	const child = spawn('/bin/sh', ['-c', limitedGit, 'git', `--git-dir=${gitDir}`, ...args], {
		cwd: gitDir,
		env: gitEnvironment(gitDir),
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	// Without files for its pipes there are none, and why comes as an event that would end the whole program.
	child.on('error', () => undefined);
	const stdin: ChildProcess['stdin'] = child.stdin;
	if (!stdin) throw gitFailed(args, gitWords.tooManyFiles);
	// A child that dies while we write to it answers by its exit code; EPIPE itself tells nothing.
	child.stdin.on('error', () => undefined);
	return child;
}

export type GitResult = {readonly exitCode: number; readonly output: Buffer; readonly message: string};

export type RunOptions = {
	readonly input?: string | Uint8Array;
	/** More output than this ends the child with Failure `too_large`. */
	readonly maxOutputBytes: number;
	readonly deadlineMs?: number;
	readonly signal?: AbortSignal;
	/** What nobody waits for lets everything else go first. */
	readonly nice?: boolean;
};

/** Runs a child to its end. A non-zero exit code is a result; rejects when it could not run, hung or said too much. */
export async function runGit(
	gitDir: string,
	args: readonly string[],
	{input, maxOutputBytes, deadlineMs = defaultDeadlineMs, signal, nice = false}: RunOptions,
): Promise<GitResult> {
	throwIfAborted(signal);
	const child = startGit(gitDir, args);
	if (nice) yieldTo(child.pid);
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let bytes = 0;
		let message = '';
		let failure: Error | undefined;
		const stop = (reason: Error) => {
			failure ??= reason;
			child.kill('SIGKILL');
		};

		const timer = setTimeout(() => {
			stop(gitFailed(args, gitWords.noAnswer));
		}, deadlineMs);
		const abort = () => {
			stop(abortFailure(signal));
		};

		signal?.addEventListener('abort', abort, {once: true});
		child.stdout.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			if (bytes > maxOutputBytes) {
				stop(new Failure('too_large', {details: {bytes, limit: maxOutputBytes}}));
				return;
			}

			chunks.push(chunk);
		});
		child.stderr.on('data', (chunk: Buffer) => {
			message = (message + chunk.toString()).slice(-maxMessageBytes);
		});
		child.on('error', (error) => {
			failure ??= gitFailed(args, error.message);
		});
		child.on('close', (code, killedBy) => {
			clearTimeout(timer);
			signal?.removeEventListener('abort', abort);
			if (failure) {
				reject(failure);
			} else if (code === null) {
				reject(gitFailed(args, gitWords.endedBy(killedBy)));
			} else {
				resolve({exitCode: code, output: Buffer.concat(chunks), message: withoutProgress(message)});
			}
		});
		child.stdin.end(input);
	});
}

/** What is told of progress is overwritten by what comes after it. */
function withoutProgress(message: string): string {
	return message.slice(message.lastIndexOf('\r') + 1).trim();
}

function yieldTo(pid: number | undefined): void {
	try {
		if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
	} catch {
		// It has ended already, or the system knows no priorities.
	}
}

/** The same for commands that have to succeed: returns the output, rejects with Failure `git_failed` otherwise. */
export async function runGitOrFail(
	gitDir: string,
	args: readonly string[],
	options: RunOptions,
): Promise<Buffer> {
	const {exitCode, output, message} = await runGit(gitDir, args, options);
	if (exitCode !== 0) {
		if (/No space left on device|Disk quota exceeded/.test(message)) {
			throw new Failure('disk_full', {severity: 'fatal', details: {path: '.pulsync'}});
		}

		throw gitFailed(args, message);
	}

	return output;
}

/** A git command did not work. */
export function gitFailed(args: readonly string[], reason: string): Failure {
	return new Failure('git_failed', {details: {command: args[0] ?? 'git', message: reason}});
}
