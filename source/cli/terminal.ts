/** What the program is given to talk with: its streams, its environment, where it was started. */
import {type Environment} from './choices.js';

export type Terminal = {
	readonly stdin: NodeJS.ReadStream;
	readonly stdout: NodeJS.WriteStream;
	readonly stderr: NodeJS.WriteStream;
	readonly env: Environment;
	readonly folder: string;
};

/** True if a person can see a screen here and type. */
export function isInteractive({stdin, stdout}: Terminal): boolean {
	return stdin.isTTY && stdout.isTTY;
}
