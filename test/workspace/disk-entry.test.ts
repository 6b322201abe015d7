import test from 'ava';
import {isJustWritten, isSettledStat} from '../../source/workspace/disk-entry.js';

const secondNs = 1_000_000_000n;
const wholeNs = 1_795_360_842n * secondNs;
const fineNs = wholeNs + 123_456_789n;

for (const {title, mtimeNs, ctimeNs, seenAfterMs, settled, justWritten} of [
	{
		title: 'fine, at once',
		mtimeNs: fineNs,
		ctimeNs: fineNs,
		seenAfterMs: 19,
		settled: false,
		justWritten: true,
	},
	{
		title: 'fine, later',
		mtimeNs: fineNs,
		ctimeNs: fineNs,
		seenAfterMs: 21,
		settled: true,
		justWritten: false,
	},
	{
		title: 'of an archive',
		mtimeNs: wholeNs,
		ctimeNs: fineNs,
		seenAfterMs: 21,
		settled: true,
		justWritten: false,
	},
	{
		title: 'coarse, in the same second',
		mtimeNs: wholeNs,
		ctimeNs: wholeNs,
		seenAfterMs: 900,
		settled: false,
		justWritten: true,
	},
	{
		title: 'coarse, in the same two seconds',
		mtimeNs: wholeNs,
		ctimeNs: wholeNs,
		seenAfterMs: 2000,
		settled: false,
		justWritten: true,
	},
	{
		title: 'coarse, later',
		mtimeNs: wholeNs,
		ctimeNs: wholeNs,
		seenAfterMs: 2021,
		settled: true,
		justWritten: false,
	},
	{
		title: 'of the future',
		mtimeNs: fineNs,
		ctimeNs: fineNs,
		seenAfterMs: -60_000,
		settled: false,
		justWritten: false,
	},
]) {
	test(`a later change of a file must show: times that are ${title}`, (t) => {
		const seenAtMs = Number(ctimeNs / 1_000_000n) + seenAfterMs;
		const stat = {size: 1, ino: 1n, mtimeNs, ctimeNs, seenAtMs};
		t.is(isSettledStat(stat), settled);
		t.is(isJustWritten(stat), justWritten);
	});
}
