/**
 * Starts the few read-only git commands that ignore rules need: fixed arguments, an environment without anything of the
 * caller's git, no hooks, no prompts, no locks, a deadline and a bound on the output.
 */
import {type ChildProcess, type ChildProcessWithoutNullStreams, spawn} from 'node:child_process';
import {Failure} from '../protocol/failure.js';
import {errorCode} from './disk-entry.js';
import {gitWords} from './git-words.js';

/** Settings that win over any configuration file: nothing that a repository or a person configured is executed. */
const safeSettings = [
	'core.fsmonitor=false',
	'core.hooksPath=/dev/null',
	'core.untrackedCache=false',
	'core.quotePath=false',
	'core.precomposeUnicode=false',
	'submodule.recurse=false',
	'maintenance.auto=false',
	'gc.auto=0',
].flatMap((setting) => ['-c', setting]);

/** Longest time that a short command may take: reading the index of the largest repositories takes about 1 s. */
const commandTimeoutMs = 30_000;

/** The environment of every git child. `userConfig` keeps the person's own configuration files readable. */
function gitEnvironment(userConfig = false): NodeJS.ProcessEnv {
	const kept = userConfig
		? ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM']
		: ['PATH'];
	const environment: NodeJS.ProcessEnv = {};
	for (const name of [...kept, 'SystemRoot', 'TMPDIR']) {
		if (process.env[name] !== undefined) environment[name] = process.env[name];
	}
	return {
		...environment,
		...(userConfig ? {} : {GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null'}),
		GIT_OPTIONAL_LOCKS: '0',
		GIT_TERMINAL_PROMPT: '0',
		GIT_NO_REPLACE_OBJECTS: '1',
		GIT_NO_LAZY_FETCH: '1',
		GIT_ALLOW_PROTOCOL: '',
		LC_ALL: 'C',
	};
}

/**
 * Starts a git child with the safe settings before `args`; its errors arrive as its `error` and `close` events. Throws
 * Failure `git_failed` where no files are left for its pipes.
 */
export function spawnGit(
	args: readonly string[],
	options: {cwd: string; userConfig?: boolean},
): ChildProcessWithoutNullStreams {
	const child = spawn('git', ['--no-pager', ...safeSettings, ...args], {
		cwd: options.cwd,
		env: gitEnvironment(options.userConfig),
		stdio: 'pipe',
		windowsHide: true,
	});
	// Without those files there are no pipes, and why comes as an event that would end the whole program.
	child.on('error', () => undefined);
	const stdin: ChildProcess['stdin'] = child.stdin;
	if (!stdin) throw new Failure('git_failed', {details: {message: gitWords.tooManyFiles}});
	return child;
}

/** Runs one command to its end. Throws Failure `git_missing`, or `git_failed` when it is too slow or prints too much. */
export async function runGit(
	args: readonly string[],
	options: {
		cwd: string;
		userConfig?: boolean;
		maxBytes: number;
		timeoutMs?: number;
		signal?: AbortSignal;
		input?: string;
	},
): Promise<{exitCode: number; stdout: Buffer}> {
	options.signal?.throwIfAborted();
	return new Promise((resolve, reject) => {
		const child = spawnGit(args, options);
		const chunks: Buffer[] = [];
		let bytes = 0;
		let failure: Error | undefined;
		const stop = (reason: Error) => {
			failure ??= reason;
			child.kill('SIGKILL');
		};
		const onAbort = () => stop(new Failure('aborted'));
		const timer = setTimeout(
			() => stop(new Failure('git_failed', {details: {message: gitWords.timeout}})),
			options.timeoutMs ?? commandTimeoutMs,
		);
		options.signal?.addEventListener('abort', onAbort, {once: true});
		child.stdin.on('error', () => undefined); // a child that ended early says so by its exit code
		child.stdin.end(options.input);
		child.stderr.resume();
		child.stdout.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			if (bytes > options.maxBytes)
				stop(new Failure('git_failed', {details: {message: gitWords.tooMuchOutput}}));
			else chunks.push(chunk);
		});
		child.on('error', (error) => {
			failure ??= gitStartFailure(error);
		});
		child.on('close', (exitCode) => {
			clearTimeout(timer);
			options.signal?.removeEventListener('abort', onAbort);
			if (failure) reject(failure);
			else resolve({exitCode: exitCode ?? 1, stdout: Buffer.concat(chunks)});
		});
	});
}

/** The Failure for a git that could not be started at all. */
export function gitStartFailure(error: Error): Failure {
	const missing = errorCode(error) === 'ENOENT';
	return new Failure(missing ? 'git_missing' : 'git_failed', {severity: 'fatal', cause: error});
}
