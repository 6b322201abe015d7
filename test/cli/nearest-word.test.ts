import test from 'ava';
import {nearestWord} from '../../source/cli/nearest-word.js';

const words = ['host', 'join', 'status', 'show', 'resolve', 'restore', 'resume'];
const table: readonly (readonly [typed: string, meant: string | undefined])[] = [
	['hots', 'host'],
	['joi', 'join'],
	['statsu', 'status'],
	['resovle', 'resolve'],
	['restor', 'restore'],
	['foo', undefined],
	['my-game', undefined],
	['', undefined],
];

for (const [typed, meant] of table) {
	test(`"${typed}" means ${meant ?? 'something else'}`, (t) => {
		t.is(nearestWord(typed, words), meant);
	});
}
