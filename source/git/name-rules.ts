/**
 * Which names may stand in a synced tree, in words for a refusal. The rules themselves are those of the protocol, the
 * same for what a disk holds, what we write and what peers send. Pure.
 */
import {findPathFault} from '../protocol/path-name.js';
import {nameWords} from './store-words.js';

/** PATH_MAX of Linux, with its final zero. */
export const maxPathBytes = 4095;

/** Deeper trees exist in attacks only. */
export const maxPathDepth = 64;

/** The reserved entry of the root in which conflict records live; allowed there and in this spelling alone. */
export const reservedName = '.pulsync';

/** Why a single name may not be synced, in a few words; undefined if it may. */
export function nameProblem(name: string): string | undefined {
	return name.includes('/') ? nameWords.slash : pathProblem(name);
}

/** Why a project path may not be synced, in a few words; undefined if it may. */
export function pathProblem(path: string): string | undefined {
	const fault = findPathFault(path);
	return fault && nameWords.faults[fault];
}
