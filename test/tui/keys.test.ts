import test from 'ava';
import fc from 'fast-check';
import {type Place} from '../../source/tui/binding.js';
import {keyName} from '../../source/tui/key-name.js';
import {actionOf, bindingsOf, keymap} from '../../source/tui/keymap.js';
import {type Input, KeyDecoder} from '../../source/tui/keys.js';

const esc = '\u001B';

function read(decoder: KeyDecoder, ...chunks: readonly string[]): string[] {
	return told(chunks.flatMap((chunk) => decoder.push(chunk)));
}

function told(inputs: readonly Input[]): string[] {
	return inputs.map((input) => (input.type === 'key' ? input.key : `paste ${input.text}`));
}

const typed: readonly (readonly [what: string, bytes: string, keys: readonly string[]])[] = [
	['a letter', 'a', ['a']],
	['letters that came together', 'jjq', ['j', 'j', 'q']],
	['an arrow', `${esc}[A`, ['up']],
	['an arrow of application mode', `${esc}OB`, ['down']],
	['an arrow with control held', `${esc}[1;5C`, ['right']],
	['an arrow of rxvt with shift held', `${esc}[d`, ['left']],
	[
		'home and end in their four spellings',
		`${esc}[H${esc}[1~${esc}[7~${esc}OH${esc}[F${esc}[4~`,
		[...['home', 'home', 'home', 'home', 'end', 'end']],
	],
	['page up and page down', `${esc}[5~${esc}[6~`, ['page-up', 'page-down']],
	['page up and down with control held', `${esc}[5;5~${esc}[6^`, ['page-up', 'page-down']],
	['home with shift held in rxvt', `${esc}[7$a`, ['home', 'a']],
	['enter', '\r', ['enter']],
	['enter on the keypad', `${esc}OM`, ['enter']],
	['text with an enter in it', 'ab\r', ['a', 'b', 'enter']],
	['control codes that came together', '\u0003\u0003', ['ctrl-c', 'ctrl-c']],
	['backspace in both spellings', '\u007F\b', ['backspace', 'backspace']],
	['delete', `${esc}[3~`, ['backspace']],
	['shift and tab', `${esc}[Z`, ['shift-tab']],
	['escape and a letter at once', `${esc}q`, ['escape', 'q']],
	['two escapes and an arrow', `${esc}${esc}${esc}[B`, ['escape', 'escape', 'down']],
	['a mouse report', `${esc}[<0;10;3M`, []],
	['a focus report', `${esc}[I`, []],
	['function keys', `${esc}OP${esc}[15~${esc}[24;5~${esc}[[A`, []],
	['keys with modifiers that have no name', `${esc}[1;5P${esc}[2^${esc}Oe${esc}[E`, []],
	['a bracket after an escape that begins no sequence', `${esc}[é`, ['escape', '[', 'é']],
	['an emoji of several code points', '👩‍💻', ['👩‍💻']],
];

for (const [what, bytes, keys] of typed) {
	test(`${what}: ${keys.join(' ') || 'nothing'}`, (t) => {
		const decoder = new KeyDecoder();
		t.deepEqual(read(decoder, bytes), keys);
		t.is(decoder.waitMs, undefined);
	});

	test(`${what}, a character at a time`, (t) => {
		// A sign of several code points comes whole, or it is not that sign.
		const characters = /[^\0-\u00FF]/.test(bytes) ? [bytes] : [...bytes];
		t.deepEqual(read(new KeyDecoder(), ...characters), keys);
	});
}

test('an escape stands for itself when nothing follows it', (t) => {
	const decoder = new KeyDecoder();
	t.deepEqual(read(decoder, esc), []);
	t.is(decoder.waitMs, 25);
	t.deepEqual(told(decoder.flush()), ['escape']);
	t.is(decoder.waitMs, undefined);
	t.deepEqual(read(decoder, `${esc}${esc}`), ['escape']);
	t.deepEqual(told(decoder.flush()), ['escape']);
	t.deepEqual(read(decoder, `${esc}[`), []);
	t.deepEqual(told(decoder.flush()), ['escape', '[']);
	t.deepEqual(told(decoder.flush()), []);
});

test('a sequence without end is not waited for', (t) => {
	const decoder = new KeyDecoder();
	t.is(read(decoder, `${esc}[${'1;'.repeat(50)}`).length, 102);
	t.is(decoder.waitMs, undefined);
});

