import test from 'ava';
import {type Place} from '../../source/tui/binding.js';
import {keyName} from '../../source/tui/key-name.js';
import {actionOf, bindingsOf, keymap} from '../../source/tui/keymap.js';
import {type InkKey, readInput} from '../../source/tui/keys.js';

const plain: InkKey = {
	upArrow: false,
	downArrow: false,
	leftArrow: false,
	rightArrow: false,
	pageDown: false,
	pageUp: false,
	home: false,
	end: false,
	return: false,
	escape: false,
	ctrl: false,
	shift: false,
	tab: false,
	backspace: false,
	delete: false,
	meta: false,
};

const chunks: [string, string, Partial<InkKey>, string[]][] = [
	['a letter', 'a', {}, ['a']],
	['letters that came together', 'jjq', {}, ['j', 'j', 'q']],
	['an arrow', '', {upArrow: true}, ['up']],
	['enter', '\r', {return: true}, ['enter']],
	['text with an enter in it', 'ab\r', {}, ['a', 'b', 'enter']],
	['control and a letter', 'c', {ctrl: true}, ['ctrl-c']],
	['control codes that came together', '\u0003\u0003', {}, ['ctrl-c', 'ctrl-c']],
	['delete, which is backspace', '', {delete: true}, ['backspace']],
	['shift and tab', '', {tab: true, shift: true}, ['shift-tab']],
	['escape', '', {escape: true, meta: true}, ['escape']],
	['escape twice at once', '\u001B', {escape: true, meta: true}, ['escape', 'escape']],
	['escape and a letter at once', 'q', {meta: true}, ['escape', 'q']],
	['a mouse report', '[<0;10;3M', {}, []],
	['an emoji of several code points', '👩‍💻', {}, ['👩‍💻']],
];

for (const [what, chunk, key, expected] of chunks) {
	test(`${what} is read as ${expected.join(' ') || 'nothing'}`, (t) => {
		const {inputs} = readInput(undefined, chunk, {...plain, ...key});
		t.deepEqual(
			inputs.map((input) => (input.type === 'key' ? input.key : input.text)),
			expected,
		);
	});
}

test('a paste is one text, whatever is in it', (t) => {
	let paste: {text: string} | undefined;
	const seen = [];
	for (const [chunk, key] of [
		['[200~', {}],
		['q', {}],
		['', {return: true}],
		['yes', {}],
		['[201~', {}],
	] as const) {
		const read = readInput(paste, chunk, {...plain, ...key});
		paste = read.paste;
		seen.push(...read.inputs);
	}
	t.deepEqual(seen, [{type: 'paste', text: 'q\nyes'}]);
	t.is(paste, undefined);
});

test('a paste without end is bounded', (t) => {
	let paste = readInput(undefined, '[200~', plain).paste;
	for (let time = 0; time < 100; time++) paste = readInput(paste, 'x'.repeat(10_000), plain).paste;
	t.is(paste?.text.length, 65_536);
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
