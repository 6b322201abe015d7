/** The answers of a running session as plain text, for people and simple scripts. */
import {limitWords, rateWords} from '../core/limit-words.js';
import {printable} from '../core/printable.js';
import {type ConflictReport, type PeerReport, type StatusReport} from '../core/status-report.js';
import {formatBytes, formatCount} from '../tui/format.js';
import {type Query} from './run-query.js';

type Result = Readonly<Record<string, unknown>>;

/** A terminal full of paths tells nobody more; `--json` lists them all. */
const maxPaths = 20;

function formatPaths(done: string, paths: readonly string[]): string {
	const shown = paths.slice(0, maxPaths).map((path) => `${done} ${printable(path)}`);
	const rest = paths.length - shown.length;
	return lines(rest > 0 ? [...shown, `${done} ${rest} more`] : shown);
}

/** The answer for a terminal: of what peers named or wrote nothing acts on it. `--json` has it as it is. */
export function formatAnswer(command: Query, result: Result): string {
	return plainAnswer(command, result).replace(/[^\n\t]+/g, printable);
}

function plainAnswer(command: Query, result: Result): string {
	switch (command) {
		case 'invite':
			return lines([String(result.invite)]);
		case 'status':
			return formatStatus(result as StatusReport);
		case 'conflicts':
			return lines((result.conflicts as readonly ConflictReport[]).map(formatConflict));
		case 'resolve':
			return formatPaths('resolved', result.resolved as readonly string[]);
		case 'restore':
			return formatPaths('restored', result.restored as readonly string[]);
		case 'show':
			return String(result.data); // written as bytes before it comes here
		case 'tier':
			return lines([
				`tier ${String(result.tier)}`,
				...(result.peers as readonly PeerReport[]).map(formatPeer),
			]);
		case 'limit':
			return lines([formatLimits(result.limits as StatusReport['limits'])]);
		case 'history':
			return formatHistory(result.entries as readonly HistoryLine[], String(result.end));
		case 'diff':
			return String(result.diff);
		case 'sync':
			return lines([`head ${String(result.head)}`, `tree ${String(result.tree)}`]);
		case 'tidy':
			return lines([
				`store ${formatBytes(Number(result.store_bytes))}, snapshots cut off: ${String(result.cut)}`,
			]);
		case 'pause':
			return lines(['paused']);
		case 'resume':
			return lines(['going on']);
		case 'leave':
			return lines(['left the session; files stay as they are']);
	}
}

type HistoryLine = {
	readonly commit: string;
	readonly at: number;
	readonly name: string;
	readonly paths: readonly string[];
	readonly more: number;
	readonly kept_by?: string;
};

function formatStatus(status: StatusReport): string {
	return lines([
		`${status.state}  session ${status.session_id}  ${status.role} ${printable(status.name)}`,
		`relay ${status.relay.status}  ${status.relay.url}${status.relay.reason === undefined ? '' : `  (${printable(status.relay.reason)})`}`,
		...(status.relay.limited ? [formatLimited(status.relay.limited)] : []),
		`tier ${status.tier}`,
		...(status.limits.up === null && status.limits.down === null ? [] : [formatLimits(status.limits)]),
		`head ${status.head ?? 'none'}  ${formatCount(status.files)} files  ${formatBytes(status.bytes)}  store ${formatBytes(status.store_bytes)}`,
		...status.peers.map(formatPeer),
		...status.conflicts.map((conflict) => `conflict ${formatConflict(conflict)}`),
		...status.problems.map(
			({path, message}) => `problem ${path === undefined ? '' : `${printable(path)}: `}${printable(message)}`,
		),
	]);
}

function formatLimits({up, down}: StatusReport['limits']): string {
	return limitWords({up: up ?? undefined, down: down ?? undefined});
}

function formatLimited({
	scope,
	bytes_per_second: rate,
}: NonNullable<StatusReport['relay']['limited']>): string {
	const whose = limitScopes[scope] ?? 'its traffic';
	return `limited by the relay: ${whose} to ${rateWords(rate)}`;
}

const limitScopes: Readonly<Record<string, string>> = {
	connection: 'each peer',
	session: 'this session',
	address: 'all peers behind one address',
	relay: 'all its sessions together',
};

function formatPeer(peer: PeerReport): string {
	const route = peer.route === null || peer.route === peer.tier ? '' : ` ${peer.route}`;
	const way = peer.tier === null ? '' : ` ${peer.tier}${route}`;
	const pin = peer.pin === undefined ? '' : `, tier ${peer.pin}`;
	const missed = (peer.missed ?? []).map(({tier, reason}) => `; no ${tier}: ${printable(reason)}`).join('');
	const rtt = peer.rtt_ms === null ? '' : ` ${Math.round(peer.rtt_ms)} ms`;
	const where =
		peer.status === 'online'
			? peer.in_step
				? ' in step'
				: peer.behind
					? ` ${peer.behind} behind`
					: ' not in step'
			: '';
	const reason = peer.reason === undefined ? '' : ` (${printable(peer.reason)})`;
	return `peer ${printable(peer.name)}·${peer.peer_id.slice(0, 4)} ${peer.status}${way}${rtt}${where}${reason}${pin}${missed}`;
}

function formatConflict({path, kind, sides}: ConflictReport): string {
	const names = sides.map(
		({name, mine, oid}) => `${mine ? 'mine' : printable(name || 'unknown')}${oid ? '' : ' (deleted)'}`,
	);
	return `${printable(path)}  ${kind}  ${names.join(' | ')}`;
}

function formatHistory(entries: readonly HistoryLine[], end: string): string {
	const isAsked = entries.some(({kept_by: keptBy}) => keptBy !== undefined);
	const notes = {
		boundary: isAsked ? [] : ['older snapshots were cut off here; see --older'],
		limit: ['there is more'],
	};
	return lines([
		...entries.map(formatHistoryLine),
		...(Object.hasOwn(notes, end) ? notes[end as keyof typeof notes] : []),
	]);
}

function formatHistoryLine({commit, at, name, paths, more, kept_by: keptBy}: HistoryLine): string {
	const rest = more > 0 ? ` and ${more} more` : '';
	return `${commit.slice(0, 12)}  ${new Date(at).toISOString()}  ${printable(name)}  ${paths.map(printable).join(', ')}${rest}${keptBy === undefined ? '' : `  (kept by ${printable(keptBy)})`}`;
}

function lines(texts: readonly string[]): string {
	return texts.map((text) => `${text}\n`).join('');
}
