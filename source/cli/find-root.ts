/** Which project a command means: the folder it is run in or the nearest one above that has a session. */
import {existsSync, realpathSync, statSync} from 'node:fs';
import path from 'node:path';
import {Failure} from '../protocol/failure.js';
import {usageFailure} from './report-failure.js';
import {usageText} from './usage-text.js';

/**
 * The real path of the project that a question is about: the nearest folder up to the top that has a `.pulsync`. Throws
 * Failure `not_running` where none has.
 */
export function findRoot(folder: string): string {
	const start = realpathSync(folder);
	const root = upwards(start).find((current) => existsSync(path.join(current, '.pulsync')));
	if (root !== undefined) return root;
	throw new Failure('not_running', {severity: 'fatal', details: {path: start, place: 'outside'}});
}

/**
 * The real path of the project that a folder is part of, be it there already or not: its own session's, or that of the
 * nearest folder above. A repository of its own is no part of the project around it.
 */
export function findSession(folder: string): string | undefined {
	for (const current of upwards(realPath(folder))) {
		if (hasSession(current) && isOurs(current)) return current;
		if (existsSync(path.join(current, '.git'))) return undefined;
	}
	return undefined;
}

/** True if the folder belongs to a session. */
export function hasSession(folder: string): boolean {
	return existsSync(sessionFileIn(folder));
}

/** True for a folder that is there and belongs to no session any more; its disk may be away. */
export function wasLeft(folder: string): boolean {
	return existsSync(path.join(folder, '.pulsync')) && !hasSession(folder);
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

/** The folder and all above it. */
function upwards(folder: string): readonly string[] {
	const above = path.dirname(folder);
	return above === folder ? [folder] : [folder, ...upwards(above)];
}

function realPath(folder: string): string {
	try {
		return realpathSync(folder);
	} catch {
		const above = path.dirname(folder);
		return above === folder ? folder : path.join(realPath(above), path.basename(folder));
	}
}

/** In a folder such as /tmp anybody may have put a session above ours. */
function isOurs(folder: string): boolean {
	return process.getuid === undefined || statSync(sessionFileIn(folder)).uid === process.getuid();
}

function sessionFileIn(folder: string): string {
	return path.join(folder, '.pulsync', 'session.json');
}
