/** The first row: what project, how it stands, by which ways. */
import {type State} from '../../core/state.js';
import {cleanText} from '../draw/clean.js';
import {cutText, fitRow, type Row, rowWidth, span, spreadRow, textWidth, wrapWords} from '../draw/row.js';
import {formatRate, shortSession, shortUrl} from '../format.js';
import {type Overall, selectOverall} from '../overall.js';
import {selectRates} from '../select.js';
import {bannerText, overallText, relayAwayText, relayLimitText} from '../sentences.js';
import {text} from '../text.js';
import {symbols, type Tone} from '../theme.js';

const looks: Record<Overall['word'], {readonly symbol: string; readonly tone: Tone}> = {
	halted: {symbol: symbols.conflict, tone: 'bad'},
	paused: {symbol: '‖', tone: 'warn'},
	opening: {symbol: symbols.changing, tone: 'busy'},
	refused: {symbol: symbols.conflict, tone: 'bad'},
	connecting: {symbol: symbols.changing, tone: 'busy'},
	offline: {symbol: symbols.offline, tone: 'warn'},
	held: {symbol: '‖', tone: 'warn'},
	syncing: {symbol: symbols.changing, tone: 'busy'},
	behind: {symbol: symbols.changing, tone: 'busy'},
	conflict: {symbol: symbols.conflict, tone: 'bad'},
	alone: {symbol: symbols.offline, tone: 'quiet'},
	'no-network': {symbol: symbols.offline, tone: 'warn'},
	'in-step': {symbol: symbols.online, tone: 'good'},
};

/** Parts are left out from the least important on until the rest fits; the state itself always shows. */
export function headerRow(state: State, width: number): Row {
	const overall = selectOverall(state);
	const {symbol, tone} = looks[overall.word];
	const word: Row = [span(symbol, tone), span(` ${overallText(overall)}`, tone)];
	const rates = selectRates(state);
	const rateRow: Row = [
		span(`${symbols.down} ${formatRate(rates.in)}`, rates.in >= 1 ? 'strong' : 'quiet'),
		span('  '),
		span(`${symbols.up} ${formatRate(rates.out)}`, rates.out >= 1 ? 'strong' : 'quiet'),
	];
	const pin: Row = [span(state.pin, state.pin === 'auto' ? 'quiet' : state.pin)];
	const session: Row = [
		span(`${text.session} `, 'quiet'),
		span(shortSession(cleanText(state.session.sessionId))),
	];
	const relay: Row = [
		span(`${text.relay} `, 'quiet'),
		span(cutText(cleanText(shortUrl(state.session.relayUrl)), 32)),
	];
	const project = cleanText(state.session.projectName);
	const known = state.session.sessionId !== '';
	const leading = width >= 70 ? [span(' '), span(text.program, 'accent'), span('  ')] : [span(' ')];
	const around = rowWidth(leading) + rowWidth(word) + 4;
	const name = cutText(project, Math.min(28, Math.max(8, width - around)));
	const right = fittingParts(
		[known ? session : [], state.session.relayUrl === '' ? [] : relay, rateRow, pin],
		[2, 1, 3, 4],
		width - around - textWidth(name),
	);
	const left: Row = [...leading, span(name, 'strong'), span('  '), ...word];
	return spreadRow(left, [...right, span(' ')], width);
}

/** The parts that fit into the room, in their order; those with the smallest rank give way first. */
function fittingParts(parts: readonly Row[], ranks: readonly number[], room: number): Row {
	const shown = new Set(parts.map((_, index) => index).filter((index) => (parts[index]?.length ?? 0) > 0));
	const widthOf = () => [...shown].reduce((sum, index) => sum + rowWidth(parts[index] ?? []) + 3, 0);
	for (const index of [...shown].sort((one, other) => (ranks[one] ?? 0) - (ranks[other] ?? 0))) {
		if (widthOf() <= room) break;
		shown.delete(index);
	}
	return parts.flatMap((part, index) => (shown.has(index) ? [span('   '), ...part] : []));
}

/** More of a banner would leave too little of the screen; a message of another program may be of any length. */
const maxBannerRows = 3;

/** The rows below the header; none while nothing needs a sentence. Broken rather than cut: the key to press is at the end. */
export function bannerRows(state: State, now: number, width: number): readonly Row[] {
	const overall = selectOverall(state);
	const sentence = bannerText(overall, now);
	if (sentence !== undefined) return sentenceRows(sentence, looks[overall.word].tone, width);
	const relay = relayAwayText(state, now) ?? relayLimitText(state);
	return relay === undefined ? [] : sentenceRows(relay, 'warn', width);
}

function sentenceRows(sentence: string, tone: Tone, width: number): readonly Row[] {
	const room = Math.max(1, width - 2);
	const lines = wrapWords(cleanText(sentence), room);
	const rest = lines.slice(maxBannerRows - 1).join(' ');
	const shown = [...lines.slice(0, maxBannerRows - 1), ...(rest === '' ? [] : [cutText(rest, room)])];
	return shown.map((line) => fitRow([span(` ${line}`, tone)], width));
}
