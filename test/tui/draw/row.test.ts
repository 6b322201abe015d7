import test from 'ava';
import fc from 'fast-check';
import stringWidth from 'string-width';
import {cleanLine, cleanText} from '../../../source/tui/draw/clean.js';
import {
	cutMiddle,
	cutText,
	fitRow,
	fitText,
	plainRow,
	rowWidth,
	span,
	spreadRow,
	textWidth,
	wrapWords,
} from '../../../source/tui/draw/row.js';

const cuts: [string, number, string][] = [
	['abcdef', 6, 'abcdef'],
	['abcdef', 5, 'abcd…'],
	['abcdef', 1, '…'],
	['abcdef', 0, ''],
	['日本語', 6, '日本語'],
	['日本語', 5, '日本…'],
	['日本語', 4, '日…'],
	['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
];

for (const [text, width, expected] of cuts) {
	test(`${text} in ${width} columns is ${expected || 'nothing'}`, (t) =>
		t.is(cutText(text, width), expected));
}

test('what is measured without a library is measured alike by it, alone and beside others', (t) => {
	for (let code = 0x20; code < 0x3000; code++) {
		const text = String.fromCharCode(code);
		if (textWidth(text) !== stringWidth(text)) t.fail(code.toString(16));
		if (textWidth(`→${text}é`) !== stringWidth(`→${text}é`)) t.fail(`among others ${code.toString(16)}`);
	}
	t.pass();
});

test('a path keeps its start and more of its end', (t) => {
	t.is(cutMiddle('assets/levels/forest/tiles.json', 20), 'assets/…t/tiles.json');
	t.is(cutMiddle('short', 20), 'short');
});

const anyText = fc.string({unit: 'grapheme', maxLength: 40}).map(cleanText);

test('a fitted text and a fitted row have exactly their width', (t) => {
	fc.assert(
		fc.property(
			anyText,
			fc.array(anyText, {maxLength: 6}),
			fc.integer({min: 0, max: 60}),
			(text, parts, width) => {
				t.is(textWidth(fitText(text, width)), width);
				t.is(
					rowWidth(
						fitRow(
							parts.map((part) => span(part)),
							width,
						),
					),
					width,
				);
				t.is(
					rowWidth(
						spreadRow(
							[span(text)],
							parts.map((part) => span(part)),
							width,
						),
					),
					width,
				);
				t.true(textWidth(cutMiddle(text, width)) <= width);
			},
		),
	);
});

test('a row that is cut says so', (t) => {
	t.is(plainRow(fitRow([span('abc'), span('def')], 4)), 'abc…');
	t.is(plainRow(fitRow([span('abc'), span('def')], 3)), 'ab…');
	t.is(plainRow(fitRow([span('abc'), span('def')], 8)), 'abcdef  ');
});

test('words are wrapped, and long ones broken', (t) => {
	t.deepEqual(wrapWords('one two three', 7), ['one two', 'three']);
	t.deepEqual(wrapWords('abcdefghij', 4), ['abcd', 'efgh', 'ij']);
	fc.assert(
		fc.property(anyText, fc.integer({min: 2, max: 30}), (text, width) =>
			wrapWords(text, width).every((line) => textWidth(line) <= width),
		),
	);
});

const hostile: [string, string, string][] = [
	['escape sequences', 'a\u001B[2Jb', 'a[2Jb'],
	['8-bit controls', 'a\u009B31mb', 'a31mb'],
	['bidi overrides and isolates', 'a\u202Eb\u2066c\u200Fd', 'abcd'],
	['zero-width characters', 'pay\u200Bpal', 'paypal'],
	['tag characters', 'a\u{E0041}b', 'ab'],
	['line breaks', 'a\r\nb\tc', 'a b c'],
	['half of a pair', 'a\uD800b', 'a\uFFFDb'],
	['towers of marks', `e${'\u0301'.repeat(50)}`, `e${'\u0301'.repeat(4)}`],
];

for (const [what, text, expected] of hostile) {
	test(`${what} do not reach the screen`, (t) => t.is(cleanText(text), expected));
}

test('an emoji of several parts stays one', (t) => {
	t.is(cleanText('👩‍💻'), '👩‍💻');
});

test('clean text has nothing left to clean, whatever it was', (t) => {
	fc.assert(
		fc.property(fc.string({unit: 'binary'}), (text) => {
			const clean = cleanText(text);
			t.is(cleanText(clean), clean);
			t.notRegex(clean, /[\u0000-\u001F\u007F-\u009F\u202A-\u202E]/);
		}),
	);
});

test('tabs of a file go to the next stop of four', (t) => {
	t.is(cleanLine('\tx'), '    x');
	t.is(cleanLine('ab\tx'), 'ab  x');
	t.is(cleanLine('\t\tx'), '        x');
});
