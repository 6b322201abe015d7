import test from 'ava';
import fc from 'fast-check';
import {formatNote, type LinkNote, parseNote} from '../../../source/transport/ice/link-note.js';

const examples: ReadonlyArray<[text: string, note: LinkNote]> = [
	[
		'hello pulsync-ice/1 7 2097152 ice-srflx',
		{type: 'hello', generation: 7, windowBytes: 2_097_152, route: 'ice-srflx'},
	],
	['credit 1048576', {type: 'credit', total: 1_048_576}],
	['close carrier_lost', {type: 'close', code: 'carrier_lost'}],
	['bye', {type: 'bye'}],
];

for (const [text, note] of examples) {
	test(`"${text}" is written and read`, (t) => {
		t.is(formatNote(note), text);
		t.deepEqual(parseNote(text), note);
	});
}

for (const text of [
	'',
	'hello',
	'hello pulsync-ice/2 7 1 ice-host',
	'hello pulsync-ice/1 7 1 tcp-lan',
	'hello pulsync-ice/1 -7 1 ice-host',
	'hello pulsync-ice/1 7 1 ice-host more',
	'credit',
	'credit 01',
	'credit 1e9',
	'credit 9999999999999999',
	'credit -1',
	'close',
	'close Words of a stranger',
	`close ${'a'.repeat(65)}`,
	'bye bye',
	'x'.repeat(1000),
]) {
	test(`"${text.slice(0, 50)}" is no note`, (t) => {
		t.is(parseNote(text), undefined);
	});
}

test('no text makes the reader of notes throw, and what it reads is written the same', (t) => {
	fc.assert(
		fc.property(fc.oneof(fc.string(), fc.constantFrom('hello ', 'credit ', 'close ')), (text) => {
			const note = parseNote(text);
			if (note) t.is(formatNote(note), text);
		}),
	);
	t.pass();
});
