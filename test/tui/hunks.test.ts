import test from 'ava';
import fc from 'fast-check';
import {alignThree} from '../../source/tui/diff-lines.js';
import {changedChunks, type Choice, chosenLines, nextChange, openChunks} from '../../source/tui/hunks.js';
import {settleScopes} from '../../source/tui/settle-scopes.js';
import {wordDiff} from '../../source/tui/word-diff.js';
import {makeConflict} from './fixtures/state.js';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), {maxLength: 8});

test('one choice for all differences gives that side back', (t) => {
	fc.assert(
		fc.property(lines, lines, lines, (base, mine, theirs) => {
			const chunks = alignThree(base, mine, theirs);
			for (const [side, expected] of [
				['base', base],
				['mine', mine],
				['theirs', theirs],
			] as const) {
				const choices = new Map(changedChunks(chunks).map((index): [number, Choice] => [index, side]));
				t.deepEqual(chosenLines(chunks, choices), expected);
			}
		}),
	);
});

test('what only one side changed is taken, and what both did waits for a choice', (t) => {
	const chunks = alignThree(['a', 'x', 'b', 'y', 'c'], ['A', 'x', 'b', 'y', 'm'], ['a', 'x', 'B', 'y', 't']);
	t.is(chosenLines(chunks, new Map()), undefined);
	const [open] = openChunks(chunks, new Map());
	t.is(openChunks(chunks, new Map()).length, 1);
	t.deepEqual(chosenLines(chunks, new Map([[open!, 'both']])), ['A', 'x', 'B', 'y', 'm', 't']);
	t.deepEqual(chosenLines(chunks, new Map([[open!, 'base']])), ['A', 'x', 'B', 'y', 'c']);
});

test('differences are gone through round the ends', (t) => {
	const chunks = alignThree(['a', 'x', 'b'], ['A', 'x', 'B'], ['a', 'x', 'b']);
	const [first, last] = changedChunks(chunks);
	t.is(nextChange(chunks, undefined, 1), first);
	t.is(nextChange(chunks, first, 1), last);
	t.is(nextChange(chunks, last, 1), first);
	t.is(nextChange(chunks, first, -1), last);
	t.is(nextChange([], undefined, 1), undefined);
});

const marked = (line: string, other: string) =>
	wordDiff(line, other)
		.map(({text, isNew}) => (isNew ? `[${text}]` : text))
		.join('');

for (const [what, line, other, expected] of [
	['one word', 'const speed = 2;', 'const speed = 1;', 'const speed = [2];'],
	['words at the end', 'lives = 3 * players;', 'lives = 3;', 'lives = 3[ * players];'],
	['words in another script', '速度 は 二', '速度 は 一', '速度 は [二]'],
	['nothing', 'same', 'same', 'same'],
	['everything', 'quite another line', 'lives = 3;', 'quite another line'],
] as const) {
	test(`the new words of a line where ${what} changed`, (t) => {
		t.is(marked(line, other), expected);
	});
}

test('the pieces of a line are the line', (t) => {
	fc.assert(
		fc.property(fc.string({unit: 'grapheme'}), fc.string(), (line, other) => {
			t.is(
				wordDiff(line, other)
					.map(({text}) => text)
					.join(''),
				line,
			);
		}),
	);
});

test('conflicts are settled together by folder, by peer, by what is shown, each told once', (t) => {
	const eve = makeConflict('src/c', {
		sides: [{content: 'x', peerId: 'eve', name: 'eve', at: 0, mine: false}],
	});
	const all = [makeConflict('a'), makeConflict('src/b'), eve];
	const scopes = settleScopes(all, all, eve);
	t.deepEqual(
		scopes.map(({kind, paths}) => [kind, paths.length]),
		[
			['all', 3],
			['folder', 2],
			['peer', 1],
		],
	);
	t.deepEqual(
		settleScopes([eve], [eve], eve).map(({kind}) => kind),
		['all'],
	);
});
