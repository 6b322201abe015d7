/** The lines of a tape for VHS, as far as demo.tape uses them. What is not known is refused, so no step is left out unseen. */

export type TapeStep =
	| {readonly type: 'set' | 'env'; readonly name: string; readonly value: string}
	/** Whether the steps that follow are recorded. */
	| {readonly type: 'show'; readonly isShown: boolean}
	| {readonly type: 'type'; readonly text: string}
	/** As TestTerminal names keys. */
	| {readonly type: 'key'; readonly key: string}
	| {readonly type: 'sleep'; readonly ms: number}
	/** Until the screen, or the line of the prompt, matches. */
	| {readonly type: 'wait'; readonly on: 'screen' | 'line'; readonly pattern: RegExp};

/** What VHS takes for the prompt where a `Wait` says nothing. */
const promptPattern = />$/;

const keys: Readonly<Record<string, string>> = {
	Enter: 'enter',
	Escape: 'escape',
	Tab: 'tab',
	Up: 'up',
	Down: 'down',
	Left: 'left',
	Right: 'right',
	Space: 'space',
	Backspace: 'backspace',
};

/** Throws for a line that it does not know. */
export function parseTape(tape: string): readonly TapeStep[] {
	return tape
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '' && !line.startsWith('#'))
		.flatMap(parseLine);
}

function parseLine(line: string): readonly TapeStep[] {
	const [word = '', rest = ''] = splitOnce(line);
	const key = keys[word] ?? /^Ctrl\+([A-Z])$/.exec(word)?.[1]?.toLowerCase().replace(/^/, 'ctrl-');
	if (key !== undefined && rest === '') return [{type: 'key', key}];
	switch (word) {
		case 'Output':
		case 'Require':
			return [];
		case 'Hide':
		case 'Show':
			return [{type: 'show', isShown: word === 'Show'}];
		case 'Set':
		case 'Env': {
			const [name = '', value = ''] = splitOnce(rest);
			return [{type: word === 'Set' ? 'set' : 'env', name, value: unquoted(value)}];
		}
		case 'Type':
			return [{type: 'type', text: unquoted(rest)}];
		case 'Sleep':
			return [{type: 'sleep', ms: parseDuration(rest)}];
		case 'Wait':
		case 'Wait+Screen': {
			const source = rest === '' ? undefined : /^\/(.*)\/$/.exec(rest)?.[1];
			if (rest !== '' && source === undefined) break;
			const pattern = source === undefined ? promptPattern : new RegExp(source);
			return [{type: 'wait', on: word === 'Wait' ? 'line' : 'screen', pattern}];
		}
		default:
	}
	throw new Error(`demo.tape has a line that is not understood: ${line}`);
}

/** `500ms` or `2s` in ms. */
export function parseDuration(text: string): number {
	const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text);
	if (!match) throw new Error(`demo.tape has a time that is not understood: ${text}`);
	return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}

function splitOnce(line: string): readonly [string, string] {
	const at = line.indexOf(' ');
	return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).trim()];
}

function unquoted(text: string): string {
	return /^(["'`])(.*)\1$/.exec(text)?.[2] ?? text;
}
