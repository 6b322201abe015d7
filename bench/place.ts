/** Where a benchmark works: a folder that goes with it, and the programs it started, which end with it. */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, realpathSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';

export class Place {
	readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'bench-')));
	readonly #endings: (() => void | Promise<void>)[] = [];
	#serial = 0;

	/** A folder of this place that is not there yet; its parent is. */
	fresh(name: string): string {
		return path.join(this.folder, `${name}-${++this.#serial}`);
	}

	/** A new, empty folder. */
	emptyFolder(name: string): string {
		const folder = this.fresh(name);
		mkdirSync(folder);
		return folder;
	}

	/** Called at the end, the last one first. */
	atEnd(end: () => void | Promise<void>): void {
		this.#endings.push(end);
	}

	/** Starts a program that runs until the end. What it says is kept for the error if it ends before. */
	start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
		const child = spawn(command, args, {env, stdio: ['ignore', 'ignore', 'pipe']});
		child.stderr.resume();
		const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
		this.atEnd(async () => {
			child.kill();
			await ended;
		});
		return child;
	}

	async end(): Promise<void> {
		for (const end of this.#endings.reverse()) await end();
		rmSync(this.folder, {recursive: true, force: true, maxRetries: 3});
	}
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	if (address === null || typeof address === 'string') throw new Error('no port');
	return address.port;
}

/** Runs a program to its end and gives how many ms that took. */
export async function timed(
	command: string,
	args: readonly string[],
	options: {readonly cwd?: string; readonly env?: NodeJS.ProcessEnv} = {},
): Promise<number> {
	const startedAt = performance.now();
	const child = spawn(command, args, {...options, stdio: ['ignore', 'ignore', 'pipe']});
	let said = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
	const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
	const tookMs = performance.now() - startedAt;
	if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${said}`);
	return tookMs;
}

export function isInstalled(program: string): boolean {
	return spawnSync(program, ['--version'], {stdio: 'ignore'}).error === undefined;
}
