import test from 'ava';
import fc from 'fast-check';
import {isDeeperThan, parseJsonObject} from '../../source/protocol/json-text.js';

const depths: ReadonlyArray<[string, number, boolean]> = [
	['{}', 1, false],
	['{}', 0, true],
	['{"a":[{}]}', 3, false],
	['{"a":[{}]}', 2, true],
	['[],[],[]', 1, false],
	['{"a":"[[[["}', 1, false],
	['{"a":"\\"[[[["}', 1, false],
	['{"a":"\\\\","b":[[]]}', 2, true],
	['{"a":"\\\\\\"[[","b":[]}', 2, false],
	['"never ends [[[', 0, false],
];

for (const [text, depth, expected] of depths) {
	test(`${text} nests ${expected ? 'deeper than' : 'at most'} ${depth}`, (t) => {
		t.is(isDeeperThan(text, depth), expected);
	});
}

function depthOf(value: unknown): number {
	if (typeof value !== 'object' || value === null) return 0;
	return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('the scan finds the depth that the parser would', (t) => {
	fc.assert(
		fc.property(fc.jsonValue({maxDepth: 6}), fc.integer({min: 0, max: 7}), (value, depth) => {
			return isDeeperThan(JSON.stringify(value), depth) === depthOf(value) > depth;
		}),
	);
	t.pass();
});

const refused: ReadonlyArray<[string, string, string]> = [
	['no JSON', 'hello', 'bad_message'],
	['nothing', '', 'bad_message'],
	['an array', '[]', 'bad_message'],
	['null', 'null', 'bad_message'],
	['a number', '1', 'bad_message'],
	['half an object', '{"a":', 'bad_message'],
	['a tower of arrays', '['.repeat(500_000), 'bad_message'],
	['more than a text frame may have', `{"a":"${'x'.repeat(1024 * 1024)}"}`, 'frame_too_large'],
];

for (const [description, text, code] of refused) {
	test(`${description} is ${code}`, (t) => {
		const result = parseJsonObject(text);
		t.like(result, {ok: false, code});
	});
}

test('any text gives an answer and never throws', (t) => {
	fc.assert(fc.property(fc.string(), (text) => typeof parseJsonObject(text).ok === 'boolean'));
	t.pass();
});

test('backslashes cost linear time', (t) => {
	const text = `{"a":"${'\\\\'.repeat(200_000)}"}`;
	t.true(parseJsonObject(text).ok);
});
