/** What the program is given to talk with: its streams, its environment, where it was started. */
import {type Environment} from './choices.js';

export type Terminal = {
	readonly stdin: NodeJS.ReadStream;
	readonly stdout: NodeJS.WriteStream;
	readonly stderr: NodeJS.WriteStream;
	readonly env: Environment;
	readonly folder: string;
};

/** True if a person can be asked something here. */
export function isInteractive({stdin, stdout}: Terminal): boolean {
	return stdin.isTTY && stdout.isTTY;
}

/**
 * True if a person can see a screen here and type. A terminal that says it is dumb cannot place a line, and what an integration
 * server gives its programs for a terminal is read later, as a log.
 */
export function canDraw(terminal: Terminal): boolean {
	const {TERM, CI = ''} = terminal.env;
	return isInteractive(terminal) && TERM !== 'dumb' && ['', '0', 'false'].includes(CI);
}