test('a paste is one text, whatever is in it and however it is cut', (t) => {
	const bytes = `a${esc}[200~q\ryes\r\n${esc}[A${esc}[201${esc}[201~b`;
	const keys = ['a', `paste q\nyes\n${esc}[A${esc}[201`, 'b'];
	t.deepEqual(read(new KeyDecoder(), bytes), keys);
	t.deepEqual(read(new KeyDecoder(), ...bytes), keys);
	for (let at = 1; at < bytes.length; at++)
		t.deepEqual(read(new KeyDecoder(), bytes.slice(0, at), bytes.slice(at)), keys, `cut at ${at}`);
});

test('more than anybody types at once is a paste, where the terminal does not mark it as well', (t) => {
	const lines = `${'quit\r'.repeat(100)}y`;
	const cases: readonly (readonly [bytes: string, keys: readonly string[]])[] = [
		[lines, [`paste ${lines.replaceAll('\r', '\n')}`]],
		[`${'x'.repeat(5000)}\r`, [`paste ${'x'.repeat(5000)}`, 'enter']],
		[`j${esc}[B${'x'.repeat(300)}`, ['j', 'down', `paste ${'x'.repeat(300)}`]],
		['j'.repeat(256), Array.from({length: 256}, () => 'j')],
		['\u0003'.repeat(300), Array.from({length: 300}, () => 'ctrl-c')],
		[`${esc}[A`.repeat(300), Array.from({length: 300}, () => 'up')],
	];
	for (const [bytes, keys] of cases) t.deepEqual(read(new KeyDecoder(), bytes), keys);
});

test('a paste without end is bounded, and over when nothing comes any more', (t) => {
	const decoder = new KeyDecoder();
	for (const chunk of [`${esc}[200~`, ...Array.from({length: 100}, () => 'x'.repeat(10_000)), `${esc}[20`])
		t.deepEqual(decoder.push(chunk), []);
	t.is(decoder.waitMs, 1000);
	const [paste] = decoder.flush();
	t.is(paste?.type === 'paste' && paste.text.length, 65_536);
	t.deepEqual(read(decoder, 'q'), ['q']);
});

test('no bytes make it throw, wait for ever or lose a letter that comes after them', (t) => {
	fc.assert(
		fc.property(
			fc.array(
				fc.oneof(
					fc.constantFrom(esc, '[', 'O', ';', '5', '^', '~', '$', '<', 'M', '200~', '201~', '\r'),
					fc.string({maxLength: 3, unit: 'binary'}),
				),
				{maxLength: 30},
			),
			(chunks) => {
				const decoder = new KeyDecoder();
				for (const chunk of chunks) decoder.push(chunk);
				decoder.flush();
				t.is(decoder.waitMs, undefined);
				t.deepEqual(read(decoder, 'q'), ['q']);
			},
		),
		{numRuns: 5000},
	);
});

test('no key means two things at a place', (t) => {
	const allowed = new Set(['conflict left', 'conflict h']); // with two sides, these go back
	for (const place of [
		'session',
		'peer',
		'conflicts',
		'conflict',
		'invite',
		'log',
		'help',
	] satisfies Place[]) {
		const seen = new Map<string, string>();
		for (const {keys, action} of bindingsOf(place)) {
			for (const key of keys) {
				const other = seen.get(key);
				if (other !== undefined && !allowed.has(`${place} ${key}`))
					t.fail(`${key} at ${place}: ${other} and ${action}`);
				seen.set(key, action);
			}
		}
	}
	t.pass();
});

test('every key does what the keymap says', (t) => {
	for (const binding of keymap) {
		for (const place of binding.places) {
			for (const key of binding.keys) t.truthy(actionOf(key, place));
		}
	}
});

test('the word leave-now is not another way to quit without a question', (t) => {
	t.is(actionOf('ctrl-c', 'session'), 'leave-now');
	t.is(actionOf('q', 'session'), 'quit');
	t.is(actionOf('Q', 'session'), undefined);
});

test('keys are printed as they are written on keyboards', (t) => {
	t.is(keyName('escape'), 'esc');
	t.is(keyName('ctrl-c'), '^C');
	t.is(keyName('up'), '↑');
	t.is(keyName('q'), 'q');
});
