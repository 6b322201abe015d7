/** The peer screen: how the link runs and what it carries. */
import {
	type MissedTier,
	type Peer,
	type State,
	type ThroughputSample,
	type TierBytes,
	type Transfer,
} from '../../core/state.js';
import {type Tier, tiers} from '../../protocol/tiers.js';
import {cleanText} from '../draw/clean.js';
import {cutText, fitRight, fitText, type Row, span, type Span, wrapWords} from '../draw/row.js';
import {stepAbove} from '../draw/scale.js';
import {sparkline} from '../draw/spark.js';
import {formatBytes, formatRate, formatTook, shortId} from '../format.js';
import {type Rate} from '../rates.js';
import {selectHereBytes} from '../overall.js';
import {selectNextRetry} from '../select.js';
import {standings, standingText} from '../sentences.js';
import {text} from '../text.js';
import {symbols, tierLetters, type Tone} from '../theme.js';
import {absence, trafficSpark} from './peers.js';
import {transferRow} from './transfer.js';
import {roundTripRange, roundTripValues} from './round-trip.js';

const labelWidth = 12;
const {labels} = text.peer;

/** Facts of the link, a row each. */
export function linkRows(state: State, peer: Peer, rate: Rate, now: number, width: number): readonly Row[] {
	const {link} = peer;
	const standing = standingText(state, peer);
	const retryAt = selectNextRetry(peer);
	const rows: Row[] = [
		fact(labels.status, linkSpans(state, peer, now)),
		...(link.status === 'online' ? missedRows(link.missed ?? [], now, width) : []),
		...(peer.transferIn ? transferFacts(peer.transferIn, symbols.down, rate.in, now, width) : []),
		...(peer.transferOut ? transferFacts(peer.transferOut, symbols.up, rate.out, now, width) : []),
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
	rows.push(...roundTripFacts(peer, now, width), ...trafficFacts(peer, rate, width));
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

function transferFacts(
	transfer: Transfer,
	arrow: string,
	rate: number,
	now: number,
	width: number,
): readonly Row[] {
	const indent = ' '.repeat(labelWidth);
	const more = [
		text.goodput(goodputOf(transfer, now)),
		...(transfer.totalObjects === undefined && transfer.doneObjects === 0
			? []
			: [text.objects(transfer.doneObjects, transfer.totalObjects)]),
		...(transfer.resumedBytes > 0 ? [text.resumed(transfer.resumedBytes)] : []),
		...((transfer.resentBytes ?? 0) > 0 ? [text.resent(transfer.resentBytes ?? 0)] : []),
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

/** What arrived and counts, a second, since it began. */
function goodputOf(transfer: Transfer, now: number): number {
	const ms = now - transfer.startedAt;
	return ms < 1000 ? 0 : (Math.max(0, selectHereBytes(transfer) - transfer.resumedBytes) / ms) * 1000;
}

const sparkCells = 12;

function roundTripFacts(peer: Peer, now: number, width: number): readonly Row[] {
	const {link} = peer;
	if (link.status !== 'online' || link.rttMs === undefined) return [];
	const values = roundTripValues(peer, now, sparkCells * 2);
	const range = roundTripRange(peer, now);
	const hasRoom = width >= 50 && range !== undefined;
	return [
		fact(labels.roundTrip, [
			span(fitText(formatTook(link.rttMs), 10)),
			...(hasRoom
				? [
						span(sparkline(values, sparkCells, stepAbove(Math.max(...values), 10)), 'busy'),
						span(`  ${range}`, 'quiet'),
					]
				: []),
		]),
	];
}

function trafficFacts(peer: Peer, rate: Rate, width: number): readonly Row[] {
	if (peer.link.status !== 'online') return [];
	const cells = width >= 70 ? sparkCells : Math.max(4, Math.floor((width - 40) / 2));
	const direction = (arrow: string, now: number, of: (sample: ThroughputSample) => TierBytes) => [
		span(`${arrow} ${fitText(formatRate(now), 10)}`, now >= 1 ? undefined : 'quiet'),
		span(trafficSpark(peer, of, cells), 'good'),
	];
	return [
		fact(labels.traffic, [
			...direction(symbols.down, rate.in, (sample) => sample.in),
			span('  '),
			...direction(symbols.up, rate.out, (sample) => sample.out),
		]),
	];
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

function fact(label: string, value: readonly Span[]): Row {
	return [span(fitText(label, labelWidth), 'quiet'), ...value];
}
