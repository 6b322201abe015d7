/** What plain lines say of each event. */
import {takenElsewhere} from '../core/activity-words.js';

export const lineWords = {
	ready: (role: string, session: string, root: string, relayUrl: string, invite: string | undefined) =>
		`ready: ${role} of session ${session} in ${root}, relay ${relayUrl}${invite === undefined ? '' : `, invite ${invite}`}`,
	peerJoined: (name: string, id: string) => `peer is here: ${name} (${id})`,
	peerLeft: (name: string, reason: string) => `peer left: ${name}, ${reason}`,
	link: (name: string, status: string, way: string | undefined, reason: string | undefined) =>
		`link to ${name}: ${status}${way === undefined ? '' : ` by ${way}`}${reason === undefined ? '' : `, ${reason}`}`,
	way: (tier: string, route: string | undefined) =>
		route === undefined || route === tier ? tier : `${tier} (${route})`,
	attemptFailed: (route: string, name: string, ms: number, reason: string | undefined) =>
		`${route} to ${name} failed after ${ms} ms: ${reason ?? 'no reason given'}`,
	saved: (paths: string) => `saved here: ${paths}`,
	applied: (name: string, paths: string) => `from ${name}: ${paths}`,
	/** `3 paths (e524e5ead74d)`; a merge may leave nothing to write here. */
	paths: (paths: number, head: string, branch: string | undefined) => {
		const count = paths === 0 ? 'nothing to write' : paths === 1 ? '1 path' : `${paths} paths`;
		return `${count} (${head})${branch === undefined ? '' : `, switched to ${branch}`}`;
	},
	inStep: (head: string) => `in step at ${head}`,
	conflict: (path: string, names: readonly string[]) =>
		`conflict: ${path}${names.length < 2 ? '' : `, between ${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`}`,
	resolved: (path: string, take: string) =>
		`resolved: ${path}, ${take === takenElsewhere ? 'by another peer' : take}`,
	problem: (path: string | undefined, message: string) =>
		`problem${path === undefined ? '' : ` with ${path}`}: ${message}`,
	halted: (message: string) => `halted: ${message}`,
	error: (message: string) => `error: ${message}`,
} as const;
