/** Which project a command means: the folder it is run in or the nearest one above that has a session. */
import {existsSync, realpathSync} from 'node:fs';
import path from 'node:path';
import {Failure} from '../protocol/failure.js';
import {usageFailure} from './report-failure.js';
import {usageText} from './usage-text.js';

/** The project's real path. Throws Failure `not_running` where no folder up to the top has a `.pulsync`. */
export function findRoot(folder: string): string {
	const start = realpathSync(folder);
	for (let current = start; ; current = path.dirname(current)) {
		if (existsSync(path.join(current, '.pulsync'))) return current;
		if (current === path.dirname(current)) {
			throw new Failure('not_running', {severity: 'fatal', details: {path: start}});
		}
	}
}

/** True if the folder belongs to a session. */
export function hasSession(folder: string): boolean {
	return existsSync(path.join(folder, '.pulsync', 'session.json'));
}

/** A word of the command line as a path of the project; `.` at the root is undefined: all of it. */
export function projectPath(root: string, folder: string, word: string): string | undefined {
	const relative = path.relative(root, path.resolve(realpathSync(folder), word));
	if (relative === '') return undefined;
	if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
		throw usageFailure(usageText.outside(word, root));
	}
	return relative.split(path.sep).join('/');
}
