import test from 'ava';
import fc from 'fast-check';
import {absent, type Content, sortContents} from '../../../source/protocol/content.js';
import {isSubset, sameContents, unite} from '../../../source/core/reconcile/content-sets.js';
import {mergeValue, textKey} from '../../../source/core/reconcile/merge-value.js';

/** Made-up contents by a letter; `-` is absent. */
const content = (letter: string, mode = '100644'): Content =>
	letter === '-' ? absent : `${letter.codePointAt(0)!.toString(16).padStart(40, '0')}-${mode}`;
const set = (letters: string) => sortContents([...letters].map((letter) => content(letter)));

const table: readonly (readonly [title: string, base: string, one: string, other: string, merged: string])[] =
	[
		['a change on one side only is taken', 'x', 'y', 'x', 'y'],
		['equal changes are one', 'x', 'y', 'y', 'y'],
		['two changes are a record', 'x', 'y', 'z', 'yz'],
		['a deletion against an edit is a record', 'x', '-', 'y', '-y'],
		['two deletions are a deletion', 'x', '-', '-', '-'],
		['two new files at one path are a record', '-', 'y', 'z', 'yz'],
		['both sides of a record may be edited at once', 'pq', 'Pq', 'pQ', 'PQ'],
		['a resolution on one side settles', 'pq', 'p', 'pq', 'p'],
		['a resolution against an edit of the dropped side asks again', 'pq', 'p', 'pQ', 'pQ'],
		['a resolution against an edit of the side that it took asks again', 'pq', 'p', 'Pq', 'pP'],
		['opposite resolutions ask again, where the plain set formula leaves nothing', 'pq', 'p', 'q', 'pq'],
		['taking a side against a merged file keeps both', 'pq', 'p', 'r', 'pr'],
		['two merged files are a record', 'pq', 'r', 's', 'rs'],
		['a third side joins a record', 'x', 'pq', 's', 'pqs'],
		['two different records unite', 'x', 'pq', 'rs', 'pqrs'],
		['who replaced a content that it had seen took it out of the record', 'x', 'xq', 'r', 'qr'],
		['with an unknown base equal content is equal', '', 'x', 'x', 'x'],
		['with an unknown base different content is a record', '', 'x', 'y', 'xy'],
		['with an unknown base a file that only one side has is kept', '', 'x', '-', 'x'],
		['with an unknown base the question about a deletion stays open', '', 'x-', 'x', 'x-'],
	];

for (const [title, base, one, other, merged] of table) {
	test(`Merging one path: ${title}`, (t) => {
		t.deepEqual(mergeValue(set(base), set(one), set(other)).contents, set(merged));
		t.deepEqual(mergeValue(set(base), set(other), set(one)).contents, set(merged));
	});
}

test('A file on one side and nothing on the other, both out of a record, are opposite', (t) => {
	t.true(mergeValue(set('p-'), set('p'), set('-')).opposite);
	t.true(mergeValue(set('pq'), set('p'), set('-')).opposite);
	t.false(mergeValue(set('pq'), set('p'), set('q')).opposite);
	t.false(mergeValue(set('p'), set('q'), set('-')).opposite);
});

test('A chmod against an edit is clean, and so is a chmod against the same chmod with an edit', (t) => {
	const none = new Map();
	t.deepEqual(mergeValue([content('x')], [content('y')], [content('x', '100755')], none).contents, [
		content('y', '100755'),
	]);
	t.deepEqual(mergeValue([content('x', '100755')], [content('y')], [content('x')], none).contents, [
		content('y'),
	]);
});

test('A link is never merged with a file, whatever their bytes', (t) => {
	const merged = mergeValue([content('x')], [content('x', '120000')], [content('y')], new Map());
	t.is(merged.contents.length, 2);
	t.is(merged.wants, undefined);
});

test('Lines are asked for with the sides in oid order, and the answer is taken', (t) => {
	const [base, one, other] = [[content('x')], [content('z', '100755')], [content('y')]] as const;
	const {wants, contents} = mergeValue(base, one, other, new Map());
	t.is(contents.length, 2);
	t.true(wants!.one < wants!.other);
	t.deepEqual(mergeValue(base, other, one, new Map()).wants, wants);
	const merged = content('m').slice(0, 40);
	t.deepEqual(mergeValue(base, one, other, new Map([[textKey(wants!), merged]])).contents, [
		content('m', '100755'),
	]);
	const conflict = mergeValue(base, one, other, new Map([[textKey(wants!), undefined]]));
	t.deepEqual([conflict.contents.length, conflict.wants], [2, undefined]);
});

test('A snapshot merges neither lines nor modes: what was saved stays in its own snapshot', (t) => {
	const saved = content('x', '100755');
	t.true(mergeValue([content('x')], [content('y')], [saved]).contents.includes(saved));
});

const letters = fc.uniqueArray(fc.constantFrom('-', 'p', 'q', 'r', 's'), {minLength: 1, maxLength: 4});
const someSet = letters.map((chosen) => set(chosen.join('')));

test('Merging one path is symmetric', (t) => {
	fc.assert(
		fc.property(someSet, someSet, someSet, (base, one, other) => {
			t.deepEqual(mergeValue(base, one, other), mergeValue(base, other, one));
		}),
	);
	t.pass();
});

test('Merging one path never leaves nothing, and never makes something up', (t) => {
	fc.assert(
		fc.property(someSet, someSet, someSet, (base, one, other) => {
			const {contents} = mergeValue(base, one, other);
			return contents.length > 0 && isSubset(contents, unite(one, other));
		}),
	);
	t.pass();
});

test('What one side wrote is in the result', (t) => {
	fc.assert(
		fc.property(someSet, someSet, someSet, (base, one, other) => {
			const {contents} = mergeValue(base, one, other);
			return one.filter((x) => !base.includes(x)).every((x) => contents.includes(x));
		}),
	);
	t.pass();
});

test('A content is dropped only where a side that could have had it does not', (t) => {
	fc.assert(
		fc.property(someSet, someSet, someSet, (base, one, other) => {
			const {contents} = mergeValue(base, one, other);
			const dropped = unite(one, other).filter((x) => !contents.includes(x));
			return dropped.every((x) => base.includes(x) && !(one.includes(x) && other.includes(x)));
		}),
	);
	t.pass();
});

test('Equal sides and one-sided changes are taken as they are', (t) => {
	fc.assert(
		fc.property(
			someSet,
			someSet,
			(base, one) =>
				sameContents(mergeValue(base, one, one).contents, one) &&
				sameContents(mergeValue(base, one, base).contents, one),
		),
	);
	t.pass();
});
