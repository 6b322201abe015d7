import {randomBytes} from 'node:crypto';
import {readdir, truncate, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {hashObject} from '../../source/git/object-format.js';
import {encodeTree} from '../../source/git/tree-format.js';
import {fsck, gitBytes, makeStore, openStore} from './make-store.js';

const content = randomBytes(3_000_000);
const oid = hashObject('blob', content);

test('an object that comes in parts is there when all parts are, and not before', async (t) => {
	const {store, folder} = await makeStore(t);
	const incoming = await store.openIncoming(oid, 'blob', content.length, 0);
	for (let at = 0; at < content.length; at += 1_000_000) {
		await t.throwsAsync(store.read(oid, 10_000_000), {code: 'missing_object'});
		await incoming.write(content.subarray(at, at + 1_000_000));
	}

	await incoming.finish();
	t.deepEqual(gitBytes(store, ['cat-file', 'blob', oid]), content);
	t.deepEqual(await readdir(path.join(folder, 'tmp', 'incoming')), []);
	t.is(fsck(store), '');
});

test('it goes on after a restart where the bytes end, even if that is before what was noted', async (t) => {
	const {store, folder} = await makeStore(t);
	const first = await store.openIncoming(oid, 'blob', content.length, 0);
	await first.write(content.subarray(0, 2_000_000));
	await first.close();
	await store.close();
	const again = await openStore(t, folder);
	t.is(await again.incomingBytes(oid), 2_000_000);
	await truncate(path.join(folder, 'tmp', 'incoming', oid), 1_500_000);
	const second = await again.openIncoming(oid, 'blob', content.length, 2_000_000);
	t.is(second.offset, 1_500_000);
	await t.throwsAsync(second.finish(), {code: 'incomplete'});
	await second.close();
	const third = await again.openIncoming(oid, 'blob', content.length, 1_000_000);
	t.is(third.offset, 1_000_000);
	await third.write(content.subarray(1_000_000));
	await third.finish();
	t.true(await again.has(oid));
});

test('bytes that are not the object’s are thrown away as hostile', async (t) => {
	const {store, folder} = await makeStore(t);
	const incoming = await store.openIncoming(oid, 'blob', content.length, 0);
	await incoming.write(Buffer.alloc(content.length));
	await t.throwsAsync(incoming.finish(), {code: 'hostile_data'});
	t.false(await store.has(oid));
	t.deepEqual(await readdir(path.join(folder, 'tmp', 'incoming')), []);
	t.deepEqual(await readdir(path.join(store.gitDir, 'tmp')), []);
});

test('more bytes than declared are refused before they are written', async (t) => {
	const {store} = await makeStore(t);
	const incoming = await store.openIncoming(oid, 'blob', 10, 0);
	await t.throwsAsync(incoming.write(Buffer.alloc(11)), {code: 'hostile_data'});
	t.is(incoming.offset, 0);
	await incoming.abandon();
});

test('a large tree comes in parts as well, and is judged', async (t) => {
	const {store} = await makeStore(t);
	const good = encodeTree(
		Array.from({length: 3000}, (_, at) => ({name: `file ${at}`, mode: '100644' as const, oid})),
	);
	const bad = encodeTree([{name: '.git', mode: '40000', oid}]);
	for (const [bytes, code] of [
		[good, undefined],
		[bad, 'hostile_data'],
	] as const) {
		const id = hashObject('tree', bytes);
		const incoming = await store.openIncoming(id, 'tree', bytes.length, 0);
		await incoming.write(bytes);
		await (code ? t.throwsAsync(incoming.finish(), {code}) : incoming.finish());
		t.is(await store.has(id), code === undefined);
	}
});

for (const [what, id, type, bytes] of [
	['an id that is none', '../../x', 'blob', 10],
	['a size below zero', oid, 'blob', -1],
	['a size that is no number', oid, 'blob', Number.NaN],
	['a size beyond all disks', oid, 'blob', 2 ** 52],
	['a tree that is too large', oid, 'tree', 20_000_000],
] as const) {
	test(`${what} is refused`, async (t) => {
		const {store} = await makeStore(t);
		await t.throwsAsync(store.openIncoming(id, type, bytes, 0), {code: 'hostile_data'});
	});
}

test('what nobody went on with for a week is removed, what is younger stays', async (t) => {
	const {store, folder} = await makeStore(t);
	await store.close();
	const [old, young] = ['a', 'b'].map((letter) => path.join(folder, 'tmp', 'incoming', letter.repeat(40)));
	for (const file of [old ?? '', young ?? '']) {
		await writeFile(file, 'part');
	}

	await utimes(old ?? '', 1, 1);
	await openStore(t, folder);
	t.deepEqual(await readdir(path.join(folder, 'tmp', 'incoming')), ['b'.repeat(40)]);
});
