/** A helper program of the lab in a namespace: lines of JSON or text out, lines in; dead at the latest when the test is. */
import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {createInterface} from 'node:readline';
import type {ExecutionContext} from 'ava';
import {type Host} from './network-world.js';
import {waitUntil} from './wait.js';

export class LabProcess {
	readonly lines: string[] = [];
	readonly #child: ChildProcess;

	constructor(t: ExecutionContext, via: readonly string[], command: readonly string[]) {
		const [program, ...args] = [...via, ...command];
		this.#child = spawn(program!, args, {stdio: ['pipe', 'pipe', 'pipe']});
		this.#child.stdin!.on('error', () => undefined);
		for (const stream of [this.#child.stdout!, this.#child.stderr!])
			createInterface({input: stream}).on('line', (line) => this.lines.push(line));
		t.teardown(async () => this.stop());
	}

	/** The first line that fits. */
	async line(what: string, fits: (line: string) => boolean, deadlineMs = 15_000): Promise<string> {
		try {
			return await waitUntil(what, () => this.lines.find(fits), deadlineMs);
		} catch (error) {
			throw new Error(`${String(error)}\n${this.lines.slice(-30).join('\n')}`, {cause: error});
		}
	}

	/** The first line of JSON with this field. */
	async told(field: string, deadlineMs?: number): Promise<Record<string, unknown>> {
		const fits = (line: string) => line.startsWith('{') && field in (JSON.parse(line) as object);
		return JSON.parse(await this.line(field, fits, deadlineMs)) as Record<string, unknown>;
	}

	tell(value: object): void {
		this.#child.stdin!.write(`${JSON.stringify(value)}\n`);
	}

	async stop(): Promise<void> {
		if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
		const ended = new Promise((resolve) => this.#child.once('close', resolve));
		this.#child.kill('SIGKILL');
		await ended;
	}
}

/** A program of test/helpers in a namespace. */
export function startHelper(
	t: ExecutionContext,
	via: readonly string[],
	name: string,
	args: readonly (string | number)[],
): LabProcess {
	const file = path.resolve(`dist/test/helpers/${name}.js`);
	return new LabProcess(t, via, [process.execPath, file, ...args.map(String)]);
}

export const turnUser = 'lab';
export const turnPassword = 'lab-password';
export const turnSecret = 'lab-secret';
export const turnPort = 3478;

/**
 * coturn, which answers STUN requests as well; with `secret` it takes the time-limited credentials that are made from one,
 * else one user with one password.
 */
export async function startTurnServer(
	t: ExecutionContext,
	host: Host,
	{secret = false}: {secret?: boolean} = {},
): Promise<LabProcess> {
	const address = (host.address4 ?? host.address6)!;
	const credentials = secret
		? ['--use-auth-secret', `--static-auth-secret=${turnSecret}`]
		: ['--lt-cred-mech', '-u', `${turnUser}:${turnPassword}`];
	// It makes a data base; without one it finds no secret either.
	const folder = mkdtempSync(path.join(os.tmpdir(), 'coturn-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const server = new LabProcess(t, host.via, [
		...['turnserver', '-n', `--listening-ip=${address}`, `--relay-ip=${address}`, '-r', 'lab'],
		...credentials,
		...['--no-cli', '--no-tls', '--no-dtls', '--log-file=stdout', '--simple-log'],
		...[`--userdb=${path.join(folder, 'turndb')}`, '--pidfile=/dev/null', '--verbose'],
	]);
	await server.line('coturn to listen', (line) => /UDP listener opened/.test(line));
	return server;
}
