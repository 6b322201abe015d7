import {readdir, readFile, readlink} from 'node:fs/promises';
import test from 'ava';
import {CatFile} from '../../source/git/cat-file.js';
import {hashObject} from '../../source/git/object-format.js';
import {type Store} from '../../source/git/store.js';
import {git, makeStore} from './make-store.js';

/** Process ids of the `cat-file` children that work on this store. */
async function children(store: Store): Promise<number[]> {
	const found: number[] = [];
	for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
		const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
		const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
		if (command.includes('cat-file') && folder === store.gitDir) {
			found.push(Number(pid));
		}
	}

	return found;
}

const onLinux = process.platform === 'linux' ? test : test.skip;

test('many requests at once are each answered with their own object', async (t) => {
	const {store} = await makeStore(t);
	const objects = new CatFile(store.gitDir);
	t.teardown(async () => objects.close());
	const texts = Array.from({length: 500}, (_, at) => Buffer.from(`${at}`.repeat(at)));
	const input = texts.map((text) => `blob\ndata ${text.length}\n${text.toString()}\n`).join('');
	git(store, ['fast-import', '--quiet'], input);
	await Promise.all(
		texts.map(async (text, at) => {
			const oid = hashObject('blob', text);
			if (at % 3 === 0) {
				t.deepEqual(await objects.info(oid), {type: 'blob', bytes: text.length});
			} else if (at % 3 === 1) {
				t.deepEqual((await objects.read(oid, 10_000))?.content, text);
			} else {
				t.is((await objects.read(oid, text.length - 1))?.content, undefined);
				t.is(await objects.info('f'.repeat(40)), undefined);
			}
		}),
	);
});

onLinux(
	'a child that is killed is replaced, and its open requests are answered by the next one',
	async (t) => {
		const {store} = await makeStore(t);
		const oid = await store.writeBlob(Buffer.from('text'));
		const objects = new CatFile(store.gitDir);
		t.teardown(async () => objects.close());
		await objects.info(oid);
		const before = await children(store);
		t.is(before.length, 1);
		for (const pid of before) {
			process.kill(pid, 'SIGKILL');
		}

		const reads = await Promise.all(Array.from({length: 50}, async () => objects.read(oid, 10)));
		t.true(reads.every((object) => object?.content?.toString() === 'text'));
		t.notDeepEqual(await children(store), before);
	},
);

onLinux('closing ends the child, and later requests are refused', async (t) => {
	const {store} = await makeStore(t);
	const objects = new CatFile(store.gitDir);
	await objects.info('f'.repeat(40));
	t.is((await children(store)).length, 1);
	await objects.close();
	t.deepEqual(await children(store), []);
	await t.throwsAsync(objects.info('f'.repeat(40)), {message: /closed/});
});

test('a child that was told to restart answers what is open first, and the next one sees new packs', async (t) => {
	const {store} = await makeStore(t);
	const objects = new CatFile(store.gitDir);
	t.teardown(async () => objects.close());
	const oid = await store.writeBlob(Buffer.from('text'));
	const open = objects.read(oid, 10);
	objects.restart();
	t.is((await open)?.content?.toString(), 'text');
	git(store, ['fast-import', '--quiet'], 'blob\ndata 3\nnew\n');
	t.is((await objects.read(hashObject('blob', Buffer.from('new')), 10))?.content?.toString(), 'new');
});
