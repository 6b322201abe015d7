import test from 'ava';
import {
	firstSegmentBytes,
	maxSegmentObjectBytes,
	segmentTargetBytes,
	slowPathBytesPerMs,
} from '../../../source/runtime/exchange/limits.js';
import {PathRate} from '../../../source/runtime/exchange/path-rate.js';
import {segmentWindow} from '../../../source/runtime/exchange/send-window.js';

const kibibyte = 1024;

for (const [what, bytesPerSecond, targetBytes] of [
	['a fast path', 100_000 * kibibyte, segmentTargetBytes],
	['one that just carries a segment a second', segmentTargetBytes, segmentTargetBytes],
	['a slower one', 3000 * kibibyte, 1024 * kibibyte],
	['a slow one', 300 * kibibyte, 256 * kibibyte],
	['a very slow one', 5 * kibibyte, 64 * kibibyte],
] as const) {
	test(`${what} gets segments of ${targetBytes} bytes`, (t) => {
		const rate = new PathRate();
		t.is(rate.unitSize, undefined);
		rate.measured(bytesPerSecond * 10, 10_000);
		rate.measured(bytesPerSecond * 20, 20_000);
		t.is(rate.unitSize?.targetBytes, targetBytes);
	});
}

test('a path that gets slower gets smaller segments, and larger objects in parts', (t) => {
	const rate = new PathRate();
	rate.measured(segmentTargetBytes, 100);
	t.deepEqual(rate.unitSize, {targetBytes: segmentTargetBytes, maxWholeBytes: maxSegmentObjectBytes});
	for (let count = 0; count < 10; count++) rate.measured(segmentTargetBytes, 20_000);
	t.deepEqual(rate.unitSize, {targetBytes: 64 * kibibyte, maxWholeBytes: 64 * kibibyte});
});

test('packs are made small where the path takes the time, and quickly where nobody has measured it', (t) => {
	const rate = new PathRate();
	t.is(rate.packing, 'quick');
	rate.measured(segmentTargetBytes, segmentTargetBytes / (slowPathBytesPerMs / 2));
	t.is(rate.packing, 'small');
	for (let count = 0; count < 5; count++)
		rate.measured(segmentTargetBytes, segmentTargetBytes / (slowPathBytesPerMs * 4));
	t.is(rate.packing, 'quick');
});

test('what is tiny says nothing of a path', (t) => {
	const rate = new PathRate();
	rate.measured(100, 1000);
	t.false(rate.isKnown);
});

test('a path that nobody measured begins with small segments, the same number each time', (t) => {
	const rate = new PathRate();
	const blind = segmentWindow(rate);
	t.is(blind.nextUnit().targetBytes, firstSegmentBytes);
	rate.measured(segmentTargetBytes, 1);
	const sizes = Array.from({length: 5}, () => blind.nextUnit().targetBytes);
	t.deepEqual(sizes, [...Array.from({length: 4}, () => firstSegmentBytes), segmentTargetBytes]);
	t.is(segmentWindow(rate).nextUnit().targetBytes, segmentTargetBytes);
});
