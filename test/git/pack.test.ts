import {createHash, randomBytes} from 'node:crypto';
import {readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {deflateSync} from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import {encodeCommit} from '../../source/git/commit-format.js';
import {hashObject, type ObjectType} from '../../source/git/object-format.js';
import {encodeEntryHeader, encodePackHeader} from '../../source/git/pack-format.js';
import {packLimits, scanPack} from '../../source/git/pack-scan.js';
import {encodeTree} from '../../source/git/tree-format.js';
import {Failure} from '../../source/protocol/failure.js';
import {fsck, git, gitBytes, makeStore} from './make-store.js';

type Part = Buffer | {type: ObjectType; content: Buffer; claimed?: number};

function seal(body: Buffer): Buffer {
	return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

function makePack(parts: readonly Part[], count = parts.length): Buffer {
	const entries = parts.map((part) =>
		!('content' in part)
			? part
			: Buffer.concat([
					encodeEntryHeader(part.type, part.claimed ?? part.content.length),
					deflateSync(part.content),
				]),
	);
	return seal(Buffer.concat([encodePackHeader(count), ...entries]));
}

const blob = (text: string | Buffer): Part => ({type: 'blob', content: Buffer.from(text)});
const oid = 'ab'.repeat(20);
const tree = (name: string, mode = '100644'): Part => ({
	type: 'tree',
	content: Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
});

function deltaEntry(type: 6 | 7): Buffer {
	const base = type === 6 ? Buffer.from([12]) : Buffer.from(oid, 'hex');
	return Buffer.concat([Buffer.from([(type << 4) | 4]), base, deflateSync(Buffer.from([1, 1, 1, 65]))]);
}

const hostile: ReadonlyArray<[what: string, pack: Buffer]> = [
	['nothing', Buffer.alloc(0)],
	['noise', randomBytes(200)],
	['another version', seal(Buffer.from('PACK\0\0\0\u0003\0\0\0\0', 'latin1'))],
	['a wrong checksum', Buffer.concat([makePack([blob('x')]).subarray(0, -1), Buffer.from([0])])],
	['more objects than it holds', makePack([blob('x')], 2)],
	['fewer objects than it holds', makePack([blob('x'), blob('y')], 1)],
	['a count beyond its size', makePack([], 4_000_000_000)],
	['an object twice', makePack([blob('x'), blob('x')])],
	['a delta on an offset', makePack([blob('x'), deltaEntry(6)])],
	['a delta on an id', makePack([deltaEntry(7)])],
	['a tag', makePack([Buffer.concat([Buffer.from([0x40]), deflateSync(Buffer.alloc(0))])])],
	['an object of type 0', makePack([Buffer.concat([Buffer.from([0x00]), deflateSync(Buffer.alloc(0))])])],
	['a bomb that declares little', makePack([{type: 'blob', content: Buffer.alloc(50_000_000), claimed: 10}])],
	['a bomb that declares all of it', makePack([{type: 'blob', content: Buffer.alloc(50_000_000)}])],
	[
		'many that are too much together',
		makePack(Array.from({length: 3}, (_, at) => blob(Buffer.alloc(12_000_000, at)))),
	],
	['an object shorter than declared', makePack([{type: 'blob', content: Buffer.from('abc'), claimed: 4}])],
	['an object longer than declared', makePack([{type: 'blob', content: Buffer.from('abcd'), claimed: 3}])],
	['a size without an end', makePack([Buffer.alloc(30, 0xff)])],
	[
		'data that is not deflated',
		makePack([Buffer.concat([encodeEntryHeader('blob', 3), Buffer.from('abcdefgh')])]),
	],
	[
		'a stream that is cut off',
		makePack([
			Buffer.concat([encodeEntryHeader('blob', 3000), deflateSync(randomBytes(3000)).subarray(0, 99)]),
		]),
	],
	[
		'a stream that wants a dictionary',
		makePack([
			Buffer.concat([
				encodeEntryHeader('blob', 3),
				deflateSync(Buffer.from('abc'), {dictionary: Buffer.from('abc')}),
			]),
		]),
	],
	[
		'bytes after the objects',
		seal(Buffer.concat([makePack([blob('x')]).subarray(0, -20), Buffer.from('more')])),
	],
	['a tree that names .git', makePack([tree('.git', '40000')])],
	['a tree that names .GIT', makePack([tree('.GIT', '40000')])],
	['a tree that leads out', makePack([tree('..', '40000')])],
	['a tree with a file .pulsync', makePack([tree('.pulsync')])],
	['a tree with a submodule', makePack([tree('sub', '160000')])],
	['a tree with an escape sequence', makePack([tree('\u001b[2J')])],
	['a tree that is none', makePack([{type: 'tree', content: Buffer.from('no tree')}])],
	['a commit that is none', makePack([{type: 'commit', content: Buffer.from('no commit')}])],
	[
		'a tree that names .git behind megabytes that are sound',
		makePack([{type: 'blob', content: randomBytes(3_000_000)}, tree('.git', '40000')]),
	],
];

for (const [what, pack] of hostile) {
	test(`a pack with ${what} is refused and leaves nothing`, async (t) => {
		const {store} = await makeStore(t);
		const before = git(store, ['count-objects', '-v']);
		const error = await t.throwsAsync(store.indexPack(pack), {instanceOf: Failure, code: 'hostile_data'});
		t.is(error?.severity, 'hostile');
		t.is(git(store, ['count-objects', '-v']), before);
		t.deepEqual(await readdir(path.join(store.gitDir, 'tmp')), []);
	});
}

test('a pack whose bytes were changed anywhere is refused or holds what it held', (t) => {
	const pack = makePack([blob('one'), blob('two'.repeat(100)), tree('a')]);
	const ids = [...scanPack(pack)].map((object) => object.oid);
	fc.assert(
		fc.property(fc.nat(pack.length - 21), fc.integer({min: 1, max: 255}), (at, change) => {
			const body = Buffer.from(pack.subarray(0, -20));
			body.writeUInt8(body.readUInt8(at) ^ change, at);
			try {
				const found = [...scanPack(seal(body))];
				t.true(found.every((object) => hashObject(object.type, object.content) === object.oid));
			} catch (error) {
				t.true(error instanceof Failure && error.code === 'hostile_data');
			}
		}),
	);
	t.is(ids.length, 3);
});

test('scanning finds every object that was packed', (t) => {
	const part = fc.oneof(
		fc.uint8Array({maxLength: 300}).map((bytes) => blob(Buffer.from(bytes))),
		fc.constantFrom('a', 'b', 'é').map((name) => tree(name)),
		fc.nat().map((atMs): Part => ({
			type: 'commit',
			content: encodeCommit({
				tree: oid,
				parents: [],
				author: {name: 'A', peerId: 'a'},
				atMs: atMs * 1000,
				message: '',
			}),
		})),
	);
	fc.assert(
		fc.property(fc.uniqueArray(part, {selector: (one) => JSON.stringify(one)}), (parts) => {
			const scanned = [...scanPack(makePack(parts))].map(({type, content}) => ({type, content}));
			t.deepEqual(scanned, parts as typeof scanned);
		}),
	);
});

test('what one store packs another takes in, few objects or many, small or large', async (t) => {
	const {store} = await makeStore(t);
	const {store: other} = await makeStore(t);
	const few = await Promise.all(
		['', 'a', 'b'.repeat(9000)].map(async (text) => store.writeBlob(Buffer.from(text))),
	);
	const many = await Promise.all(
		Array.from({length: 300}, async (_, at) => store.writeBlob(Buffer.from(`many ${at}`))),
	);
	const large = await Promise.all([
		store.writeBlob(randomBytes(3_000_000)),
		store.writeBlob(Buffer.alloc(4_000_000, 'ab')),
	]);
	for (const oids of [few, many, large]) {
		const {objects} = await other.indexPack(await store.packObjects([...oids, ...oids]));
		t.deepEqual(objects.map((object) => object.oid).sort(), [...oids].sort());
		for (const each of oids) {
			t.deepEqual(gitBytes(other, ['cat-file', 'blob', each]), gitBytes(store, ['cat-file', 'blob', each]));
		}
	}

	t.is(fsck(other), '');
	t.is((await readdir(path.join(other.gitDir, 'objects', 'pack'))).length, 4);
});

test('a small pack is smaller than a quick one and holds the same, few objects or many', async (t) => {
	const {store} = await makeStore(t);
	const {store: other} = await makeStore(t);
	const text = (seed: number) =>
		Array.from({length: 800}, (_, at) => `line ${at} of ${seed}: ${((at * seed) % 997).toString(36)}\n`).join(
			'',
		);
	const oids = await Promise.all(
		Array.from({length: 100}, async (_, at) => store.writeBlob(Buffer.from(text(at + 1)))),
	);
	for (const some of [oids.slice(0, 5), oids]) {
		const quick = await store.packObjects(some, {packing: 'quick'});
		const small = await store.packObjects(some, {packing: 'small'});
		t.true(small.length < quick.length, `${small.length} of ${quick.length}`);
		for (const pack of [quick, small]) {
			const {objects} = await other.indexPack(pack);
			t.deepEqual(objects.map((object) => object.oid).sort(), [...some].sort());
		}
	}
});

test('packing what is not there fails by name, whether few or many are asked for', async (t) => {
	const {store} = await makeStore(t);
	const there = await Promise.all(
		Array.from({length: 100}, async (_, at) => store.writeBlob(Buffer.from(`${at}`))),
	);
	await t.throwsAsync(store.packObjects([oid]), {code: 'missing_object'});
	await t.throwsAsync(store.packObjects([...there, oid]), {code: 'missing_object'});
});

test('packing stops when it is told to', async (t) => {
	const {store} = await makeStore(t);
	const large = await store.writeBlob(randomBytes(4_000_000));
	await t.throwsAsync(store.packObjects([large], {signal: AbortSignal.abort(new Failure('aborted'))}), {
		code: 'aborted',
	});
});

test('the index that we make of a pack is the one that git makes', async (t) => {
	const {store, folder} = await makeStore(t);
	const files = await Promise.all(
		Array.from({length: 60}, async (_, at) => {
			const file = path.join(folder, `file ${at}`);
			await writeFile(file, at === 7 ? randomBytes(800_000) : `text ${at}\n`.repeat(at));
			return {path: file, mode: 'file' as const};
		}),
	);
	const results = [];
	for await (const result of store.writeBlobFiles(files)) {
		results.push(result);
	}

	const packs = path.join(store.gitDir, 'objects', 'pack');
	const [name = ''] = (await readdir(packs)).filter((each) => each.endsWith('.pack'));
	const ours = gitBytes(
		store,
		['show-index'],
		await readBytes(path.join(packs, name.replace('.pack', '.idx'))),
	);
	const made = path.join(folder, 'made.idx');
	git(store, ['index-pack', '--strict', '-o', made, path.join(packs, name)]);
	t.deepEqual(gitBytes(store, ['show-index'], await readBytes(made)).toString(), ours.toString());
	t.deepEqual(await readBytes(made), await readBytes(path.join(packs, name.replace('.pack', '.idx'))));
	t.is(results.length, 60);
});

test('limits are such that a segment of 8 MiB fits', (t) => {
	t.true(packLimits.packBytes > 8.5 * 1024 * 1024);
	t.true(packLimits.contentBytes > 8.5 * 1024 * 1024);
	t.is([...scanPack(makePack([blob(randomBytes(8 * 1024 * 1024))]))].length, 1);
	t.is(encodeTree([]).length, 0);
});

async function readBytes(file: string): Promise<Buffer> {
	const {readFile} = await import('node:fs/promises');
	return readFile(file);
}
