import {readdir} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {makeStore} from './make-store.js';

const lines = (text: string) => [...text].map((letter) => `${letter}\n`).join('');

const cases: ReadonlyArray<
	[what: string, base: string, one: string, other: string, merged: string | undefined]
> = [
	['changes apart', lines('abcde'), lines('Abcde'), lines('abcdE'), lines('AbcdE')],
	['changes of the same line', lines('abc'), lines('aXc'), lines('aYc'), undefined],
	['the same change', lines('abc'), lines('aXc'), lines('aXc'), lines('aXc')],
	['a line added and another removed', lines('abcdef'), lines('xabcdef'), lines('abcde'), lines('xabcde')],
	['different first versions', '', lines('a'), lines('b'), undefined],
	[
		'line ends of Windows',
		'a\r\nb\r\nc\r\nd\r\n',
		'A\r\nb\r\nc\r\nd\r\n',
		'a\r\nb\r\nc\r\nD\r\n',
		'A\r\nb\r\nc\r\nD\r\n',
	],
	['no line end at the end', 'a\nb\nc\nd', 'A\nb\nc\nd', 'a\nb\nc\nD', 'A\nb\nc\nD'],
	[
		'conflict markers as text',
		lines('abcde'),
		`<<<<<<<\n${lines('abcde')}`,
		lines('abcdE'),
		`<<<<<<<\n${lines('abcdE')}`,
	],
	['binary content', 'a\0b', 'a\0c', 'a\0d', undefined],
];

for (const [what, base, one, other, expected] of cases) {
	test(`merging ${what} ${expected === undefined ? 'conflicts' : 'is clean'}, from either side`, async (t) => {
		const {store} = await makeStore(t);
		const [b, x, y] = await Promise.all(
			[base, one, other].map(async (text) => store.writeBlob(Buffer.from(text))),
		);
		const merged = await store.mergeText(b ?? '', x ?? '', y ?? '');
		t.is(merged && (await store.read(merged, 1000)).toString(), expected);
		t.is(await store.mergeText(b ?? '', y ?? '', x ?? ''), merged);
		t.deepEqual(await readdir(path.join(store.gitDir, 'tmp')), []);
	});
}

test('texts over 4 MiB and contents that are not there are not merged', async (t) => {
	const {store} = await makeStore(t);
	const small = await store.writeBlob(Buffer.from('a\n'));
	const large = await store.writeBlob(Buffer.alloc(4 * 1024 * 1024 + 1, 'a\n'));
	t.is(await store.mergeText(small, large, small), undefined);
	t.is(await store.mergeText('f'.repeat(40), small, small), undefined);
});

test('a merge is the same from either side for any texts', async (t) => {
	const {store} = await makeStore(t);
	const text = fc
		.array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'a'), {maxLength: 8})
		.map((parts) => parts.join(''));
	await fc.assert(
		fc.asyncProperty(text, text, text, async (...texts) => {
			const [base, one, other] = await Promise.all(
				texts.map(async (each) => store.writeBlob(Buffer.from(each))),
			);
			const [left, right] = await Promise.all([
				store.mergeText(base ?? '', one ?? '', other ?? ''),
				store.mergeText(base ?? '', other ?? '', one ?? ''),
			]);
			t.is(left, right);
		}),
		{numRuns: 25},
	);
});

test('a merge stops when it is told to', async (t) => {
	const {store} = await makeStore(t);
	const [b, x, y] = await Promise.all(
		['a', 'b', 'c'].map(async (each) => store.writeBlob(Buffer.from(each))),
	);
	await t.throwsAsync(store.mergeText(b ?? '', x ?? '', y ?? '', AbortSignal.abort()), {code: 'aborted'});
});
