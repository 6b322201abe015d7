#!/usr/bin/env node
/**
 * The program's first lines: checks the Node version before anything is loaded that needs it, hides an invite from
 * process lists, and turns whatever goes wrong into a sentence and an exit code.
 */
import {writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {firstWords} from './cli/first-words.js';

// `process` is the global one here: importing node:process opens all three standard streams, which takes longer than
// the rest of `--help`.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
	process.stderr.write(firstWords.nodeTooOld(process.version));
	process.exit(1);
}

const args = process.argv.slice(2);
// Overwrites what process lists show, arguments included.
process.title = 'pulsync-tui';

process.on('uncaughtException', (error) => {
	endByFault(error);
});

void run();

async function run(): Promise<void> {
	try {
		const {main} = await import('./cli/main.js');
		const {stdout, stderr, env} = process;
		// A reader that went away must not end in a stack trace; who needs to know listens as well.
		for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
		const terminal = {
			get stdin() {
				return process.stdin;
			},
			stdout,
			stderr,
			env,
			folder: process.cwd(),
		};
		process.exitCode = await main(args, terminal);
		// Nothing is awaited any more. A handle that a library left open must not keep the terminal from its shell.
		setTimeout(() => process.exit(), 2000).unref();
	} catch (error) {
		endByFault(error);
	}
}

/** A fault of the program itself: where it is written down, and the end. */
function endByFault(error: unknown): void {
	const log = path.join(os.tmpdir(), `pulsync-tui-fault-${process.pid}.log`);
	let written: string | undefined;
	try {
		writeFileSync(log, `${error instanceof Error ? error.stack : String(error)}\n`, {
			mode: 0o600,
			flag: 'wx',
		});
		written = log;
	} catch {
		// A full disk must not hide the sentence.
	}
	process.stderr.write(firstWords.fault(written));
	process.exit(1);
}
