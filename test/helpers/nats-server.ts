/** A real NATS server of a test's own on the loopback address, which can be killed and come back on the same port. */
import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {type ExecutionContext} from 'ava';

/** Packages put it where not every user's PATH looks. */
const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
const program = folders.map((folder) => path.join(folder, 'nats-server')).find((file) => existsSync(file));
/** Why there can be none here; undefined where there can. */
export const whyNoNats = program === undefined ? 'nats-server is not installed' : undefined;
const deadlineMs = 20_000;

export class NatsServer {
	readonly #args: readonly string[];
	#child?: ChildProcess;
	/** 0 until it has one; the same after each start. */
	port = 0;
	/** What it says of clients that it cut off. */
	readonly slowConsumers: string[] = [];

	private constructor(args: readonly string[]) {
		this.#args = args;
	}

	/** Runs until the test ends. */
	static async start(
		t: Pick<ExecutionContext, 'teardown'>,
		args: readonly string[] = [],
	): Promise<NatsServer> {
		const server = await NatsServer.open(args);
		t.teardown(() => server.kill());
		return server;
	}

	/** Runs until it is killed. */
	static async open(args: readonly string[] = []): Promise<NatsServer> {
		const server = new NatsServer(args);
		await server.restart();
		return server;
	}

	get url(): string {
		return `nats://127.0.0.1:${this.port}`;
	}

	async restart(): Promise<void> {
		if (program === undefined) throw new Error(whyNoNats);
		// -1 is any free port.
		const port = this.port === 0 ? '-1' : String(this.port);
		const child = spawn(program, ['-a', '127.0.0.1', '-p', port, ...this.#args], {
			stdio: ['ignore', 'ignore', 'pipe'],
		});
		this.#child = child;
		this.port = await new Promise<number>((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error('nats-server did not start')), deadlineMs);
			child.on('error', reject);
			createInterface({input: child.stderr}).on('line', (line) => {
				if (/slow consumer/i.test(line)) this.slowConsumers.push(line);
				const listening = /Listening for client connections on .*:(\d+)$/.exec(line);
				if (!listening) return;
				clearTimeout(timer);
				resolve(Number(listening[1]));
			});
		});
	}

	/** While it runs. */
	get pid(): number | undefined {
		return this.#child?.pid;
	}

	async kill(): Promise<void> {
		const child = this.#child;
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		await new Promise<void>((resolve) => {
			child.on('exit', () => resolve());
			child.kill('SIGKILL');
		});
	}
}
