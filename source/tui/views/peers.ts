/** The peers panel: you, then one row a peer, and a second one while something travels. */
import {type Peer, type State, type ThroughputSample, type TierBytes} from '../../core/state.js';
import {cleanText} from '../draw/clean.js';
import {bar} from '../draw/bar.js';
import {
	cutMiddle,
	cutText,
	fitRight,
	fitText,
	type Row,
	rowWidth,
	span,
	type Span,
	spreadRow,
	textWidth,
} from '../draw/row.js';
import {stepAbove} from '../draw/scale.js';
import {sparkline, squeeze} from '../draw/spark.js';
import {formatRate, formatTook, percentOf, shortId} from '../format.js';
import {addTiers, rateOf, sumTiers} from '../rates.js';
import {selectStanding} from '../overall.js';
import {selectNextRetry, selectPeers, selectSharedNames} from '../select.js';
import {standingText} from '../sentences.js';
import {text} from '../text.js';
import {symbols, type Tone} from '../theme.js';
import {transferRow} from './transfer.js';

export type PeersView = {
	readonly state: State;
	/** Those to show, in their order; all of them where not given. */
	readonly peers?: readonly Peer[];
	readonly now: number;
	readonly width: number;
	/** Index of the selected peer among `selectPeers`. */
	readonly cursor: number;
};

/** Cells of a peer's sparkline: a minute, three seconds a column of dots. */
const sparkCells = 10;

/** Signs of life of a link at rest come and go in a row, and say nothing. */
const leastRate = 1000;

/** Rows of the panel, and the row at which each peer starts. */
export function peerRows(view: PeersView): {
	readonly rows: readonly Row[];
	readonly starts: readonly number[];
	/** Peers that edit what their row had no room for. */
	readonly untold: readonly Peer[];
} {
	const {state, width} = view;
	const peers = view.peers ?? selectPeers(state);
	const shared = selectSharedNames(state);
	const widest = width >= 56 ? 18 : 11;
	const names = peers.map((peer) => peerName(peer, shared, widest));
	const nameWidth = Math.min(
		Math.max(6, ...names.map(textWidth), textWidth(cleanText(state.self.name))),
		widest,
	);
	const rows: Row[] = [selfRow(view, nameWidth), ...workRows(view, nameWidth)];
	const starts: number[] = [];
	const untold: Peer[] = [];
	for (const [index, peer] of peers.entries()) {
		starts.push(rows.length);
		const row = peerRow(view, peer, fitText(names[index] ?? '', nameWidth), index === view.cursor);
		rows.push(row);
		if (!row.some((one) => one.text.endsWith(editingText(peer)))) untold.push(peer);
		for (const transfer of transferRows(view, peer, nameWidth)) rows.push(transfer);
	}
	if (peers.length === 0)
		rows.push([span('  '), span(state.peers.size === 0 ? text.noPeers : text.noMatch, 'quiet')]);
	return {rows, starts, untold};
}

/** How many rows that would be, without drawing them. */
export function countPeerRows({
	state,
	peers = [...state.peers.values()],
}: Pick<PeersView, 'state' | 'peers'>): number {
	const {kind} = state.project.activity;
	const isAtWork = kind !== 'idle' && kind !== 'held' && kind !== 'opening';
	return peers.reduce(
		(sum, peer) => sum + 1 + (peer.transferIn ? 1 : 0) + (peer.transferOut ? 1 : 0),
		1 + (isAtWork ? 1 : 0) + (peers.length === 0 ? 1 : 0),
	);
}

/** A peer's name in at most so many columns, with the start of its id where two have the same. */
export function peerName(peer: Peer, shared: ReadonlySet<string>, width = 64): string {
	const name = cleanText(peer.name) || '?';
	if (!shared.has(peer.name)) return cutText(name, width);
	const mark = `·${cleanText(peer.peerId).slice(0, 4)}`;
	return cutText(name, width - textWidth(mark)) + mark;
}

function selfRow({state, width}: PeersView, nameWidth: number): Row {
	const {head, files, bytes} = state.project;
	const left: Row = [
		span('  '),
		span(symbols.online, 'good'),
		span(` ${fitText(cleanText(state.self.name), nameWidth)}`, 'strong'),
		span(`  ${text.you}${state.self.role === 'host' ? `, ${text.host}` : ''}`, 'quiet'),
	];
	const size = span(`  ${text.folderSize(files, bytes)}`, 'quiet');
	const right: Row = head ? [span(`  ${shortId(head)}`, 'quiet')] : [];
	const hasRoom = rowWidth(left) + textWidth(size.text) + rowWidth(right) <= width;
	return spreadRow(left, hasRoom ? [size, ...right] : right, width);
}

/** What this folder is being read or written for, with the file it is at. */
function workRows({state, width}: PeersView, nameWidth: number): readonly Row[] {
	const {activity} = state.project;
	if (activity.kind === 'idle' || activity.kind === 'held' || activity.kind === 'opening') return [];
	const percent = percentOf(activity.done, activity.total);
	const lead: Row = [
		span(`${' '.repeat(Math.min(4, nameWidth))}${text.work[activity.kind]} `, 'busy'),
		...(activity.total === undefined ? [] : bar(activity.done / Math.max(1, activity.total), 10, 'busy')),
		span(percent === undefined ? '' : ` ${fitRight(String(percent), 3)} %`),
		span(
			activity.done > 0 || activity.total !== undefined
				? `  ${text.counted(activity.done, activity.total)}`
				: '',
		),
	];
	if (activity.path === undefined) return [lead];
	return [
		[
			...lead,
			span(`  ${cutMiddle(cleanText(activity.path), Math.max(8, width - rowWidth(lead) - 2))}`, 'quiet'),
		],
	];
}

