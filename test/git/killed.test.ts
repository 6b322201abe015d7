import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {fsck, git, makeFolder, openStore} from './make-store.js';

const child = fileURLToPath(new URL('killed-child.js', import.meta.url));

/** Lets the child save some times, kills it in the middle of what it does then, and returns the last head it told of. */
async function saveUntilKilled(folder: string, saves: number): Promise<string> {
	const saver = spawn(process.execPath, [child, folder], {stdio: ['ignore', 'pipe', 'inherit']});
	let told = '';
	saver.stdout.on('data', (chunk: Buffer) => {
		told += chunk.toString();
		if (told.split('\n').length > saves) {
			saver.kill('SIGKILL');
		}
	});
	await once(saver, 'close');
	return told.split('\n').at(-2) ?? '';
}

test('a process killed while it saves leaves a store that is in order and has all that was told to be saved', async (t) => {
	const folder = await makeFolder(t);
	for (const saves of [1, 4, 9]) {
		const told = await saveUntilKilled(folder, saves);
		const store = await openStore(t, folder);
		const head = (await store.readHead()) ?? '';
		t.true(store.graph.isPresent(told));
		t.is(git(store, ['merge-base', told, head]), told);
		t.is(fsck(store), '');
		t.deepEqual(await readdir(path.join(store.gitDir, 'tmp')), []);
		t.true((await store.listTree((await store.readCommit(head)).tree)).size > 0);
		await store.close();
	}
});
