/**
 * The end of a program whose terminal has vanished. Node sets the terminal of its standard streams back as it was before it
 * exits, and aborts, core dump and all, where that fails; a stream that is closed it leaves alone.
 */
import {closeSync} from 'node:fs';
import process from 'node:process';
import {isatty} from 'node:tty';

const standardStreams = [0, 1, 2];

/** Closes at the exit what was a terminal at this moment and is none any more. */
export function forgetLostTerminal(): void {
	const terminals = standardStreams.filter((stream) => isatty(stream));
	if (terminals.length === 0) return;
	process.once('exit', () => {
		for (const stream of terminals) if (!isatty(stream)) closeQuietly(stream);
	});
}

function closeQuietly(stream: number): void {
	try {
		closeSync(stream);
	} catch {
		// Closed already.
	}
}
