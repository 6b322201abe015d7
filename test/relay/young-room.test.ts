import test from 'ava';
import {YoungRoom} from '../../relay/young-room.js';

test('room for young objects grows only while a relay forwards', (t) => {
	const factors: number[] = [];
	const room = new YoungRoom((factor) => void factors.push(factor));
	const note = (proxyBytes: number, jsonBytes = 0) => room.note({proxyBytes, jsonBytes});
	note(0);
	note(999_999);
	t.deepEqual(factors, [1], 'a relay that only holds its peers');
	note(2_000_000);
	note(9_000_000);
	t.deepEqual(factors, [1, 2], 'one that forwards');
	note(9_000_100);
	note(9_000_100);
	t.deepEqual(factors, [1, 2, 1], 'and rests again');
	note(9_500_000, 700_000);
	t.deepEqual(factors, [1, 2, 1, 2], 'both tiers count');
});
