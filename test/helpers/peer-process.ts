/**
 * The real program as processes of their own, the way a person or a script runs it: each peer with its folder, all of a
 * lab with their own settings and runtime folder, on loopback only.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {askSession} from '../../source/cli/control-client.js';
import {type PublicEvent} from '../../source/core/public-event.js';
import {type StatusReport} from '../../source/core/status-report.js';
import {type ControlRequest} from '../../source/runtime/control-protocol.js';
import {defaultDeadlineMs, waitUntil} from './wait.js';

/** An event as a line of `--json` has it; `listening` is a relay's. */
export type EventLine = {readonly at: number} & (
	PublicEvent | {event: 'listening'; url: string; port: number}
);
type EventOf<Name extends EventLine['event']> = Extract<EventLine, {event: Name}>;

export type ProgramEnd = {readonly code: number | null; readonly signal: NodeJS.Signals | null};
export type ProgramRun = {readonly code: number | null; readonly stdout: string; readonly stderr: string};

/** What a program says that ended by an error nobody foresaw. */
const faultWords = 'has a fault of its own';

export const programFile = path.resolve('dist/program/cli.js');

/** One running program with `--json`. */
export class PeerProcess {
	readonly events: EventLine[] = [];
	readonly folder: string;
	readonly exit: Promise<ProgramEnd>;
	stderr = '';
	#ended = false;
	readonly #child: ChildProcess;
	readonly #runtimeFolder: string | undefined;
	/** The folder as the program knows it, also when it is away. */
	readonly #root: string;

