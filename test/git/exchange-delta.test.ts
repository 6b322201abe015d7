/** A large file that was changed travels as a delta, and is what it was when it is there; git reads the same. */
import {createHash, randomBytes} from 'node:crypto';
import {chmod, open, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {deflateSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {DeltaBuilder, deltaLimits} from '../../source/git/delta-format.js';
import {encodeDeltaHeader, encodeEntryHeader, encodePackHeader} from '../../source/git/pack-format.js';
import {hashObject} from '../../source/git/object-format.js';
import {type Store} from '../../source/git/store.js';
import {type Oid} from '../../source/protocol/content.js';
import {clean, fsck, git, gitBytes, makeStore, save} from './make-store.js';

const mebibyte = 1024 * 1024;

async function importLarge(store: Store, folder: string, content: Buffer): Promise<Oid> {
	const file = path.join(folder, 'large');
	await writeFile(file, content);
	const written = await store.writeBlobFile(file);
	if (written === 'changed') throw new Error('it did not change');
	return written.oid;
}

async function contentOf(store: Store, oid: Oid): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of store.openBlob(oid) as AsyncIterable<Buffer>) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** Two stores with one large blob, and another one of it that only the first has. */
async function makePair(t: ExecutionContext, {content = randomBytes(3 * mebibyte), at = mebibyte} = {}) {
	const [one, other] = [await makeStore(t), await makeStore(t)];
	const base = await importLarge(one.store, one.folder, content);
	await importLarge(other.store, other.folder, content);
	const changed = Buffer.from(content);
	changed.writeUInt8((content.readUInt8(at) + 1) % 256, at);
	const oid = await importLarge(one.store, one.folder, changed);
	return {one: one.store, other: other.store, base, oid, content, changed};
}

for (const [what, content] of [
	['noise', randomBytes(3 * mebibyte)],
	['text', Buffer.alloc(3 * mebibyte, 'a text that deflates well\n')],
] as const) {
	test(`a byte of 3 MB of ${what} is sent as some bytes, and git makes the same of them`, async (t) => {
		const {one, other, base, oid, changed} = await makePair(t, {content});
		const pack = await one.packDelta(oid, base);
		t.true(pack !== undefined && pack.length < 200, `${pack?.length}`);

		const {store: oracle, folder} = await makeStore(t);
		await importLarge(oracle, folder, content);
		git(oracle, ['index-pack', '--stdin', '--fix-thin', '--strict'], pack);
		t.true(gitBytes(oracle, ['cat-file', 'blob', oid]).equals(changed));

		await other.takeDelta(pack!, {oid, base, bytes: changed.length});
		t.true((await contentOf(other, oid)).equals(changed));
		t.true(gitBytes(other, ['cat-file', 'blob', oid]).equals(changed));
		t.is(fsck(other), '');
	});
}

test('what deflates differently in its middle, and what git packed as deltas, is read all the same', async (t) => {
	const content = Buffer.concat([
		Buffer.alloc(mebibyte, 'text '),
		randomBytes(mebibyte),
		Buffer.alloc(mebibyte),
	]);
	const {one, other, base, oid, changed} = await makePair(t, {content, at: 1_500_000});
	git(one, ['-c', 'core.bigFileThreshold=1g', 'repack', '-adfq', '--keep-unreachable']);
	await other.takeDelta((await one.packDelta(oid, base))!, {oid, base, bytes: changed.length});
	t.true((await contentOf(other, oid)).equals(changed));
});

test('a plan names what stood in the place of a large blob, and of no other', async (t) => {
	const {store, folder} = await makeStore(t);
	const content = randomBytes(mebibyte);
	const first = await importLarge(store, folder, content);
	const small = await store.writeBlob(Buffer.from('small'));
	const former = await save(
		store,
		new Map([
			['large', clean(first)],
			['small', clean(small)],
		]),
	);
	const second = await importLarge(store, folder, Buffer.concat([content, randomBytes(9)]));
	const fresh = await importLarge(store, folder, randomBytes(mebibyte));
	const other = await store.writeBlob(Buffer.from('other'));
	const values = new Map([
		['large', clean(second)],
		['small', clean(other)],
		['new', clean(fresh)],
	]);
	const commit = await save(store, values);
	const {objects} = await store.enumerate(commit, {have: [former]});
	const bases = new Map(objects.filter(({base}) => base !== undefined).map(({oid, base}) => [oid, base]));
	t.deepEqual(bases, new Map([[second, first]]));
	const joiner = await store.enumerate(commit, {have: []});
	t.true(joiner.objects.every(({base}) => base === undefined));
});

test('a base that is not here, or damaged, is nobody’s fault', async (t) => {
	const {one, other, base, oid, changed} = await makePair(t);
	const {store: empty} = await makeStore(t);
	const pack = (await one.packDelta(oid, base))!;
	const given = {oid, base, bytes: changed.length};
	await t.throwsAsync(empty.takeDelta(pack, given), {code: 'missing_object'});

	const packs = path.join(other.gitDir, 'objects', 'pack');
	const name = (await readdir(packs)).find((each) => each.endsWith('.pack'))!;
	await chmod(path.join(packs, name), 0o644);
	const handle = await open(path.join(packs, name), 'r+');
	await handle.write(Buffer.alloc(64), 0, 64, 500_000);
	await handle.close();
	await t.throwsAsync(other.takeDelta(pack, given), {code: 'missing_object'});
	t.is(await other.info(oid), undefined);
});

test('what is there already is not made again', async (t) => {
	const {one, base, oid, changed} = await makePair(t);
	const packs = path.join(one.gitDir, 'objects', 'pack');
	const before = (await readdir(packs)).length;
	await one.takeDelta((await one.packDelta(oid, base))!, {oid, base, bytes: changed.length});
	t.is((await readdir(packs)).length, before);
});

function seal(body: Buffer): Buffer {
	return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

function deltaPack(base: Oid, delta: Buffer, {claimed = delta.length, count = 1} = {}): Buffer {
	return seal(Buffer.concat([encodePackHeader(count), encodeDeltaHeader(base, claimed), deflateSync(delta)]));
}

test('hostile deltas are refused, and nothing of them stays', async (t) => {
	const {store, folder} = await makeStore(t);
	const content = randomBytes(mebibyte);
	const base = await importLarge(store, folder, content);
	const tree = await store.writeTree(undefined, new Map([['a', clean(base)]]));
	const target = Buffer.concat([content, Buffer.from('!')]);
	const oid = hashObject('blob', target);
	const given = {oid, base, bytes: target.length};
	const build = (baseBytes = content.length, resultBytes = target.length) => {
		const builder = new DeltaBuilder(baseBytes, resultBytes);
		builder.copy(0, content.length);
		builder.insert(Buffer.from('!'));
		return builder.finish();
	};
	const right = build();
	const blob = Buffer.concat([encodeEntryHeader('blob', 1), deflateSync(Buffer.from('x'))]);
	const treeBytes = (await store.info(tree))!.bytes;
	const before = await readdir(path.join(store.gitDir, 'objects', 'pack'));
	for (const [what, pack, announced] of [
		['a pack that is none', randomBytes(100), given],
		['a wrong checksum', Buffer.concat([deltaPack(base, right).subarray(0, -1), Buffer.from([0])]), given],
		['a whole object', seal(Buffer.concat([encodePackHeader(1), blob])), given],
		['two deltas', deltaPack(base, right, {count: 2}), given],
		[
			'a delta at an offset',
			seal(Buffer.concat([encodePackHeader(1), Buffer.from([0x64, 12]), deflateSync(right)])),
			given,
		],
		[
			'bytes behind it',
			seal(Buffer.concat([deltaPack(base, right).subarray(0, -20), Buffer.from('x')])),
			given,
		],
		['a longer delta than it says', deltaPack(base, right, {claimed: right.length - 1}), given],
		['a shorter delta than it says', deltaPack(base, right, {claimed: right.length + 1}), given],
		['a bomb', deltaPack(base, Buffer.alloc(50_000_000), {claimed: right.length}), given],
		['a bomb that says so', deltaPack(base, Buffer.alloc(deltaLimits.bytes + 1)), given],
		['another base than announced', deltaPack('ab'.repeat(20), right), given],
		['a base of another size', deltaPack(base, build(content.length + 1)), given],
		['another size than announced', deltaPack(base, right), {...given, bytes: 5}],
		['a base that is no blob', deltaPack(tree, build(treeBytes)), {...given, base: tree}],
		['an object that is another', deltaPack(base, right), {...given, oid: 'ab'.repeat(20)}],
		[
			'an object beyond all limits',
			deltaPack(base, build(content.length, 2 ** 40)),
			{...given, bytes: 2 ** 40},
		],
	] as const) {
		const error = await t.throwsAsync(store.takeDelta(pack, announced), {code: 'hostile_data'}, what);
		t.truthy(error, what);
	}

	t.deepEqual(await readdir(path.join(store.gitDir, 'objects', 'pack')), before);
	t.deepEqual(await readdir(path.join(store.gitDir, 'tmp')), []);
	// A delta upon a delta: the first is an object like any other when it is there.
	await store.takeDelta(deltaPack(base, right), given);
	const next = Buffer.concat([target, Buffer.from('?')]);
	const builder = new DeltaBuilder(target.length, next.length);
	builder.copy(0, target.length);
	builder.insert(Buffer.from('?'));
	const nextOid = hashObject('blob', next);
	await store.takeDelta(deltaPack(oid, builder.finish()), {oid: nextOid, base: oid, bytes: next.length});
	t.true((await contentOf(store, nextOid)).equals(next));
	t.is(fsck(store), '');
});
