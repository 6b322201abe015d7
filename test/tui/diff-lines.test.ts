import test from 'ava';
import fc from 'fast-check';
import {alignThree, hasMarkers, matchLines, mergeChunks} from '../../source/tui/diff-lines.js';

const lines = (text: string) => text.split('');

const cases: [string, string, string, string, string[]][] = [
	['nothing changed', 'abc', 'abc', 'abc', ['equal abc']],
	['only mine changed', 'abc', 'axc', 'abc', ['equal a', 'mine b/x/b', 'equal c']],
	['only theirs changed', 'abc', 'abc', 'abcd', ['equal abc', 'theirs //d']],
	['both changed the same', 'abc', 'axc', 'axc', ['equal a', 'same b/x/x', 'equal c']],
	['both changed one line', 'abc', 'axc', 'ayc', ['equal a', 'conflict b/x/y', 'equal c']],
	['changes far apart', 'abcde', 'xbcde', 'abcdy', ['mine a/x/a', 'equal bcd', 'theirs e/e/y']],
	['no base', '', 'ab', 'cd', ['conflict /ab/cd']],
	['all empty', '', '', '', []],
];

for (const [what, base, mine, theirs, expected] of cases) {
	test(`three texts where ${what}`, (t) => {
		const chunks = alignThree(lines(base), lines(mine), lines(theirs)).map((chunk) =>
			chunk.kind === 'equal'
				? `equal ${chunk.base.join('')}`
				: `${chunk.kind} ${[chunk.base, chunk.mine, chunk.theirs].map((side) => side.join('')).join('/')}`,
		);
		t.deepEqual(chunks, expected);
	});
}

const someLines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), {maxLength: 30});

test('the chunks of a side joined are that side', (t) => {
	fc.assert(
		fc.property(someLines, someLines, someLines, (base, mine, theirs) => {
			const chunks = alignThree(base, mine, theirs);
			t.deepEqual(
				chunks.flatMap((chunk) => chunk.base),
				base,
			);
			t.deepEqual(
				chunks.flatMap((chunk) => chunk.mine),
				mine,
			);
			t.deepEqual(
				chunks.flatMap((chunk) => chunk.theirs),
				theirs,
			);
		}),
	);
});

test('matched lines are equal and rise in both texts, also in texts too large to compare exactly', (t) => {
	const large = Array.from({length: 3000}, (_, index) => `line ${index}`);
	const changed = large.flatMap((line, index) => (index % 7 === 0 ? [`new ${index}`] : [line])).slice(5);
	const check = (one: readonly string[], other: readonly string[]) => {
		let last: readonly [number, number] = [-1, -1];
		for (const pair of matchLines(one, other)) {
			t.is(one[pair[0]], other[pair[1]]);
			t.true(pair[0] > last[0] && pair[1] > last[1]);
			last = pair;
		}
	};
	check(large, changed);
	t.true(matchLines(large, changed).length > 2000);
	fc.assert(fc.property(someLines, someLines, check));
});

test('a merged text takes what one side changed and marks what both did', (t) => {
	const chunks = alignThree(lines('abcde'), lines('xbcme'), lines('abcty'));
	const merged = mergeChunks(chunks, {mine: 'mine', theirs: 'bob'});
	t.deepEqual(merged, [
		'x',
		'b',
		'c',
		'<<<<<<< mine',
		'm',
		'e',
		'||||||| base',
		'd',
		'e',
		'=======',
		't',
		'y',
		'>>>>>>> bob',
	]);
	t.true(hasMarkers(merged.join('\n')));
	t.false(hasMarkers('<<<<<<< mine\nonly one kind'));
});
