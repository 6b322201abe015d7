/**
 * Which names may stand in a synced tree, in words for a refusal. The rules themselves are those of the protocol, the
 * same for what a disk holds, what we write and what peers send. Pure.
 */
import {findPathFault, type PathFault} from '../protocol/path-name.js';

/** PATH_MAX of Linux, with its final zero. */
export const maxPathBytes = 4095;

/** Deeper trees exist in attacks only. */
export const maxPathDepth = 64;

/** Paths of one project, counted by path: an 800-byte pack can name ten thousand million. */
export const maxPaths = 1_000_000;

/** The reserved entry of the root in which conflict records live; allowed there and in this spelling alone. */
export const reservedName = '.pulsync';

const problems: Readonly<Record<PathFault, string>> = {
	bad_name: 'a name that is empty, leads out of its folder or has control characters',
	reserved_name: 'a name that stands for .git or .pulsync',
	name_too_long: 'a name or path that is too long or too deep',
};

/** Why a single name may not be synced, in a few words; undefined if it may. */
export function nameProblem(name: string): string | undefined {
	return name.includes('/') ? 'a slash in a name' : pathProblem(name);
}

/** Why a project path may not be synced, in a few words; undefined if it may. */
export function pathProblem(path: string): string | undefined {
	const fault = findPathFault(path);
	return fault && problems[fault];
}