function peerRow(view: PeersView, peer: Peer, name: string, isSelected: boolean): Row {
	const {state, width} = view;
	const standing = selectStanding(state, peer);
	const right: Row = [span(standingText(state, peer), standing === 'in-step' ? 'good' : 'busy')];
	const left: Row = [
		span(isSelected ? `${symbols.cursor} ` : '  ', 'accent'),
		dot(peer),
		span(` ${name}`, isSelected ? 'strong' : undefined),
		span('  '),
		...linkSpans(view, peer),
	];
	const room = width - rowWidth(left) - rowWidth(right);
	const extras = extraSpans(view, peer, Math.max(0, room - 2));
	return spreadRow([...left, ...extras], standing === 'unknown' ? [] : [span('  '), ...right], width);
}

function dot(peer: Peer): Span {
	switch (peer.link.status) {
		case 'online':
			return peer.link.upgrading ? span(symbols.changing, 'good') : span(symbols.online, 'good');
		case 'connecting':
			return span(symbols.changing, 'busy');
		case 'offline':
			return span(symbols.offline, 'quiet');
	}
}

/** Tier and route, the upgrade under way, or why there is no link. */
function linkSpans({state, now}: PeersView, peer: Peer): readonly Span[] {
	const {link} = peer;
	switch (link.status) {
		case 'online': {
			const route = link.route === link.tier ? '' : ` ${link.route}`;
			const upgrade: Span[] = link.upgrading
				? [span(` ${symbols.arrow} `, 'quiet'), span(link.upgrading.tier, link.upgrading.tier)]
				: [];
			return [span(link.tier, link.tier), span(route), ...upgrade];
		}
		case 'connecting':
			return [span(`${text.reconnecting} `, 'busy'), span(link.tier, link.tier)];
		case 'offline': {
			const retryAt = selectNextRetry(peer);
			return [
				span(absence(state, peer), 'quiet'),
				...(peer.present && retryAt !== undefined ? [span(`  ${text.retryIn(retryAt - now)}`, 'quiet')] : []),
				...(link.reason === '' ? [] : [span(`  ${cleanText(link.reason)}`, 'quiet')]),
			];
		}
	}
}

/** Round trip, rates and what it edits, as far as there is room. */
function extraSpans({now}: PeersView, peer: Peer, room: number): readonly Span[] {
	const spans: Span[] = [];
	let left = room;
	const add = (content: string, tone?: Tone) => {
		if (textWidth(content) > left) return false;
		spans.push(span(content, tone));
		left -= textWidth(content);
		return true;
	};
	if (peer.link.status === 'online' && peer.link.rttMs !== undefined) {
		add(`  ${fitRight(formatTook(peer.link.rttMs), 6)}`, 'quiet');
	}
	const rate = rateOf(peer);
	if (rate.in >= leastRate) add(`  ${symbols.down} ${formatRate(rate.in)}`);
	if (rate.out >= leastRate) add(`  ${symbols.up} ${formatRate(rate.out)}`);
	if (peer.link.status === 'online' && peer.recent && left >= sparkCells + 2) {
		add(`  ${trafficSpark(peer, (sample) => addTiers(sample.in, sample.out), sparkCells)}`, 'good');
	}
	const missed = peer.link.status === 'online' ? peer.link.missed?.[0] : undefined;
	if (missed?.retryAt !== undefined) add(`  ${text.missedIn(missed.tier, missed.retryAt - now)}`, 'quiet');
	else if (missed && left > 20) add(`  ${cutText(cleanText(missed.reason), left - 2)}`, 'quiet');
	if (peer.editing.length > 0) add(`  ${editingText(peer)}`, 'quiet');
	return spans;
}

/** `editing src/ai.ts +1`; empty where it edits nothing. */
function editingText({editing}: Peer): string {
	const [first, ...others] = editing;
	if (first === undefined) return '';
	return `${text.editing(cleanText(first))}${others.length > 0 ? ` +${others.length}` : ''}`;
}

/** Without a relay nobody can say who is there. */
export function absence({relay}: State, peer: Peer): string {
	return peer.present || relay.status !== 'online' ? text.offline : text.notHere;
}

/** What travelled in the last minute, in so many cells. */
export function trafficSpark(
	{recent = []}: Peer,
	of: (sample: ThroughputSample) => TierBytes,
	cells: number,
): string {
	const seconds = recent.map((sample) => sumTiers(of(sample)));
	const missing = Array.from({length: Math.max(0, 60 - seconds.length)}, () => 0);
	return sparkline(squeeze([...missing, ...seconds], cells * 2), cells, stepAbove(Math.max(0, ...seconds)));
}

function transferRows(view: PeersView, peer: Peer, nameWidth: number): readonly Row[] {
	const rate = rateOf(peer);
	const place = {width: view.width, indent: ' '.repeat(Math.min(4, nameWidth))};
	return [
		...(peer.transferIn ? [transferRow(place, peer.transferIn, symbols.down, rate.in)] : []),
		...(peer.transferOut ? [transferRow(place, peer.transferOut, symbols.up, rate.out)] : []),
	];
}
