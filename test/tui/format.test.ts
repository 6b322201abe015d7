import test from 'ava';
import fc from 'fast-check';
import {
	formatAge,
	formatBytes,
	formatClock,
	formatDay,
	formatRate,
	formatTook,
	percentOf,
	shortSession,
	shortUrl,
} from '../../source/tui/format.js';

const bytes: [number, string][] = [
	[0, '0 B'],
	[1, '1 B'],
	[999, '999 B'],
	[1000, '1.0 kB'],
	[9949, '9.9 kB'],
	[9960, '10 kB'],
	[999_499, '999 kB'],
	[999_500, '1.0 MB'],
	[42_100_000, '42 MB'],
	[3e12, '3.0 TB'],
	[-1, '0 B'],
	[Number.NaN, '0 B'],
];

for (const [value, expected] of bytes) {
	test(`${value} bytes are ${expected}`, (t) => t.is(formatBytes(value), expected));
}

test('bytes never take more than seven columns below an exabyte', (t) => {
	fc.assert(
		fc.property(fc.double({min: 0, max: 9e17, noNaN: true}), (value) => formatBytes(value).length <= 7),
	);
	t.pass();
});

test('a rate below one byte a second is none', (t) => {
	t.is(formatRate(0.4), '0 B/s');
	t.is(formatRate(1200), '1.2 kB/s');
});

test('clocks round up, so that the last second is not nothing', (t) => {
	t.is(formatClock(1), '0:01');
	t.is(formatClock(59_001), '1:00');
	t.is(formatClock(3_661_000), '1:01:01');
	t.is(formatClock(90_000_000), '1 d');
	t.is(formatClock(-5), '0:00');
});

test('ages round down', (t) => {
	t.is(formatAge(999), 'now');
	t.is(formatAge(59_999), '59 s');
	t.is(formatAge(180_000), '3 min');
	t.is(formatAge(7_200_000), '2 h');
	t.is(formatAge(200_000_000), '2 d');
});

test('what was measured keeps its small digits', (t) => {
	t.is(formatTook(4.2), '4 ms');
	t.is(formatTook(1240), '1.2 s');
	t.is(formatTook(14_000), '14 s');
});

test('a percentage is full only when everything is there', (t) => {
	t.is(percentOf(0, 100), 0);
	t.is(percentOf(99_999, 100_000), 99);
	t.is(percentOf(100_000, 100_000), 100);
	t.is(percentOf(5, undefined), undefined);
	t.is(percentOf(5, 0), undefined);
});

test('long names of things have short ones', (t) => {
	t.is(shortSession('k7f3q2mm'), 'k7f3-q2');
	t.is(shortSession('abc'), 'abc');
	t.is(shortUrl('wss://relay.example:8787/ws'), 'relay.example:8787');
});

test('a day of another year says which', (t) => {
	const now = new Date(2026, 0, 2).getTime();
	t.is(formatDay(new Date(2026, 0, 31).getTime(), now), '31 Jan');
	t.is(formatDay(new Date(2025, 0, 2).getTime(), now), '2 Jan 2025');
});
