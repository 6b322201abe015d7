import {randomBytes} from 'node:crypto';
import {appendFile, chmod, mkdir, open, readdir, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {type ImportFile, type ImportResult} from '../../source/git/bulk-import.js';
import {type Store} from '../../source/git/store.js';
import {fsck, git, makeStore} from './make-store.js';

async function importAll(store: Store, files: readonly ImportFile[]): Promise<ImportResult[]> {
	const results: ImportResult[] = [];
	for await (const result of store.writeBlobFiles(files)) {
		results.push(result);
	}

	return results;
}

async function makeFiles(folder: string, contents: readonly Buffer[]): Promise<ImportFile[]> {
	return Promise.all(
		contents.map(async (content, at) => {
			const file = path.join(folder, `file ${at}`);
			await writeFile(file, content);
			return {path: file, mode: 'file' as const};
		}),
	);
}

for (const count of [1, 16, 17, 150]) {
	test(`${count} files, empty, equal, small and large, have the ids that git gives them`, async (t) => {
		const {store, folder} = await makeStore(t);
		const contents = Array.from({length: count}, (_, at) => {
			switch (at % 5) {
				case 0: {
					return at === 0 ? randomBytes(700_000) : Buffer.alloc(700_000, `${at % 10}`);
				}

				case 1: {
					return Buffer.alloc(0);
				}

				case 2: {
					return Buffer.from('equal');
				}

				default: {
					return Buffer.from(`text ${at}\r\n\0\ufeff`);
				}
			}
		});
		const files = await makeFiles(folder, contents);
		const results = await importAll(store, files);
		const expected = git(
			store,
			['hash-object', '--stdin-paths', '--no-filters'],
			files.map((file) => `${file.path}\n`).join(''),
		).split('\n');
		t.deepEqual(
			results,
			expected.map((oid, index) => ({index, oid, bytes: contents[index]?.length ?? 0})),
		);
		const size = (await store.size()).bytes;
		t.is(fsck(store), '');
		t.deepEqual(await importAll(store, files), results);
		t.is((await store.size()).bytes, size);
	});
}

test('files that vanish, turn into something else or cannot be read are told apart, and the rest goes on', async (t) => {
	const {store, folder} = await makeStore(t);
	const at = (name: string) => path.join(folder, name);
	await writeFile(at('good'), 'good');
	await mkdir(at('folder'));
	await symlink('some/target', at('link'));
	await writeFile(at('secret'), 'secret');
	await chmod(at('secret'), 0);
	const results = await importAll(store, [
		{path: at('missing'), mode: 'file'},
		{path: at('folder'), mode: 'file'},
		{path: at('link'), mode: 'file'},
		{path: at('good'), mode: 'symlink'},
		{path: at('link'), mode: 'symlink'},
		{path: at('good'), mode: 'file'},
		{path: at('good/below'), mode: 'file'},
	]);
	t.deepEqual(
		results.map((result) => ('oid' in result ? 'taken' : result.error)),
		['changed', 'changed', 'changed', 'changed', 'taken', 'taken', 'changed'],
	);
	const link = results[4];
	t.is((await store.read(link && 'oid' in link ? link.oid : '', 100)).toString(), 'some/target');
	if (process.getuid?.() !== 0) {
		const [refused] = await importAll(store, [{path: at('secret'), mode: 'file'}]);
		t.like(refused, {error: {code: 'unreadable'}});
		await t.throwsAsync(store.writeBlobFile(at('secret')), {code: 'unreadable'});
	}

	t.is(await store.writeBlobFile(at('missing')), 'changed');
	t.is((await store.writeBlobFile(at('link'), {mode: 'symlink'})) === 'changed', false);
});

test('a file that grows, shrinks or is rewritten while it is read is either whole or changed, never torn', async (t) => {
	const {store, folder} = await makeStore(t);
	const file = path.join(folder, 'busy');
	const whole = new Set<string>();
	const contents = ['a', 'b'].map((letter) => Buffer.alloc(3_000_000, letter));
	for (const content of contents) {
		whole.add(git(store, ['hash-object', '--stdin'], content));
	}

	for (let round = 0; round < 12; round++) {
		await writeFile(file, contents[round % 2] ?? '');
		const reading = store.writeBlobFile(file);
		const handle = await open(file, 'r+');
		if (round % 3 === 0) {
			await appendFile(file, 'more');
		} else if (round % 3 === 1) {
			await truncate(file, 1000);
		} else {
			await handle.write(contents[(round + 1) % 2] ?? Buffer.alloc(0), 0, 3_000_000, 0);
		}

		await handle.close();
		const result = await reading;
		const isWhole = result === 'changed' || whole.has(result.oid) || [1000, 3_000_004].includes(result.bytes);
		t.true(isWhole);
	}

	t.is(fsck(store), '');
});

test('an import that is left early or stopped leaves nothing behind', async (t) => {
	const {store, folder} = await makeStore(t);
	const files = await makeFiles(
		folder,
		Array.from({length: 100}, (_, at) => Buffer.from(`${at}`)),
	);
	for await (const result of store.writeBlobFiles(files)) {
		if (result.index === 50) {
			break;
		}
	}

	const stop = new AbortController();
	await t.throwsAsync(
		async () => {
			for await (const result of store.writeBlobFiles(files, {signal: stop.signal})) {
				if (result.index === 40) {
					stop.abort();
				}
			}
		},
		{code: 'aborted'},
	);
	t.deepEqual(await readdir(path.join(store.gitDir, 'tmp')), []);
	t.deepEqual(await readdir(path.join(store.gitDir, 'objects', 'pack')), []);
	t.is((await importAll(store, files)).length, 100);
});

test('progress counts files and bytes up to all of them', async (t) => {
	const {store, folder} = await makeStore(t);
	const files = await makeFiles(
		folder,
		Array.from({length: 40}, () => Buffer.alloc(10)),
	);
	const seen: Array<{files: number; bytes: number}> = [];
	for await (const result of store.writeBlobFiles(files, {onProgress: (progress) => seen.push(progress)})) {
		t.true('oid' in result);
	}

	t.deepEqual(seen.at(-1), {files: 40, bytes: 400});
	await rm(folder, {recursive: true, force: true});
});
