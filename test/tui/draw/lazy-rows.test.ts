import test from 'ava';
import {joinRows, rowsBetween} from '../../../source/tui/draw/lazy-rows.js';
import {plainRow, span} from '../../../source/tui/draw/row.js';

test('only the rows that are looked at are made, wherever their parts begin', (t) => {
	const made: string[] = [];
	const part = (name: string, count: number) => ({
		count,
		rowAt(index: number) {
			made.push(`${name}${index}`);
			return [span(`${name}${index}`)];
		},
	});
	const all = joinRows([part('a', 0), part('b', 3), part('c', 0), joinRows([part('d', 1), part('e', 2)])]);
	const names = ['b0', 'b1', 'b2', 'd0', 'e0', 'e1'];
	t.is(all.count, names.length);
	for (let from = -2; from < 8; from++) {
		for (let to = from; to < 9; to++) {
			made.length = 0;
			const wanted = names.slice(Math.max(0, from), Math.max(0, to));
			t.deepEqual(rowsBetween(all, from, to).map(plainRow), wanted);
			t.deepEqual(made, wanted);
		}
	}
	t.deepEqual(rowsBetween(joinRows([]), 0, 5), []);
});
