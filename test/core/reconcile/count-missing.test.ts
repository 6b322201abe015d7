import test from 'ava';
import {Ancestry} from '../../../source/core/reconcile/ancestry.js';
import {countMissing} from '../../../source/core/reconcile/count-missing.js';

//  a ← b ← c ← m      x and y branch off a and b; m merges c and y
const parents: Readonly<Record<string, readonly string[]>> = {
	a: [],
	b: ['a'],
	c: ['b'],
	x: ['a'],
	y: ['b'],
	m: ['c', 'y'],
};
const parentsOf = (oid: string) => parents[oid] ?? [];

const rows = [
	['the same head', 'm', 'm', 0],
	['an ancestor', 'a', 'm', 0],
	['a descendant of a line', 'c', 'a', 2],
	['a merge, each commit once', 'm', 'a', 4],
	['heads that stand apart', 'c', 'x', 2],
] as const;
for (const [what, from, without, expected] of rows) {
	test(`${what}: ${expected} missing`, (t) => {
		t.is(countMissing(new Ancestry(parentsOf), parentsOf, from, without, 99), expected);
	});
}

test('more than the limit is not counted', (t) => {
	t.is(countMissing(new Ancestry(parentsOf), parentsOf, 'm', 'a', 3), 3);
});
