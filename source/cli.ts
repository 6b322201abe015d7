#!/usr/bin/env node
/** The program's first line: checks the Node version before anything is loaded that needs it, then hands over. */
import process from 'node:process';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
	process.stderr.write(
		`pulsync-tui needs Node 20.19 or newer; this is ${process.version}. Install a newer Node.\n`,
	);
	process.exitCode = 1;
}
