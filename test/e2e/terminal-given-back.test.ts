/** The real program gives the terminal back, however it ends; and it ends when the terminal is gone. */
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import {Lab, type PeerProcess, programFile} from '../helpers/peer-process.js';
import {TestTerminal} from '../helpers/terminal.js';
import {waitUntil} from '../helpers/wait.js';

type Pair = {readonly ada: PeerProcess; readonly bob: TestTerminal};

/** A host without a screen, and one who joined with one. */
async function open(t: ExecutionContext, env: NodeJS.ProcessEnv = {}): Promise<Pair> {
	const lab = new Lab(t);
	writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a\n');
	const ada = await lab.host('ada');
	const bob = new TestTerminal({
		args: [programFile, 'join', '--name', 'bob'],
		cwd: lab.path('bob'),
		env: {...lab.env, PULSYNC_INVITE: ada.invite, ...env},
	});
	t.teardown(() => bob.close());
	await bob.waitFor('in step', 30_000);
	return {ada, bob};
}

function assertGivenBack(t: ExecutionContext, terminal: TestTerminal): void {
	t.false(terminal.isAlternate, 'the alternate screen is left');
	t.false(terminal.isCursorHidden, 'the cursor is shown');
	t.false(terminal.isBracketedPaste, 'bracketed paste is off');
}

for (const [signal, code] of [
	['SIGTERM', 0],
	['SIGHUP', 0],
	['SIGINT', 130],
] as const) {
	test.serial(`${signal} ends the session in order and gives the terminal back`, async (t) => {
		const {ada, bob} = await open(t);
		process.kill(bob.pid, signal);
		t.is((await bob.exited).code, code);
		assertGivenBack(t, bob);
		await ada.waitFor('peer_left');
	});
}

for (const {title, signals} of [
	{title: 'a fault of the program', signals: []},
	{
		title: 'a fault of a program that was stopped and continued from elsewhere',
		signals: ['SIGSTOP', 'SIGCONT'],
	},
] as const) {
	test.serial(`${title} gives the terminal back and says where it is written down`, async (t) => {
		const plant = 'process.on("SIGUSR2",()=>setImmediate(()=>{throw new Error("planted")}))';
		const {bob} = await open(t, {NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(plant)}`});
		for (const signal of signals) process.kill(bob.pid, signal);
		process.kill(bob.pid, 'SIGUSR2');
		t.is((await bob.exited).code, 1);
		assertGivenBack(t, bob);
		const log = path.join(os.tmpdir(), `pulsync-tui-fault-${bob.pid}.log`);
		t.true(bob.text().replaceAll('\n', '').includes(log), bob.text());
		t.notRegex(bob.text(), /at .*\.js:\d+/, 'no stack trace');
		t.true(existsSync(log));
		rmSync(log);
	});
}

test.serial('a terminal that is closed, as by a lost connection, ends the session in order', async (t) => {
	const {ada, bob} = await open(t);
	const {pid} = bob;
	bob.hangUp();
	await ada.waitFor('peer_left');
	await waitUntil('the end of the program', () => !isRunning(pid));
	t.false(existsSync(path.join(os.tmpdir(), `pulsync-tui-fault-${pid}.log`)), 'it is no fault');
});

test.serial('a program whose terminal has vanished ends with a code, not by aborting', async (t) => {
	const lab = new Lab(t);
	const folder = lab.path('ada');
	const code = path.join(folder, 'code.txt');
	// The shell outlives the terminal and writes down how the program ended.
	const script = 'trap "" HUP; "$@"; echo $? > "$0.new"; mv "$0.new" "$0"';
	const host = [process.execPath, programFile, 'host', '--host', '127.0.0.1', '--advertise', '127.0.0.1'];
	const terminal = new TestTerminal({
		file: '/bin/sh',
		args: ['-c', script, code, ...host],
		cwd: folder,
		env: lab.env,
	});
	t.teardown(() => terminal.close());
	await terminal.waitFor('q quit', 30_000);
	terminal.hangUp();
	await waitUntil('the end of the program', () => existsSync(code));
	t.is(readFileSync(code, 'utf8'), '0\n');
});

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
