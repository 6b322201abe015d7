import test from 'ava';
import {chmodSync, existsSync, lstatSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {absent, parseContent} from '../../source/protocol/content.js';
import {applySteps} from '../../source/workspace/apply-step.js';
import {hashBytes} from '../../source/workspace/hash-file.js';
import {StageAhead} from '../../source/workspace/stage-ahead.js';
import {MemoryBlobs} from './memory-blobs.js';
import {makeProject} from './temp-project.js';

for (const [size, bytes] of [
	['small', 10],
	['large', 3_000_000],
] as const) {
	test(`a ${size} blob becomes a file with the permissions of any new one, and is handed out once`, async (t) => {
		const {root, folder} = makeProject(t);
		const ahead = new StageAhead(folder);
		const content = Buffer.alloc(bytes, 7);
		const oid = hashBytes(content);
		await ahead.offer(oid, content);
		await ahead.offer(oid, content);
		t.is(ahead.bytesOf(oid), bytes);
		const file = (await ahead.take(oid))!;
		await file.sync();
		t.true(readFileSync(file.path).equals(content));
		writeFileSync(join(root, 'new'), '');
		t.is(lstatSync(file.path).mode, lstatSync(join(root, 'new')).mode);
		t.is(await ahead.take(oid), undefined);
		await file.discard();
		t.false(existsSync(file.path));
		await ahead.close();
		t.deepEqual(readdirSync(join(folder, 'tmp')), []);
	});
}

test('what nobody took goes at the end, and nothing more is taken', async (t) => {
	const {folder} = makeProject(t);
	const ahead = new StageAhead(folder);
	const contents = Array.from({length: 100}, (_, index) => Buffer.from(`content ${index}`));
	for (const content of contents) await ahead.offer(hashBytes(content), content);
	await ahead.close();
	const late = Buffer.from('late');
	await ahead.offer(hashBytes(late), late);
	t.is(ahead.bytesOf(hashBytes(late)), undefined);
	t.deepEqual(readdirSync(join(folder, 'tmp')), []);
});

test('many small blobs wait for their turn in a bounded memory', async (t) => {
	const {folder} = makeProject(t);
	const ahead = new StageAhead(folder);
	const before = process.memoryUsage().heapUsed;
	let most = 0;
	for (let index = 0; index < 8000; index++) {
		const content = Buffer.from(`content ${index}`);
		await ahead.offer(hashBytes(content), content);
		if (index % 100 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
	}
	t.true(most < 150_000_000, `${most} bytes`);
	await ahead.close();
	t.deepEqual(readdirSync(join(folder, 'tmp')), []);
});

test('a file that holds a blob is taken over', async (t) => {
	const {folder} = makeProject(t);
	const ahead = new StageAhead(folder);
	const received = join(folder, 'received');
	writeFileSync(received, 'whole');
	const oid = hashBytes(Buffer.from('whole'));
	await ahead.adopt(oid, received, 5);
	t.false(existsSync(received));
	t.is(readFileSync((await ahead.take(oid))!.path, 'utf8'), 'whole');
});

test('where nothing can be written there is nothing ahead, and nobody hears of it', async (t) => {
	const {folder} = makeProject(t);
	const ahead = new StageAhead(join(folder, 'gone'));
	const content = Buffer.from('x');
	await ahead.offer(hashBytes(content), content);
	t.is(await ahead.take(hashBytes(content)), undefined);
});

test('a plan takes what is there ahead, and the rest out of the store: second copies, programs, replaced files', async (t) => {
	const {root, folder} = makeProject(t);
	const blobs = new MemoryBlobs();
	const ahead = new StageAhead(folder);
	const [plain, program, replaced] = [blobs.add('plain'), blobs.add('run', '100755'), blobs.add('replaced')];
	for (const [text, content] of [
		['plain', plain],
		['run', program],
		['replaced', replaced],
	] as const)
		await ahead.offer(parseContent(content)!.oid, Buffer.from(text));
	writeFileSync(join(root, 'old'), 'before');
	chmodSync(join(root, 'old'), 0o600);
	const read: string[] = [];
	const readBlob: typeof blobs.readBlob = async (oid) => {
		read.push(oid);
		return blobs.readBlob(oid);
	};
	const steps = [
		{path: 'one', expect: absent, write: plain},
		{path: 'two', expect: absent, write: plain},
		{path: 'run', expect: absent, write: program},
		{path: 'old', expect: blobs.add('before'), write: replaced},
	];
	const source = {...blobs, readBlob, takeAhead: async (oid: string) => ahead.take(oid)};
	const outcomes: string[] = [];
	for await (const {outcome} of applySteps({root, folder, steps, ...source})) outcomes.push(outcome);
	await ahead.close();
	t.deepEqual(outcomes, ['done', 'done', 'done', 'done']);
	t.deepEqual(read.sort(), [plain, program, replaced].map((content) => parseContent(content)!.oid).sort());
	const texts = ['one', 'two', 'run', 'old'].map((name) => readFileSync(join(root, name), 'utf8'));
	t.deepEqual(texts, ['plain', 'plain', 'run', 'replaced']);
	t.is(lstatSync(join(root, 'run')).mode & 0o100, 0o100);
	t.is(lstatSync(join(root, 'old')).mode & 0o777, 0o600);
	t.deepEqual(readdirSync(join(folder, 'tmp')), []);
});

test('a long queue of small files lets everything else have its turns', async (t) => {
	const {folder} = makeProject(t);
	const ahead = new StageAhead(folder);
	// Both turns are taken at first, so all that is small waits, and is then written in one go.
	const large = Array.from({length: 2}, (_, index) => Buffer.alloc(8_000_000, index));
	const small = Array.from({length: 3000}, (_, index) => Buffer.alloc(4096, String(index)));
	for (const content of [...large, ...small]) await ahead.offer(hashBytes(content), content);
	const longest = await longestWithoutTurn(async () => ahead.syncAll());
	t.true(longest < 1500, `${longest} files without a turn`);
	await ahead.close();

	/** Files that are there more after one turn of the loop than after the one before, at most. */
	async function longestWithoutTurn(action: () => Promise<void>): Promise<number> {
		const made = () =>
			readdirSync(join(folder, 'tmp')).reduce(
				(sum, home) => sum + readdirSync(join(folder, 'tmp', home)).length,
				0,
			);
		let [most, before, isDone] = [0, made(), false];
		const done = action().then(() => (isDone = true));
		while (!isDone) {
			await new Promise(setImmediate);
			const now = made();
			[most, before] = [Math.max(most, now - before), now];
		}
		await done;
		return most;
	}
});
