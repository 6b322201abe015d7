import test from 'ava';
import fc from 'fast-check';
import {absent, type Content, sortContents, type Tree, type Value} from '../../../source/protocol/content.js';
import {isCleanFile, makeValue, sameContents, valueAt} from '../../../source/core/reconcile/content-sets.js';
import {mergeTrees, sameTree} from '../../../source/core/reconcile/merge-trees.js';
import {normalise} from '../../../source/core/reconcile/normalise.js';
import {ancestorsOf} from '../../../source/core/reconcile/path-order.js';
import {planApply} from '../../../source/core/reconcile/plan-apply.js';
import {findPathFault} from '../../../source/protocol/path-name.js';
import {chooseResolution, nameBeside, resolveTree} from '../../../source/core/reconcile/resolve-tree.js';
import {snapshotTree} from '../../../source/core/reconcile/snapshot-tree.js';

const content = (letter: string): Content =>
	letter === '-' ? absent : `${letter.codePointAt(0)!.toString(16).padStart(40, '0')}-100644`;
/** `x` is clean, `xy` is a record, `xy/b` is one with a base; `-` is absent. */
const value = (text: string): Value => {
	const [letters = '', base = '-'] = text.split('/');
	return makeValue(sortContents([...letters].map((letter) => content(letter))), content(base));
};
const tree = (entries: Record<string, string>): Tree =>
	new Map(Object.entries(entries).map(([path, text]) => [path, value(text)]));
const plain = (result: Tree) => Object.fromEntries([...result].sort(([a], [b]) => (a < b ? -1 : 1)));

type Entries = Record<string, string>;
const merges: readonly (readonly [
	title: string,
	base: Entries,
	one: Entries,
	other: Entries,
	merged: Entries,
])[] = [
	['changes of different files join', {f: 'x', g: 'x'}, {f: 'y', g: 'x'}, {f: 'x', g: 'z'}, {f: 'y', g: 'z'}],
	[
		'with no common ancestor what both have and differ in is a record',
		{},
		{f: 'x', g: 'y'},
		{f: 'x', g: 'z'},
		{f: 'x', g: 'yz/-'},
	],
	['a record keeps the base', {f: 'x'}, {f: 'y'}, {f: 'z'}, {f: 'yz/x'}],
	['of two records of the same sides the smaller base is kept', {}, {f: 'yz/b'}, {f: 'yz/a'}, {f: 'yz/a'}],
	['a record on one side only keeps its own base', {f: 'x'}, {f: 'yz/b'}, {f: 'x'}, {f: 'yz/b'}],
	[
		'a record merged with another change keeps the common base',
		{f: 'x'},
		{f: 'yz/b'},
		{f: 'w'},
		{f: 'wyz/x'},
	],
	[
		'a file against a folder is a record, and the folder stays',
		{},
		{d: 'y'},
		{'d/k': 'k'},
		{d: 'y-', 'd/k': 'k'},
	],
	[
		'opposite file and folder resolutions ask about the folder too',
		{d: 'y-', 'd/k': 'k'},
		{d: 'y'},
		{'d/k': 'k'},
		{d: 'y-', 'd/k': 'k-/k'},
	],
	[
		'a folder that became a file, against an edit in it',
		{'s/k': 'k', 's/j': 'j'},
		{s: 'y'},
		{'s/k': 'K', 's/j': 'j'},
		{s: 'y', 's/k': 'K-/k'},
	],
];

for (const [title, base, one, other, merged] of merges) {
	test(`Merging trees: ${title}`, (t) => {
		t.deepEqual(plain(mergeTrees(tree(base), tree(one), tree(other)).tree), plain(tree(merged)));
		t.deepEqual(plain(mergeTrees(tree(base), tree(other), tree(one)).tree), plain(tree(merged)));
	});
}

