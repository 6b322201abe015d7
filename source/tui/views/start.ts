/** The start screen's rows. */
import {cleanText} from '../draw/clean.js';
import {cutMiddle, fitText, type Row, span, spreadRow, textWidth, wrapWords} from '../draw/row.js';
import {
	type FolderFacts,
	isWrongSetting,
	type Option,
	type StartFacts,
	startOptions,
	type StartState,
} from '../start-state.js';
import {fieldRows, fieldValue} from '../text-field.js';
import {text} from '../text.js';
import {symbols, type Tone} from '../theme.js';
import {keysRow} from './footer.js';

export type StartView = {
	readonly facts: StartFacts;
	readonly state: StartState;
	readonly projectName: string;
	readonly now: number;
	readonly width: number;
	readonly height: number;
};

/** The rows above the footer, at most `height`; empty rows give way first. */
export function startRows(view: StartView): readonly Row[] {
	const {facts, state, projectName, width} = view;
	return squeezed(view.height, [
		[span(` ${text.program}`, 'accent'), span('  '), span(cleanText(projectName), 'strong')],
		[span(` ${cutMiddle(cleanText(facts.root), width - 2)}`, 'quiet')],
		...folderRows(facts.folder, width),
		[],
		...stepRows(view, state),
	]);
}

function squeezed(height: number, rows: readonly Row[]): readonly Row[] {
	let over = rows.length - height;
	const kept = rows.toReversed().filter((row) => row.length > 0 || over-- <= 0);
	return kept.toReversed().slice(0, height);
}

/** The keys that work at this step. */
export function startFooter({state, width}: StartView): Row {
	const {keys, start} = text;
	switch (state.step.kind) {
		case 'choose':
			return keysRow(
				[
					['↑↓', keys.move],
					['enter', keys.choose],
					['n', keys.name],
					['u', keys.relay],
					['q', keys.quit],
				],
				width,
			);
		case 'merge':
			return keysRow(
				[
					['y', start.mergeYes],
					['n', start.mergeNo],
				],
				width,
			);
		default:
			return keysRow(
				[
					['enter', keys.check],
					['esc', keys.back],
					['^C', keys.quit],
				],
				width,
			);
	}
}

function folderRows({files, bytes, isGit, isComplete}: FolderFacts, width: number): readonly Row[] {
	const sentence = files === 0 && isComplete ? text.start.empty : text.start.folder(files, bytes, isComplete);
	return wrapWords(isGit ? `${sentence} ${text.start.git}` : sentence, width - 2).map((line) => [
		span(` ${line}`, 'quiet'),
	]);
}

function stepRows(view: StartView, {step, name, relayUrl, cursor}: StartState): readonly Row[] {
	const {facts, width} = view;
	switch (step.kind) {
		case 'choose':
			return [
				...optionRows(view, cursor),
				[],
				[span(` ${fitText(text.start.name, 7)}`, 'quiet'), span(cleanText(name || facts.defaultName))],
				[span(` ${fitText(text.start.relay, 7)}`, 'quiet'), span(cleanText(relayUrl) || text.start.relayOwn)],
			];
		case 'invite': {
			const typed = fieldValue(step.field).trim();
			const parsed = facts.parseInvite(typed);
			const [verdict, tone]: readonly [string, Tone] = parsed.ok
				? [`${symbols.checked} ${text.start.valid}`, 'good']
				: typed === ''
					? [text.start.incomplete, 'quiet']
					: [`× ${cleanText(parsed.reason ?? text.start.incomplete)}`, 'warn'];
			return [
				[span(` ${text.start.askInvite}`, 'title')],
				[],
				...fieldRows(step.field, width - 2, text.start.placeholder).map((row) => [span(' '), ...row]),
				[],
				...wrapWords(verdict, width - 2).map((line) => [span(` ${line}`, tone)]),
			];
		}
		case 'merge':
			return [
				[span(` ${text.start.mergeTitle}`, 'title')],
				[],
				...wrapWords(text.start.merge, width - 2).map((line) => [span(` ${line}`)]),
			];
		case 'setting': {
			const isWrong = isWrongSetting(facts, step.setting, fieldValue(step.field).trim());
			return [
				[span(` ${step.setting === 'name' ? text.start.askName : text.start.askRelay}`, 'title')],
				[],
				...fieldRows(
					step.field,
					width - 2,
					step.setting === 'name' ? cleanText(facts.defaultName) : 'wss://…',
				).map((row) => [span(' '), ...row]),
				...(isWrong ? [[], [span(` × ${text.settings.wrong.relayUrl}`, 'warn' as const)]] : []),
			];
		}
		case 'done':
			return [];
	}
}

function optionRows({facts, now, width}: StartView, cursor: number): readonly Row[] {
	const options = startOptions(facts);
	let toldRecent = false;
	return options.flatMap((option, index) => {
		const isOther = option.kind === 'recent' && option.recent.root !== facts.root;
		const heading: Row[] = isOther && !toldRecent ? [[], [span(` ${text.start.recent}`, 'quiet')]] : [];
		if (isOther) toldRecent = true;
		const gap: Row[] = option.kind === 'quit' ? [[]] : [];
		return [...heading, ...gap, optionRow(option, index === cursor, facts, now, width)];
	});
}

function optionRow(option: Option, isHere: boolean, facts: StartFacts, now: number, width: number): Row {
	const [label, hint] = labelOf(option, facts, now, width);
	const widest = Math.max(...startOptions(facts).map((one) => textWidth(labelOf(one, facts, now, width)[0])));
	const labelWidth = Math.min(widest + 1, Math.floor(width / 2));
	return spreadRow(
		[
			span(isHere ? ` ${symbols.cursor} ` : '   ', 'accent'),
			span(fitText(label, labelWidth), isHere ? 'strong' : undefined),
			span(` ${hint}`, 'quiet'),
		],
		[],
		width,
	);
}

function labelOf(option: Option, facts: StartFacts, now: number, width: number): readonly [string, string] {
	switch (option.kind) {
		case 'host':
			return [text.start.host, text.start.hostHint];
		case 'join':
			return [text.start.join, text.start.joinHint];
		case 'recent': {
			const {name, root, at} = option.recent;
			const age = text.ago(now - at);
			const label = text.start.resume(cleanText(name));
			return root === facts.root
				? [label, age]
				: [label, `${cutMiddle(cleanText(root), Math.max(10, Math.floor(width / 2) - 16))}  ${age}`];
		}
		case 'quit':
			return [text.start.quit, ''];
	}
}
