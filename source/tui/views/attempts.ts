/** The ladder of a peer: every attempt, how it ended and why. */
import {type Attempt, type Peer} from '../../core/state.js';
import {cleanText} from '../draw/clean.js';
import {fitRight, fitText, type Row, rowWidth, span, textWidth, wrapWords} from '../draw/row.js';
import {formatTime, formatTook} from '../format.js';
import {text} from '../text.js';
import {symbols, type Tone} from '../theme.js';

const outcomes: Record<
	Attempt['outcome'],
	{readonly word: string; readonly symbol: string; readonly tone: Tone}
> = {
	running: {word: text.peer.running, symbol: symbols.changing, tone: 'busy'},
	ok: {word: text.peer.ok, symbol: symbols.checked, tone: 'good'},
	failed: {word: text.peer.failed, symbol: '×', tone: 'bad'},
	unneeded: {word: text.peer.unneeded, symbol: '–', tone: 'quiet'},
};

const narrowBelow = 70;
const timeWidth = 10;
const tierWidth = 8;
const routeWidth = 12;
const outcomeWidth = 10;
const tookWidth = 7;

/** What the columns are; none where there are no attempts. */
export function attemptHead(peer: Peer, width: number): readonly Row[] {
	if (peer.attempts.length === 0) return [];
	const {time, tier, route, outcome, took, why} = text.peer.columns;
	const names = [
		width < narrowBelow ? '' : fitText(time, timeWidth),
		fitText(tier, tierWidth),
		fitText(route, routeWidth),
		fitText(outcome, outcomeWidth),
		`${fitRight(took, tookWidth)}  `,
		why,
	];
	return [[span(names.join(''), 'quiet')]];
}

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
	const narrow = width < narrowBelow;
	const lead: Row = [
		span(narrow ? '' : `${formatTime(attempt.startedAt)}  `, 'quiet'),
		span(fitText(attempt.tier, tierWidth), attempt.tier),
		span(fitText(attempt.route === attempt.tier ? '' : attempt.route, routeWidth)),
		span(`${symbol} ${fitText(word, outcomeWidth - 2)}`, tone),
		span(`${fitRight(took === undefined ? '' : formatTook(took), tookWidth)}  `, 'quiet'),
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
