import test from 'ava';
import {Settling} from '../../source/workspace/settle.js';

const times = {briefMs: 15, quietMs: 40, maxWaitMs: 2000, maxStormMs: 1000};

/** When each path comes out, asking whenever something can be due; none is taken for finished before it was quiet for long. */
function play(events: readonly (readonly [at: number, path: string])[]): [at: number, paths: string[]][] {
	const settling = new Settling(times);
	const out: [number, string[]][] = [];
	const drain = (until: number) => {
		for (let at = settling.nextAt(); at !== undefined && at <= until; at = settling.nextAt()) {
			const due = [...settling.due(at)].filter((path) => {
				settling.hold(path, settling.quietAt(path));
				return settling.quietAt(path) <= at || settling.isOverdue(path, at);
			});
			for (const path of due) settling.forget(path);
			if (due.length > 0) out.push([at, due]);
		}
	};
	for (const [at, path] of events) {
		drain(at - 1);
		settling.touch(path, at);
	}
	drain(Infinity);
	return out;
}

const every = (stepMs: number, untilMs: number, path: string) =>
	Array.from({length: untilMs / stepMs}, (_, index) => [index * stepMs, path] as const);

const cases: readonly {
	title: string;
	events: readonly (readonly [number, string])[];
	expected: [number, string[]][];
}[] = [
	{title: 'one event is ready after the quiet time', events: [[100, 'a']], expected: [[140, ['a']]]},
	{
		title: 'several events of a save are one change',
		events: [
			[100, 'a'],
			[101, 'a'],
			[120, 'a'],
		],
		expected: [[160, ['a']]],
	},
	{
		title: 'the two names of an atomic save come together',
		events: [
			[100, 'a.tmp'],
			[100, 'a.tmp'],
			[100, 'a'],
		],
		expected: [[140, ['a.tmp', 'a']]],
	},
	{
		title: 'two names whose events came a moment apart come together',
		events: [
			[100, 'old'],
			[103, 'new'],
		],
		expected: [[143, ['old', 'new']]],
	},
	{
		title: 'a busy file does not hold up a finished one',
		events: [
			[0, 'log'],
			[10, 'a'],
			[30, 'log'],
			[60, 'log'],
		],
		expected: [
			[50, ['a']],
			[100, ['log']],
		],
	},
	{
		title: 'a file that never rests comes out after the longest wait',
		events: every(20, 2400, 'log'),
		expected: [
			[2000, ['log']],
			[2420, ['log']],
		],
	},
];

for (const {title, events, expected} of cases) test(title, (t) => t.deepEqual(play(events), expected));

test('a storm of paths is one batch when it is over', (t) => {
	const storm = Array.from({length: 500}, (_, index) => [index, `f${index}`] as const);
	const batches = play(storm);
	t.is(
		batches.reduce((sum, [, paths]) => sum + paths.length, 0),
		500,
	);
	t.true(batches.length <= 3, `${batches.length} batches`);
});

test('a storm without end comes out in pieces', (t) => {
	const storm = Array.from({length: 3000}, (_, index) => [index, `f${index}`] as const);
	const batches = play(storm);
	t.is(
		batches.reduce((sum, [, paths]) => sum + paths.length, 0),
		3000,
	);
	t.true(batches[0]![0] <= 1000 + 100);
});

test('a path that is held waits until then, and never longer than the longest wait', (t) => {
	const settling = new Settling(times);
	settling.touch('a', 0);
	settling.hold('a', 300);
	t.is(settling.nextAt(), 300);
	settling.hold('a', 9000);
	t.is(settling.nextAt(), 2000);
	t.false(settling.isOverdue('a', 1999));
	t.true(settling.isOverdue('a', 2000));
});

test('a path can be ready after the brief time', (t) => {
	const settling = new Settling(times);
	settling.touch('a', 100);
	settling.touch('a', 110);
	t.is(settling.nextAt(), 125);
	t.deepEqual([...settling.due(125)], ['a']);
	t.is(settling.quietAt('a'), 150);
});