const snapshots: readonly (readonly [
	title: string,
	head: Entries,
	path: string,
	shown: string | undefined,
	disk: string,
	after: Entries,
])[] = [
	['a save is a change', {f: 'x'}, 'f', 'x', 'y', {f: 'y'}],
	['a deletion is a change', {f: 'x'}, 'f', 'x', '-', {}],
	['a stale disk does not overwrite what it has not seen', {f: 'z'}, 'f', 'x', 'y', {f: 'yz/x'}],
	['a save of one side of a record keeps the other', {f: 'pq/x'}, 'f', 'p', 'r', {f: 'qr/x'}],
	['a third disk that saves becomes a third side', {f: 'pq/x'}, 'f', 'x', 'r', {f: 'pqr/x'}],
	['taking the text of the other side settles', {f: 'pq/x'}, 'f', 'p', 'q', {f: 'q'}],
	['going back to the old text does not settle', {f: 'pq/x'}, 'f', 'p', 'x', {f: 'qx/x'}],
	['equal content with an unknown base is no conflict', {f: 'x'}, 'f', undefined, 'x', {f: 'x'}],
	['different content with an unknown base is one', {f: 'x'}, 'f', undefined, 'y', {f: 'xy/-'}],
	['a file that is missing with an unknown base was not deleted', {f: 'x'}, 'f', undefined, '-', {f: 'x'}],
	['a file where the head has a folder is in question', {'d/k': 'k'}, 'd', '-', 'y', {d: 'y-', 'd/k': 'k'}],
	['a deleter who makes the file again edits that side', {f: 'x-/b'}, 'f', '-', 'y', {f: 'xy/b'}],
];

for (const [title, head, path, shown, disk, after] of snapshots) {
	test(`A snapshot: ${title}`, (t) => {
		const dirty = new Map([
			[path, {shown: shown === undefined ? undefined : content(shown), disk: content(disk)}],
		]);
		const changes = snapshotTree(tree(head), dirty);
		const result = new Map([...tree(head), ...changes]);
		for (const [key, {contents}] of result) if (sameContents(contents, [absent])) result.delete(key);
		t.deepEqual(plain(result), plain(tree(after)));
	});
}

test('A disk follows a clean path, keeps a side that it has, and takes one only where it has no file', (t) => {
	const shown: Entries = {clean: 'x', gone: 'x', side: 'p', third: 'x', same: 'x'};
	const values = new Map(
		Object.entries({
			clean: 'y',
			gone: '-',
			side: 'pq',
			third: 'pq',
			none: 'pq',
			same: 'x',
			fresh: 'z',
			deleted: 'p-',
		}).map(([path, text]) => [path, value(text)] as const),
	);
	t.deepEqual(
		planApply(values, (path) => content(shown[path] ?? '-')),
		[
			{path: 'gone', expect: content('x'), write: absent},
			{path: 'clean', expect: content('x'), write: content('y')},
			{path: 'fresh', expect: absent, write: content('z')},
			{path: 'none', expect: absent, write: content('p')},
		],
	);
});

test('A resolution to a file clears what is below it, records included', (t) => {
	const head = tree({d: 'y-', 'd/k': 'k', 'd/j': 'pq', e: 'x'});
	t.deepEqual(plain(resolveTree(head, new Map([['d', content('y')]]))), {
		d: value('y'),
		'd/j': value('-'),
		'd/k': value('-'),
	});
	t.deepEqual(plain(resolveTree(head, new Map([['d', absent]]))), {d: value('-')});
});

test('A take means a side, the base, or both', (t) => {
	const record = value('pq/x');
	const shown = content('q');
	t.deepEqual(chooseResolution(record, 'mine', {shown}), {content: shown, others: []});
	t.deepEqual(chooseResolution(record, 'theirs', {shown}), {content: content('p'), others: []});
	t.deepEqual(chooseResolution(record, 'base', {shown}), {content: content('x'), others: []});
	t.deepEqual(chooseResolution(record, 'both', {shown}), {content: shown, others: [content('p')]});
	t.deepEqual(chooseResolution(value('pqr'), 'theirs', {shown, theirs: content('r')}), {
		content: content('r'),
		others: [],
	});
	t.deepEqual(chooseResolution(value('p-'), 'theirs', {shown: content('p')}), {content: absent, others: []});
	t.is(chooseResolution(record, 'mine', {shown: absent}), undefined);
	t.is(chooseResolution(record, 'theirs', {shown, theirs: content('z')}), undefined);
});

