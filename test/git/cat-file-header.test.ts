import test from 'ava';
import fc from 'fast-check';
import {parseHeader} from '../../source/git/cat-file-header.js';

const oid = 'ab'.repeat(20);

for (const [line, expected] of [
	[`${oid} blob 12`, {oid, info: {type: 'blob', bytes: 12}}],
	[`${oid} commit 0`, {oid, info: {type: 'commit', bytes: 0}}],
	[`${oid} missing`, {oid}],
	[`${oid} ambiguous`, undefined],
	[`${oid} tag 12`, undefined],
	[`${oid} blob`, undefined],
	[`${oid} blob -1`, undefined],
	[`${oid} blob 012`, undefined],
	[`${oid} blob 99999999999999999999`, undefined],
	[`${oid} blob 12 more`, undefined],
	['HEAD missing', undefined],
	['', undefined],
] as const) {
	test(`the header ${JSON.stringify(line.replace(oid, '<id>'))} is ${expected ? 'taken' : 'refused'}`, (t) => {
		t.deepEqual(parseHeader(line), expected);
	});
}

test('parsing a header never throws', (t) => {
	fc.assert(
		fc.property(fc.string(), (line) => {
			parseHeader(line);
		}),
	);
	t.pass();
});
