/** The peer screen: how the link runs, what it carried, and every attempt with its reason. */
import {type Attempt, type MissedTier, type Peer, type State, type Transfer} from '../../core/state.js';
import {type Tier, tiers} from '../../protocol/tiers.js';
import {cleanText} from '../draw/clean.js';
import {
	cutText,
	fitRight,
	fitText,
	type Row,
	rowWidth,
	span,
	type Span,
	textWidth,
	wrapWords,
} from '../draw/row.js';
import {formatBytes, formatRate, formatTime, formatTook, shortId} from '../format.js';
import {type Rate} from '../rates.js';
import {selectNextRetry} from '../select.js';
import {standings, standingText} from '../sentences.js';
import {text} from '../text.js';
import {symbols, tierLetters, type Tone} from '../theme.js';
import {absence, transferRow} from './peers.js';

const labelWidth = 10;
const {labels} = text.peer;

/** Facts of the link, a row each. */
export function linkRows(state: State, peer: Peer, rate: Rate, now: number, width: number): readonly Row[] {
	const {link} = peer;
	const standing = standingText(state, peer);
	const retryAt = selectNextRetry(peer);
	const rows: Row[] = [
		fact(labels.status, linkSpans(state, peer, now)),
		...(link.status === 'online' ? missedRows(link.missed ?? [], now, width) : []),
		fact(labels.pin, [
			peer.pin === undefined
				? span(text.peer.pinAll(state.pin))
				: span(
						peer.pin === 'auto' ? 'auto' : text.peer.pinned(peer.pin),
						peer.pin === 'auto' ? undefined : peer.pin,
					),
			...(peer.allows ? [span(text.peer.allows(cleanText(peer.name), peer.allows), 'quiet')] : []),
		]),
		fact(labels.head, [
			span(peer.head === undefined ? '–' : shortId(peer.head)),
			...(standing === ''
				? []
				: [span(`  ${standing}`, standing === standings['in-step'] ? 'good' : 'busy')]),
		]),
	];
	if (link.status === 'online' && (rate.in >= 1 || rate.out >= 1)) {
		rows.push(
			fact('', [span(`${symbols.down} ${formatRate(rate.in)}  ${symbols.up} ${formatRate(rate.out)}`)]),
		);
	}
	if (peer.transferIn) rows.push(...transferFacts(peer.transferIn, symbols.down, rate.in, width));
	if (peer.transferOut) rows.push(...transferFacts(peer.transferOut, symbols.up, rate.out, width));
	if (link.status !== 'online' && retryAt !== undefined) {
		rows.push(fact(text.peer.nextRetry, [span(text.retryIn(retryAt - now))]));
	}
	if (peer.editing.length > 0) {
		rows.push(
			fact(labels.editing, [span(cutText(peer.editing.map(cleanText).join(', '), width - labelWidth))]),
		);
	}
	rows.push(fact(labels.id, [span(cutText(cleanText(peer.peerId), width - labelWidth), 'quiet')]));
	return rows;
}

/** Each better tier that is not used: why, and when it is tried next. */
function missedRows(missed: readonly MissedTier[], now: number, width: number): readonly Row[] {
	return missed.flatMap(({tier, reason, retryAt}) => {
		const next = retryAt === undefined ? '' : ` · ${text.retryIn(retryAt - now)}`;
		return wrapWords(cleanText(reason) + next, Math.max(10, width - labelWidth))
			.slice(0, 3)
			.map((line, index) => fact(index === 0 ? text.peer.missed(tier) : '', [span(line)]));
	});
}

function transferFacts(transfer: Transfer, arrow: string, rate: number, width: number): readonly Row[] {
	const indent = ' '.repeat(labelWidth);
	const more = [
		...(transfer.totalObjects === undefined && transfer.doneObjects === 0
			? []
			: [text.objects(transfer.doneObjects, transfer.totalObjects)]),
		...(transfer.resumedBytes > 0 ? [text.resumed(transfer.resumedBytes)] : []),
	];
	return [
		transferRow({width, indent}, transfer, arrow, rate),
		...(more.length > 0 ? [[span(`${indent}    ${more.join(', ')}`, 'quiet' as const)]] : []),
	];
}

