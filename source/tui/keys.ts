/**
 * Keys by name. A terminal sends bytes, and several keys, half of one or a paste may come together; this makes one key of
 * each and one text of a paste.
 */

/** `up`, `enter`, `escape`, `ctrl-c`, …, or the character itself. */
export type Key = string;

/** What arrives from a keyboard. */
export type Input =
	{readonly type: 'key'; readonly key: Key} | {readonly type: 'paste'; readonly text: string};

const escape = '\u001B';
const pasteBegin = '\u001B[200~';
const pasteEnd = '\u001B[201~';
const keypadEnter = '\u001BOM';

/** Characters of a paste that are kept; what is longer is cut. */
const maxPasteLength = 65_536;
/** So many characters at once nobody types: a terminal that does not mark a paste, or was not asked to when it was begun. */
const maxTypedLength = 256;
/** Characters, and the ends of lines between them. */
const pastedText = /^(?:[^\p{Cc}]|[\t\r\n](?!$))+/u;
/** A control sequence that goes on for longer is none. */
const maxSequenceLength = 64;

/** The rest of a sequence that has begun comes at once, over a slow line as well; an escape by itself is the key. */
const escapeWaitMs = 25;
/** A paste whose end got lost must not swallow the keyboard for ever. */
const pasteWaitMs = 1000;

/** Final characters of `ESC [ … X` and `ESC O X`; small letters come from rxvt with shift or control. */
const keysByLetter: Readonly<Record<string, Key>> = {
	A: 'up',
	B: 'down',
	C: 'right',
	D: 'left',
	a: 'up',
	b: 'down',
	c: 'right',
	d: 'left',
	H: 'home',
	F: 'end',
	Z: 'shift-tab',
};

/** The first number of `ESC [ N ~`. */
const keysByNumber: Readonly<Record<string, Key>> = {
	1: 'home',
	3: 'backspace',
	4: 'end',
	5: 'page-up',
	6: 'page-down',
	7: 'home',
	8: 'end',
};

const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'});

/** Reads one keyboard. */
export class KeyDecoder {
	/** The beginning of something whose rest has not come. */
	#pending = '';
	/** The paste that is under way. */
	#paste: string | undefined;

	/** Milliseconds after which `flush` is due if nothing else comes; undefined: nothing waits. */
	get waitMs(): number | undefined {
		if (this.#paste !== undefined) return pasteWaitMs;
		return this.#pending === '' ? undefined : escapeWaitMs;
	}

	/** What these characters mean, together with those that waited for them. */
	push(text: string): readonly Input[] {
		const inputs: Input[] = [];
		let rest = this.#pending + text;
		this.#pending = '';
		while (rest !== '') {
			const before = rest;
			rest = this.#paste === undefined ? this.#readKeys(rest, inputs) : this.#readPaste(rest, inputs);
			if (rest !== before) continue;
			this.#pending = rest;
			break;
		}
		return inputs;
	}

	/** Nothing else came: what waited is taken as it stands. */
	flush(): readonly Input[] {
		const inputs: Input[] = [];
		const pending = this.#pending;
		this.#pending = '';
		if (this.#paste !== undefined) {
			this.#addToPaste(pending);
			this.#endPaste(inputs);
		} else if (pending !== '') {
			pushKeys(inputs, ['escape', ...characterKeys(pending.slice(1))]);
		}
		return inputs;
	}

	/** Reads up to the next sequence, or that sequence; returns what is left, all of it if more must come first. */
	#readKeys(text: string, inputs: Input[]): string {
		const start = text.indexOf(escape);
		if (start !== 0) {
			const end = start < 0 ? text.length : start;
			this.#takeCharacters(text.slice(0, end), inputs);
			return text.slice(end);
		}
		const sequence = sequenceAt(text);
		if (sequence === unfinished) return text;
		if (sequence === undefined) {
			// Escape itself; what follows it at once is a key of its own, as it is where Alt is held.
			pushKeys(inputs, ['escape']);
			return text.slice(1);
		}
		if (sequence === pasteBegin) this.#paste = '';
		else pushKeys(inputs, sequenceKeys(sequence));
		return text.slice(sequence.length);
	}

	#takeCharacters(text: string, inputs: Input[]): void {
		const pasted = text.length > maxTypedLength ? (pastedText.exec(text)?.[0] ?? '') : '';
		if (pasted.length <= maxTypedLength) return pushKeys(inputs, characterKeys(text));
		this.#addToPaste(pasted);
		this.#endPaste(inputs);
		pushKeys(inputs, characterKeys(text.slice(pasted.length)));
	}

	#readPaste(text: string, inputs: Input[]): string {
		const end = text.indexOf(pasteEnd);
		if (end >= 0) {
			this.#addToPaste(text.slice(0, end));
			this.#endPaste(inputs);
			return text.slice(end + pasteEnd.length);
		}
		const kept = unfinishedEnd(text);
		this.#addToPaste(text.slice(0, text.length - kept));
		return text.slice(text.length - kept);
	}

	#addToPaste(text: string): void {
		this.#paste = ((this.#paste ?? '') + text).slice(0, maxPasteLength);
	}

	#endPaste(inputs: Input[]): void {
		// Terminals send the ends of lines as the key enter does.
		const text = (this.#paste ?? '').replace(/\r\n?/g, '\n');
		this.#paste = undefined;
		inputs.push({type: 'paste', text});
	}
}

const unfinished = Symbol('unfinished');

/** The control sequence that a text begins with; undefined where its escape is no part of one. */
function sequenceAt(text: string): string | typeof unfinished | undefined {
	// The second bracket is the Linux console's; the dollar sign ends one in rxvt with shift.
	const whole = /^\u001B(?:\[\d+\$|\[\[?[\d:;<=>?]*[ !-/]*[@-Z\\-~]|O[@-~])/.exec(text)?.[0];
	if (whole !== undefined) return whole;
	const isBegun = text.length <= maxSequenceLength && /^\u001B(?:\[\[?[\d:;<=>?]*[ !-/]*|O)?$/.test(text);
	return isBegun ? unfinished : undefined;
}

/** How many of the last characters may be the beginning of a paste's end. */
function unfinishedEnd(text: string): number {
	let length = Math.min(text.length, pasteEnd.length - 1);
	while (!pasteEnd.startsWith(text.slice(text.length - length))) length--;
	return length;
}

/** The keys of a control sequence. Those that nobody asked for (mouse, focus, function keys) are not text. */
function sequenceKeys(sequence: string): readonly Key[] {
	if (sequence === keypadEnter) return ['enter'];
	const [, number, last = ''] = /^\u001B(?:\[|O)(\d*)[\d:;]*([A-Za-z~^$@])$/.exec(sequence) ?? [];
	const key = /[A-Za-z]/.test(last) ? keysByLetter[last] : keysByNumber[number ?? ''];
	return key === undefined ? [] : [key];
}

function characterKeys(text: string): readonly Key[] {
	return [...segmenter.segment(text)].map(({segment}) => characterKey(segment));
}

function characterKey(text: string): Key {
	if (text === '\r' || text === '\n' || text === '\r\n') return 'enter';
	if (text === '\t') return 'tab';
	if (text === '\u007F' || text === '\b') return 'backspace';
	const code = text.codePointAt(0) ?? 0;
	return code > 0 && code < 27 ? `ctrl-${String.fromCodePoint(code + 96)}` : text;
}

function pushKeys(inputs: Input[], keys: readonly Key[]): void {
	for (const key of keys) inputs.push({type: 'key', key});
}
