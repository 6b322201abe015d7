/** What commands say of a running session in plain text: each line is a table's row of its own, so scripts can cut it too. */
import {limitWords, rateWords} from '../core/limit-words.js';
import {printable} from '../core/printable.js';
import {formatBytes, formatCount, formatMoment} from '../tui/format.js';

export const answerText = {
	resolved: 'resolved',
	restored: 'restored',
	done: (done: string, path: string) => `${done} ${printable(path)}`,
	doneMore: (done: string, more: number) => `${done} ${more} more`,
	paused: 'paused',
	goingOn: 'going on',
	left: 'left the session; files stay as they are',
	tidied: (storeBytes: number, cut: string) => `store ${formatBytes(storeBytes)}, snapshots cut off: ${cut}`,
	head: (head: string) => `head ${head}`,
	tree: (tree: string) => `tree ${tree}`,
	tier: (tier: string) => `tier ${tier}`,
	limits: (limits: {up: number | null; down: number | null}) =>
		limitWords({up: limits.up ?? undefined, down: limits.down ?? undefined}),

	session: (state: string, session: string, role: string, name: string) =>
		`${state}  session ${session}  ${role} ${printable(name)}`,
	relay: (status: string, url: string, reason: string | undefined) =>
		`relay ${status}  ${url}${reason === undefined ? '' : `  ${inBrackets(reason)}`}`,
	limited: (scope: string, bytesPerSecond: number) =>
		`limited by the relay: ${limitScopes[scope] ?? 'its traffic'} to ${rateWords(bytesPerSecond)}`,
	folder: (head: string | null, files: number, bytes: number, storeBytes: number) =>
		`head ${head ?? 'none'}  ${formatCount(files)} ${files === 1 ? 'file' : 'files'}  ${formatBytes(bytes)}  store ${formatBytes(storeBytes)}`,
	statusConflict: (conflict: string) => `conflict ${conflict}`,
	problem: (path: string | undefined, message: string) =>
		`problem ${path === undefined ? '' : `${printable(path)}: `}${printable(message)}`,

	peer: {
		who: (name: string, id: string, status: string) => `peer ${printable(name)}·${id} ${status}`,
		way: (tier: string, route: string | null) =>
			` ${tier}${route === null || route === tier ? '' : ` ${route}`}`,
		roundTrip: (ms: number) => ` ${Math.round(ms)} ms`,
		inStep: ' in step',
		behind: (count: number) => ` ${count} behind`,
		notInStep: ' not in step',
		reason: (reason: string) => ` ${inBrackets(reason)}`,
		pin: (pin: string) => `, tier ${pin}`,
		missed: (tier: string, reason: string) => `; no ${tier}: ${printable(reason)}`,
	},

	conflict: (path: string, kind: string, sides: readonly string[]) =>
		`${printable(path)}  ${kind}  ${sides.join(' | ')}`,
	side: (name: string | undefined, isDeleted: boolean) =>
		`${name === undefined ? 'mine' : printable(name || 'unknown')}${isDeleted ? ' (deleted)' : ''}`,

	snapshot: (commit: string, at: number, name: string, paths: string) =>
		`${commit}  ${formatMoment(at)}  ${printable(name)}  ${paths}`,
	paths: (paths: readonly string[], more: number) =>
		`${paths.map(printable).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
	keptBy: (name: string) => `  (kept by ${printable(name)})`,
	cutOff: 'older snapshots were cut off here; see --older',
	more: 'there is more; name a file or folder to see its own history',

	/** For a person, who would wonder at an empty answer. */
	nothing: {
		conflicts: 'no conflicts',
		resolve: 'no conflicts',
		history: 'no snapshots',
		diff: 'no differences',
		restore: 'nothing to restore: it is as it was then',
	},
} as const;

const limitScopes: Readonly<Record<string, string>> = {
	connection: 'each peer',
	session: 'this session',
	address: 'all peers behind one address',
	relay: 'all its sessions together',
};

function inBrackets(text: string): string {
	return `(${printable(text)})`;
}
