import {readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {
	readWantState,
	removeWantState,
	type WantState,
	writeWantState,
} from '../../../source/runtime/exchange/want-state.js';
import {temporaryFolder} from './two-peers.js';

const oid = 'a'.repeat(40);
const states: readonly WantState[] = [
	{commit: oid, have: []},
	{commit: oid, have: ['b'.repeat(40)], history: true, after: {phase: 'trees', oid}},
	{commit: oid, have: [], part: {oid, type: 'blob', size: 1000, offset: 10}},
];

test('a want is read as it was written, and gone when it is removed', async (t) => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'want.json');
	for (const state of states) {
		await writeWantState(file, state);
		t.like(await readWantState(file), state);
	}
	t.deepEqual(await readdir(folder), ['want.json']);
	await removeWantState(file);
	await removeWantState(file);
	t.is(await readWantState(file), undefined);
});

for (const [what, text] of [
	['nothing', ''],
	['a torn file', '{"version":1,"commit":"aa'],
	['zeros', '\0\0\0\0'],
	['a later version', JSON.stringify({version: 2, commit: oid, have: []})],
	['an id that is none', JSON.stringify({version: 1, commit: '../etc', have: []})],
	[
		'a negative offset',
		JSON.stringify({version: 1, commit: oid, have: [], part: {oid, type: 'blob', size: 1, offset: -1}}),
	],
] as const) {
	test(`${what} is no want`, async (t) => {
		const file = path.join(await temporaryFolder(t), 'want.json');
		await writeFile(file, text);
		t.is(await readWantState(file), undefined);
	});
}