function linkSpans(state: State, peer: Peer, now: number): readonly Span[] {
	const {link} = peer;
	switch (link.status) {
		case 'online':
			return [
				span(`${symbols.online} `, 'good'),
				span(link.tier, link.tier),
				span(link.route === link.tier ? '' : ` ${link.route}`),
				span(link.rttMs === undefined ? '' : `  ${formatTook(link.rttMs)}`),
				span(`  ${text.peer.since(now - link.since)}`, 'quiet'),
				...(link.upgrading
					? [
							span(`  ${symbols.arrow} `, 'quiet'),
							span(text.peer.upgrading(link.upgrading.tier), link.upgrading.tier),
						]
					: []),
			];
		case 'connecting':
			return [
				span(`${symbols.changing} `, 'busy'),
				span(`${text.reconnecting} `, 'busy'),
				span(link.tier, link.tier),
				span(`  ${text.peer.since(now - link.since)}`, 'quiet'),
			];
		case 'offline':
			return [
				span(`${symbols.offline} ${absence(state, peer)}`, 'quiet'),
				span(link.reason === '' ? '' : `  ${cleanText(link.reason)}`),
			];
	}
}

/** Bytes by tier and direction: a head row and one row a direction. */
export function byteRows(peer: Peer, width: number): readonly Row[] {
	const column = Math.max(8, Math.min(14, Math.floor((width - labelWidth) / 3)));
	const cells = (of: (tier: Tier) => string, tone?: (tier: Tier) => Tone | undefined): readonly Span[] =>
		tiers.map((tier) => span(fitRight(of(tier), column), tone?.(tier)));
	return [
		fact(
			'',
			cells(
				(tier) => `${tierLetters[tier]} ${tier}`,
				(tier) => tier,
			),
		),
		fact(
			labels.in,
			cells((tier) => formatBytes(peer.bytes.in[tier])),
		),
		fact(
			labels.out,
			cells((tier) => formatBytes(peer.bytes.out[tier])),
		),
	];
}

const outcomes: Record<
	Attempt['outcome'],
	{readonly word: string; readonly symbol: string; readonly tone: Tone}
> = {
	running: {word: text.peer.running, symbol: symbols.changing, tone: 'busy'},
	ok: {word: text.peer.ok, symbol: symbols.checked, tone: 'good'},
	failed: {word: text.peer.failed, symbol: '×', tone: 'bad'},
	unneeded: {word: text.peer.unneeded, symbol: '–', tone: 'quiet'},
};

/** One row an attempt, newest first; the reason takes what is left of the width. */
export function attemptRows(peer: Peer, now: number, width: number): readonly Row[] {
	if (peer.attempts.length === 0) return [[span(text.peer.noAttempts, 'quiet')]];
	return [...peer.attempts].reverse().flatMap((attempt) => attemptLines(attempt, now, width));
}

function attemptLines(attempt: Attempt, now: number, width: number): readonly Row[] {
	const {word, symbol, tone} = outcomes[attempt.outcome];
	const took = attempt.tookMs ?? (attempt.outcome === 'running' ? now - attempt.startedAt : undefined);
	const retry =
		attempt.retryAt !== undefined && attempt.retryAt > now ? ` · ${text.retryIn(attempt.retryAt - now)}` : '';
	const narrow = width < 70;
	const lead: Row = [
		span(narrow ? '' : `${formatTime(attempt.startedAt)}  `, 'quiet'),
		span(fitText(attempt.tier, 8), attempt.tier),
		span(fitText(attempt.route === attempt.tier ? '' : attempt.route, 12)),
		span(`${symbol} ${fitText(word, 8)}`, tone),
		span(`${fitRight(took === undefined ? '' : formatTook(took), 7)}  `, 'quiet'),
	];
	const why = cleanText(attempt.reason ?? '').replace(text.peer.unneededPrefix, '') + retry;
	const room = width - rowWidth(lead);
	if (textWidth(why) <= room) return [[...lead, span(why)]];
	// The reason is what a person looks for: it gets lines of its own before it is cut.
	if (room < 24) {
		const indent = '    ';
		return [lead, ...wrapWords(why, width - indent.length).map((line) => [span(indent), span(line)])];
	}
	const indent = ' '.repeat(rowWidth(lead));
	return wrapWords(why, room).map((line, index) => [...(index === 0 ? lead : [span(indent)]), span(line)]);
}

function fact(label: string, value: readonly Span[]): Row {
	return [span(fitText(label, labelWidth), 'quiet'), ...value];
}
