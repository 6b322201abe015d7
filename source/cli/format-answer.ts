/** The answers of a running session as plain text, for people and simple scripts. */
import {printable} from '../core/printable.js';
import {type ConflictReport, type PeerReport, type StatusReport} from '../core/status-report.js';
import {answerText} from './answer-text.js';
import {type Query} from './run-query.js';

type Result = Readonly<Record<string, unknown>>;

/** A terminal full of paths tells nobody more; `--json` lists them all. */
const maxPaths = 20;

function formatPaths(done: string, paths: readonly string[]): string {
	const shown = paths.slice(0, maxPaths).map((path) => answerText.done(done, path));
	const rest = paths.length - shown.length;
	return lines(rest > 0 ? [...shown, answerText.doneMore(done, rest)] : shown);
}

/** The answer for a terminal: of what peers named or wrote nothing acts on it. `--json` has it as it is. */
export function formatAnswer(command: Query, result: Result): string {
	return plainAnswer(command, result).replace(/[^\n\t]+/g, printable);
}

/** What a person is told, beside stdout, where the answer has no lines. */
export function formatNothing(command: Query): string {
	const words: Partial<Record<Query, string>> = answerText.nothing;
	const said = words[command];
	return said === undefined ? '' : lines([said]);
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
			return formatPaths(answerText.resolved, result.resolved as readonly string[]);
		case 'restore':
			return formatPaths(answerText.restored, result.restored as readonly string[]);
		case 'show':
			return String(result.data); // written as bytes before it comes here
		case 'tier':
			return lines([
				answerText.tier(String(result.tier)),
				...(result.peers as readonly PeerReport[]).map(formatPeer),
			]);
		case 'limit':
			return lines([answerText.limits(result.limits as StatusReport['limits'])]);
		case 'history':
			return formatHistory(result.entries as readonly HistoryLine[], String(result.end));
		case 'diff':
			return String(result.diff);
		case 'sync':
			return lines([answerText.head(String(result.head)), answerText.tree(String(result.tree))]);
		case 'tidy':
			return lines([answerText.tidied(Number(result.store_bytes), String(result.cut))]);
		case 'pause':
			return lines([answerText.paused]);
		case 'resume':
			return lines([answerText.goingOn]);
		case 'leave':
			return lines([answerText.left]);
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
	const {relay, limits} = status;
	return lines([
		answerText.session(status.state, status.session_id, status.role, status.name),
		answerText.relay(relay.status, relay.url, relay.reason),
		...(relay.limited ? [answerText.limited(relay.limited.scope, relay.limited.bytes_per_second)] : []),
		answerText.tier(status.tier),
		...(limits.up === null && limits.down === null ? [] : [answerText.limits(limits)]),
		answerText.folder(status.head, status.files, status.bytes, status.store_bytes),
		...status.peers.map(formatPeer),
		...status.conflicts.map((conflict) => answerText.statusConflict(formatConflict(conflict))),
		...status.problems.map(({path, message}) => answerText.problem(path, message)),
	]);
}

function formatPeer(peer: PeerReport): string {
	const words = answerText.peer;
	return [
		words.who(peer.name, peer.peer_id.slice(0, 4), peer.status),
		peer.tier === null ? '' : words.way(peer.tier, peer.route),
		peer.rtt_ms === null ? '' : words.roundTrip(peer.rtt_ms),
		peer.status === 'online' ? standingOf(peer) : '',
		peer.reason === undefined ? '' : words.reason(peer.reason),
		peer.pin === undefined ? '' : words.pin(peer.pin),
		...(peer.missed ?? []).map(({tier, reason}) => words.missed(tier, reason)),
	].join('');
}

function standingOf({in_step: isInStep, behind}: PeerReport): string {
	if (isInStep) return answerText.peer.inStep;
	return behind ? answerText.peer.behind(behind) : answerText.peer.notInStep;
}

function formatConflict({path, kind, sides}: ConflictReport): string {
	const names = sides.map(({name, mine, oid}) => answerText.side(mine ? undefined : name, !oid));
	return answerText.conflict(path, kind, names);
}

function formatHistory(entries: readonly HistoryLine[], end: string): string {
	const isAsked = entries.some(({kept_by: keptBy}) => keptBy !== undefined);
	const notes = {boundary: isAsked ? [] : [answerText.cutOff], limit: [answerText.more]};
	return lines([
		...entries.map(formatHistoryLine),
		...(Object.hasOwn(notes, end) ? notes[end as keyof typeof notes] : []),
	]);
}

function formatHistoryLine({commit, at, name, paths, more, kept_by: keptBy}: HistoryLine): string {
	const line = answerText.snapshot(commit.slice(0, 12), at, name, answerText.paths(paths, more));
	return keptBy === undefined ? line : line + answerText.keptBy(keptBy);
}

function lines(texts: readonly string[]): string {
	return texts.map((text) => `${text}\n`).join('');
}
