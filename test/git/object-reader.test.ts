import {randomBytes} from 'node:crypto';
import {readdirSync, readlinkSync} from 'node:fs';
import {chmod, open, readdir} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {hashObject} from '../../source/git/object-format.js';
import {ObjectReader} from '../../source/git/object-reader.js';
import {type Layout} from '../../source/git/repository-layout.js';
import {type Store} from '../../source/git/store.js';
import {Failure} from '../../source/protocol/failure.js';
import {git, makeStore} from './make-store.js';

const missing = 'f'.repeat(40);

function readerOf(t: ExecutionContext, {gitDir}: Store): ObjectReader {
	const objects = path.join(gitDir, 'objects');
	const layout = {gitDir, objects, packs: path.join(objects, 'pack')} as Layout;
	const reader = new ObjectReader(layout);
	t.teardown(async () => reader.close());
	return reader;
}

/** Texts that are alike, so that git stores most of them as deltas when it is asked to. */
const texts = Array.from({length: 120}, (_, at) => Buffer.from(`${'the same line\n'.repeat(200)}${at}\n`));

async function writeTexts(store: Store): Promise<void> {
	await store.indexPack(await packOf(store));
}

async function packOf(store: Store): Promise<Buffer> {
	const oids = await Promise.all(texts.map(async (text) => store.writeBlob(text)));
	return store.packObjects(oids);
}

async function assertAll(t: ExecutionContext, reader: ObjectReader): Promise<void> {
	await Promise.all(
		texts.map(async (text) => {
			const oid = hashObject('blob', text);
			t.deepEqual(await reader.info(oid), {type: 'blob', bytes: text.length});
			t.deepEqual((await reader.read(oid, text.length))?.content, text);
			const tooLarge = await reader.read(oid, text.length - 1);
			t.is(tooLarge?.bytes, text.length);
			t.is(tooLarge?.content, undefined);
		}),
	);
	t.is(await reader.info(missing), undefined);
	t.is(await reader.read(missing, 10), undefined);
}

test('objects are read whether they are loose, in a pack, or deltas, and what is not there is not', async (t) => {
	const {store} = await makeStore(t);
	const reader = readerOf(t, store);
	await Promise.all(texts.map(async (text) => store.writeBlob(text)));
	const kinds = async () =>
		new Set(
			await Promise.all(texts.map(async (text) => (await reader.stored(hashObject('blob', text))).kind)),
		);
	t.deepEqual(await kinds(), new Set(['loose']));
	await assertAll(t, reader);

	await writeTexts(store);
	t.deepEqual(await kinds(), new Set(['packed']));
	await assertAll(t, reader);

	git(store, ['repack', '-adf', '--keep-unreachable', '--window=20', '--depth=20', '-q']);
	reader.restart();
	t.true((await kinds()).has('elsewhere'), 'git made no deltas');
	await assertAll(t, reader);
});

test('packs that were joined behind our back are found out', async (t) => {
	const {store} = await makeStore(t);
	await writeTexts(store);
	const reader = readerOf(t, store);
	await assertAll(t, reader);
	git(store, ['repack', '-ad', '--keep-unreachable', '--window=0', '-q']);
	await assertAll(t, reader);
});

test('an object that is written after a question for it is there for the next one', async (t) => {
	const {store} = await makeStore(t);
	const reader = readerOf(t, store);
	const text = Buffer.from('late');
	t.is(await reader.info(hashObject('blob', text)), undefined);
	await store.writeBlob(text);
	t.is((await reader.info(hashObject('blob', text)))?.bytes, 4);
	await writeTexts(store);
	await assertAll(t, reader);
});

test('a pack entry that was damaged is never sent on, and reading it fails', async (t) => {
	const {store} = await makeStore(t);
	const noise = Array.from({length: 30}, () => randomBytes(30_000));
	const oids = await Promise.all(noise.map(async (bytes) => store.writeBlob(bytes)));
	await store.indexPack(await store.packObjects(oids));
	git(store, ['prune-packed', '-q']);
	const folder = path.join(store.gitDir, 'objects', 'pack');
	const name = (await readdir(folder)).find((file) => file.endsWith('.pack'))!;
	await chmod(path.join(folder, name), 0o644);
	const handle = await open(path.join(folder, name), 'r+');
	const {size} = await handle.stat();
	for (let at = 5000; at < size - 5000; at += 10_000) await handle.write(Buffer.from('damaged!'), 0, 8, at);
	await handle.close();
	await t.throwsAsync(store.packObjects(oids), {instanceOf: Failure, code: 'store_damaged'});
	for (const [at, oid] of oids.entries()) {
		const content = await store.read(oid, 100_000).catch(() => undefined);
		t.true(content === undefined || !content.equals(noise[at]!) || hashObject('blob', content) === oid);
	}
});

test('a large blob is streamed from its pack, and one that was cut short fails', async (t) => {
	const {store, folder} = await makeStore(t);
	const bytes = randomBytes(3_000_000);
	const file = path.join(folder, 'large');
	const handle = await open(file, 'w');
	await handle.write(bytes);
	await handle.close();
	const written = await store.writeBlobFile(file);
	t.not(written, 'changed');
	const {oid} = written as {oid: string};
	const chunks: Buffer[] = [];
	for await (const chunk of store.openBlob(oid) as AsyncIterable<Buffer>) chunks.push(chunk);
	t.true(Buffer.concat(chunks).equals(bytes));

	const packs = path.join(store.gitDir, 'objects', 'pack');
	const name = (await readdir(packs)).find((each) => each.endsWith('.pack'))!;
	await chmod(path.join(packs, name), 0o644);
	const pack = await open(path.join(packs, name), 'r+');
	await pack.write(Buffer.alloc(64), 0, 64, 1_000_000);
	await pack.close();
	const damaged: Buffer[] = [];
	const read = async () => {
		for await (const chunk of store.openBlob(oid) as AsyncIterable<Buffer>) damaged.push(chunk);
	};
	// Stored without compression, damage shows in zlib's own checksum at the end.
	await t.throwsAsync(read(), {instanceOf: Failure, code: 'store_damaged'});
});

test('a closed reader answers nothing more', async (t) => {
	const {store} = await makeStore(t);
	const reader = readerOf(t, store);
	await reader.close();
	await t.throwsAsync(reader.info(missing), {message: /closed/});
});

test('of many packs only some stay open, also where their objects are remembered', async (t) => {
	const {store} = await makeStore(t);
	const other = (await makeStore(t)).store;
	const oids: string[] = [];
	for (let at = 0; at < 140; at++) {
		// Less would be stored loose.
		const oid = await other.writeBlob(randomBytes(600_000));
		await store.indexPack(await other.packObjects([oid]));
		oids.push(oid);
	}
	const reader = readerOf(t, store);
	const openPacks = () =>
		readdirSync('/proc/self/fd').filter((file) => {
			try {
				return readlinkSync(`/proc/self/fd/${file}`).startsWith(`${path.join(store.gitDir, 'objects')}/`);
			} catch {
				return false;
			}
		}).length;
	for (let round = 0; round < 2; round++) {
		for (const oid of oids) t.is((await reader.read(oid, 600_000))?.content?.length, 600_000);
		t.true(openPacks() <= 128, `${openPacks()} are open`);
	}
});
