/** The real relay as a process of its own, and how much memory it takes. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

export type RelayProgram = {readonly child: ChildProcess; readonly url: string; readonly port: number};

/** Starts one on loopback, on any free port unless the flags name one. */
export async function startRelayProgram(flags: readonly string[] = []): Promise<RelayProgram> {
	const cli = fileURLToPath(new URL('../program/cli.js', import.meta.url));
	const args = ['--relay', '--host', '127.0.0.1', '--json', '--port', '0', ...flags];
	const child = spawn(process.execPath, [cli, ...args], {stdio: ['ignore', 'pipe', 'ignore']});
	const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
	const {url, port} = JSON.parse(line) as {url?: string; port: number};
	if (url === undefined) throw new Error(`The relay did not start: ${line}`);
	return {child, url, port};
}

/** Resident memory in bytes. */
export function residentBytes({child}: Pick<RelayProgram, 'child'>): number {
	const text = readFileSync(`/proc/${child.pid}/status`, 'utf8');
	return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]) * 1024;
}

/** Kills it and waits until it is gone. */
export async function killProgram({child}: Pick<RelayProgram, 'child'>): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill('SIGKILL');
	await once(child, 'exit');
}
