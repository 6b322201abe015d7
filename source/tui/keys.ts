/**
 * Keys by name. A terminal sends bytes, Ink makes chunks of them; this makes one key of each, however many came at once,
 * and one text of a paste.
 */

/** `up`, `enter`, `escape`, `ctrl-c`, …, or the character itself. */
export type Key = string;

/** What arrives from a keyboard. */
export type Input =
	{readonly type: 'key'; readonly key: Key} | {readonly type: 'paste'; readonly text: string};

/** The part of Ink's key that tells the named ones apart. */
export type InkKey = {
	readonly upArrow: boolean;
	readonly downArrow: boolean;
	readonly leftArrow: boolean;
	readonly rightArrow: boolean;
	readonly pageDown: boolean;
	readonly pageUp: boolean;
	readonly home: boolean;
	readonly end: boolean;
	readonly return: boolean;
	readonly escape: boolean;
	readonly ctrl: boolean;
	readonly shift: boolean;
	readonly tab: boolean;
	readonly backspace: boolean;
	readonly delete: boolean;
	readonly meta: boolean;
};

/** A paste that is being received; what is longer is cut. */
export type PasteState = {readonly text: string} | undefined;

const maxPasteLength = 65_536;
const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'});

/** What one chunk from Ink means, given the paste that is under way. */
export function readInput(
	paste: PasteState,
	chunk: string,
	key: InkKey,
): {paste: PasteState; inputs: readonly Input[]} {
	if (chunk === '[200~') return {paste: {text: ''}, inputs: []};
	if (chunk === '[201~') {
		return {paste: undefined, inputs: paste ? [{type: 'paste', text: paste.text}] : []};
	}
	if (paste) {
		const text = key.return ? '\n' : chunk;
		return {paste: {text: (paste.text + text).slice(0, maxPasteLength)}, inputs: []};
	}
	// What follows an escape at once comes with it, as if it were one key with Alt.
	const isPrefixed = key.escape ? chunk === '\u001B' : key.meta;
	const name = namedKey(chunk, key);
	if (name !== undefined) return {paste, inputs: keyInputs(isPrefixed ? ['escape', name] : [name])};
	// Escape sequences that nobody asked for (mouse, focus, function keys) are not text.
	if (/^[[O][\d;<>?]*[A-Za-z~]$/.test(chunk)) return {paste, inputs: []};
	const keys = [...segmenter.segment(chunk)].map(({segment}) => characterKey(segment));
	return {paste, inputs: keyInputs(isPrefixed ? ['escape', ...keys] : keys)};
}

function keyInputs(keys: readonly Key[]): readonly Input[] {
	return keys.map((key) => ({type: 'key', key}));
}

function namedKey(chunk: string, key: InkKey): Key | undefined {
	if (key.upArrow) return 'up';
	if (key.downArrow) return 'down';
	if (key.leftArrow) return 'left';
	if (key.rightArrow) return 'right';
	if (key.pageUp) return 'page-up';
	if (key.pageDown) return 'page-down';
	if (key.home) return 'home';
	if (key.end) return 'end';
	if (key.return) return 'enter';
	if (key.escape) return 'escape';
	if (key.tab) return key.shift ? 'shift-tab' : 'tab';
	// Ink calls the key that most keyboards send for backspace (0x7f) delete.
	if (key.backspace || key.delete) return 'backspace';
	if (key.ctrl && chunk.length === 1) return `ctrl-${chunk}`;
	return undefined;
}

function characterKey(text: string): Key {
	if (text === '\r' || text === '\n' || text === '\r\n') return 'enter';
	if (text === '\t') return 'tab';
	if (text === '\u007F' || text === '\b') return 'backspace';
	const code = text.codePointAt(0) ?? 0;
	return code > 0 && code < 27 ? `ctrl-${String.fromCodePoint(code + 96)}` : text;
}
