/** A question at the lower edge: a title, what it is about, and the keys that answer it. */
import {cleanText} from '../draw/clean.js';
import {type Row, span, wrapWords} from '../draw/row.js';
import {keyName} from '../key-name.js';
import {keysRows} from './footer.js';

type Choice = {readonly keys: readonly string[]; readonly label: string; readonly run: () => void};

export type Question = {
	readonly title: string;
	/** What it is about; a function where that changes while the question stands. */
	readonly lines: readonly string[] | (() => readonly string[]);
	readonly choices: readonly Choice[];
};

export function questionRows({title, lines, choices}: Question, width: number): readonly Row[] {
	const said = typeof lines === 'function' ? lines() : lines;
	const body = said.flatMap((line) => wrapWords(cleanText(line), Math.max(10, width - 2)));
	return [
		[span('─'.repeat(width), 'frame')],
		...wrapWords(cleanText(title), Math.max(10, width - 2)).map((line) => [span(` ${line}`, 'accent')]),
		...body.slice(0, 4).map((line) => [span(` ${line}`)]),
		...keysRows(
			choices.map((choice) => [keyName(choice.keys[0] ?? ''), choice.label]),
			width,
		),
	];
}