	/** `via` are the words before the program's own that start it somewhere else, such as in a network namespace. */
	constructor(
		args: readonly string[],
		{folder, env, via = []}: {folder: string; env: NodeJS.ProcessEnv; via?: readonly string[]},
	) {
		this.folder = folder;
		this.#runtimeFolder = env.XDG_RUNTIME_DIR;
		this.#root = realpathSync(folder);
		const [command, ...words] = [...via, process.execPath, programFile, ...args, '--json'];
		this.#child = spawn(command, words, {
			cwd: folder,
			env,
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		createInterface({input: this.#child.stdout!}).on('line', (line) => {
			this.events.push(JSON.parse(line) as EventLine);
		});
		this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
			this.stderr += text;
		});
		this.exit = new Promise((resolve) => {
			this.#child.on('close', (code, signal) => {
				this.#ended = true;
				resolve({code, signal});
			});
		});
	}

	get pid(): number {
		return this.#child.pid!;
	}

	get ended(): boolean {
		return this.#ended;
	}

	/** The first event of this name that fits, from the `from`th on; fails if the program ends before. */
	async waitFor<Name extends EventLine['event']>(
		name: Name,
		fits: (event: EventOf<Name>) => boolean = () => true,
		{deadlineMs = defaultDeadlineMs, from = 0}: {deadlineMs?: number; from?: number} = {},
	): Promise<EventOf<Name>> {
		const find = () =>
			this.events
				.slice(from)
				.find((event): event is EventOf<Name> => event.event === name && fits(event as EventOf<Name>));
		try {
			return await waitUntil(
				`event ${name}`,
				() => {
					const found = find();
					if (found) return found;
					if (this.#ended) throw new Error(`The program ended before event ${name}`);
					return undefined;
				},
				deadlineMs,
			);
		} catch (error) {
			throw new Error(this.#story(error), {cause: error});
		}
	}

	/** Asks the running session; throws the sentence of an error, and what is known of a program that does not answer. */
	async ask(request: ControlRequest): Promise<Record<string, unknown>> {
		// Where this program made its socket: several labs may be open.
		process.env.XDG_RUNTIME_DIR = this.#runtimeFolder;
		try {
			const answer = await askSession(this.#root, request);
			if ('error' in answer) throw new Error(`${answer.error.code}: ${answer.error.message}`);
			return answer.result;
		} catch (error) {
			throw new Error(`${request.request} of ${this.#story(error)}`, {cause: error});
		}
	}

	async status(): Promise<StatusReport> {
		return (await this.ask({request: 'status'})) as StatusReport;
	}

	/** What a person needs to know of a failure in which this program has a part. */
	#story(error: unknown): string {
		const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
		const seen = this.events.slice(-15).map((event) => JSON.stringify(event).slice(0, 300));
		const name = `${path.basename(this.folder)}, ${this.#ended ? 'ended' : 'running'}`;
		return `${name}: ${String(error)}${cause}\n${seen.join('\n')}\n${this.stderr}`;
	}

	/** How many bytes of memory the process holds now. */
	residentBytes(): number {
		const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
		return Number(match?.[1] ?? 0) * 1024;
	}

	/** What a process list shows of it. */
	commandLine(): string {
		return readFileSync(`/proc/${this.pid}/cmdline`, 'utf8');
	}

	/** Ends it without a chance to tidy up. */
	async kill(): Promise<ProgramEnd> {
		this.#child.kill('SIGKILL');
		return this.exit;
	}

	async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProgramEnd> {
		this.#child.kill(signal);
		return this.exit;
	}
}

/** A place for a test's peers; all of it is gone after the test. */
export class Lab {
	readonly folder: string;
	/** What programs of this lab are started with. */
	readonly env: NodeJS.ProcessEnv;
	readonly #running: PeerProcess[] = [];

	constructor(t: {teardown(end: () => Promise<void>): void; timeout(ms: number): void}) {
		// Short, since socket paths are.
		this.folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'lab-')));
		this.env = labEnvironment(this.folder);
		t.teardown(async () => {
			await Promise.all(this.#running.filter(({ended}) => !ended).map((peer) => peer.kill()));
			rmSync(this.folder, {recursive: true, force: true, maxRetries: 3});
			// A program that crashed and whose peers went on without it would go unnoticed.
			const faults = this.#running.map(({stderr}) => stderr).filter((text) => text.includes(faultWords));
			if (faults.length > 0) throw new Error(faults.join('\n'));
		});
		t.timeout(280_000);
	}

	/** A folder of the lab, made if need be. */
	path(name: string): string {
		const folder = path.join(this.folder, name);
		mkdirSync(folder, {recursive: true});
		return folder;
	}

	start(
		name: string,
		args: readonly string[],
		env: NodeJS.ProcessEnv = {},
		via: readonly string[] = [],
	): PeerProcess {
		const peer = new PeerProcess(args, {folder: this.path(name), env: {...this.env, ...env}, via});
		this.#running.push(peer);
		return peer;
	}

	/** Hosts in the folder of this name, relay on loopback; resolves when it is ready. */
	async host(name: string, flags: readonly string[] = []): Promise<PeerProcess & {readonly invite: string}> {
		const own = flags.includes('--relay-url') ? [] : ['--host', '127.0.0.1'];
		const peer = this.start(name, ['host', '--name', name, ...own, ...flags]);
		const {invite} = await peer.waitFor('ready');
		return Object.assign(peer, {invite: invite ?? ''});
	}

	/** Joins into the folder of this name; resolves when it is ready. */
	async join(name: string, invite: string, flags: readonly string[] = []): Promise<PeerProcess> {
		const peer = this.start(name, ['join', '--name', name, ...flags], {PULSYNC_INVITE: invite});
		await peer.waitFor('ready');
		return peer;
	}

	/** Starts the folder's session again. */
	async resume(name: string, flags: readonly string[] = []): Promise<PeerProcess> {
		const peer = this.start(name, ['--name', name, ...flags]);
		await peer.waitFor('ready');
		return peer;
	}

	async relay(flags: readonly string[] = []): Promise<PeerProcess & {readonly url: string}> {
		const relay = this.start('relay', ['--relay', '--host', '127.0.0.1', '--port', '0', ...flags]);
		const {url} = await relay.waitFor('listening');
		return Object.assign(relay, {url});
	}

	/** Runs a command to its end, as a shell would. */
	async run(
		name: string,
		args: readonly string[],
		{
			env = {},
			input,
			deadlineMs = defaultDeadlineMs,
		}: {env?: NodeJS.ProcessEnv; input?: string; deadlineMs?: number} = {},
	): Promise<ProgramRun> {
		const child = spawn(process.execPath, [programFile, ...args], {
			cwd: this.path(name),
			env: {...this.env, ...env},
			stdio: ['pipe', 'pipe', 'pipe'],
			timeout: deadlineMs,
			killSignal: 'SIGKILL',
		});
		child.stdin.on('error', () => undefined);
		child.stdin.end(input);
		let [stdout, stderr] = ['', ''];
		child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
		child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
		const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
		return {code, stdout, stderr};
	}
}

/** Waits until all have one head and say so; returns it. */
export async function settle(
	peers: readonly PeerProcess[],
	deadlineMs = 60_000,
): Promise<{head: string; tree: string}> {
	return waitUntil(
		'one head on all peers',
		async () => {
			const results = await Promise.all(
				peers.map((peer) => peer.ask({request: 'sync', wait: true, timeout_ms: deadlineMs})),
			);
			const {head, tree} = results[0]! as {head: string; tree: string};
			return results.every((result) => result.head === head) && {head, tree};
		},
		deadlineMs,
	);
}

/** The parent's environment without what would change the programs' ways, and with folders of the lab's own. */
function labEnvironment(folder: string): NodeJS.ProcessEnv {
	const env: NodeJS.ProcessEnv = {};
	for (const [name, value] of Object.entries(process.env)) {
		if (!/^(PULSYNC_|GIT_|XDG_|NODE_|CI$|npm_)/.test(name)) env[name] = value;
	}
	for (const name of ['config', 'run', 'home']) mkdirSync(path.join(folder, name), {mode: 0o700});
	return {
		...env,
		HOME: path.join(folder, 'home'),
		XDG_RUNTIME_DIR: path.join(folder, 'run'),
		PULSYNC_CONFIG_DIR: path.join(folder, 'config'),
		GIT_CONFIG_NOSYSTEM: '1',
	};
}