test('The name for the other side is free and keeps its folder and extension', (t) => {
	const taken = new Set(['a/notes~bob.txt']);
	const isTaken = (path: string) => taken.has(path);
	t.is(nameBeside('a/notes.txt', 'bob', isTaken), 'a/notes~bob-2.txt');
	t.is(nameBeside('.env', 'bob', isTaken), '.env~bob');
	t.is(nameBeside('Makefile', 'bob', isTaken), 'Makefile~bob');
	t.is(nameBeside('a.b/c', 'bob', isTaken), 'a.b/c~bob');
});

test('The name for the other side is one that can be synced, however long the names are', (t) => {
	const isFree = () => false;
	t.is(nameBeside('git', '1', isFree), 'git~1-2');
	const folder = 'f'.repeat(200);
	for (const [path, label, extension] of [
		[`${'x'.repeat(251)}.txt`, 'bob', '.txt'],
		[`${folder}/${'ü'.repeat(127)}`, 'bob', ''],
		[`a.${'x'.repeat(253)}`, 'bob', 'x'],
		['x'.repeat(255), '𝒷'.repeat(32), ''],
		['𝒷'.repeat(63), 'ü'.repeat(32), ''],
	] as const) {
		const taken = new Set<string>();
		for (let count = 0; count < 12; count++) {
			const name = nameBeside(path, label, (one) => taken.has(one));
			t.is(findPathFault(name), undefined, name);
			t.true(name.endsWith(extension), name);
			t.false(taken.has(name));
			taken.add(name);
		}
	}
});

const paths = ['f', 'd', 'd/k', 'd/j', 'd/k/z'];
const someValue = fc
	.uniqueArray(fc.constantFrom('-', 'p', 'q', 'r', 's'), {minLength: 1, maxLength: 3})
	.chain((letters) => fc.constantFrom('-', 'a', 'b').map((base) => value(`${letters.join('')}/${base}`)));
const someTree: fc.Arbitrary<Tree> = fc.dictionary(fc.constantFrom(...paths), someValue).map((entries) => {
	const listed = Object.entries(entries).filter(([, {contents}]) => !sameContents(contents, [absent]));
	return normalise(new Map(listed));
});

/** The bases of records are for display: of two for one record the smaller is kept, whoever changed it. */
const sameContentsEverywhere = (one: Tree, other: Tree) =>
	one.size === other.size &&
	[...one].every(([path, {contents}]) => sameContents(contents, valueAt(other, path).contents));

test('Merging trees is symmetric, and its result is a tree that git can hold', (t) => {
	fc.assert(
		fc.property(someTree, someTree, someTree, (base, one, other) => {
			const {tree: merged} = mergeTrees(base, one, other);
			const files = [...merged].filter(([, at]) => isCleanFile(at)).map(([path]) => path);
			return (
				sameTree(merged, mergeTrees(base, other, one).tree) &&
				files.every((path) => ancestorsOf(path).every((folder) => !isCleanFile(valueAt(merged, folder))))
			);
		}),
		{numRuns: 1000},
	);
	t.pass();
});

test('Equal trees never conflict, nor does a change on one side only', (t) => {
	fc.assert(
		fc.property(
			someTree,
			someTree,
			(base, one) =>
				sameContentsEverywhere(mergeTrees(base, one, one).tree, one) &&
				sameContentsEverywhere(mergeTrees(base, one, base).tree, one) &&
				sameContentsEverywhere(mergeTrees(base, base, one).tree, one),
		),
		{numRuns: 500},
	);
	t.pass();
});

test('What a side wrote at a path is in the merged tree', (t) => {
	fc.assert(
		fc.property(someTree, someTree, someTree, (base, one, other) => {
			const {tree: merged} = mergeTrees(base, one, other);
			return [...one].every(([path, at]) =>
				at.contents.every(
					(x) => valueAt(base, path).contents.includes(x) || valueAt(merged, path).contents.includes(x),
				),
			);
		}),
		{numRuns: 500},
	);
	t.pass();
});
