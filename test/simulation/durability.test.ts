/** What a power cut leaves of a store that two runs of the program wrote, of which the first was killed. */
import {makeDiskScene} from './disk-scene.js';
import test from 'ava';
import {Store} from '../../source/git/store.js';
import {checkObjects, headOn, reach} from './oracle.js';
import {surround} from './take-over.js';

const author = {name: 'ada', peerId: 'a'.repeat(26)};

for (let seed = 1; seed <= 12; seed++) {
	test.serial(
		`an object that a killed run wrote is durable before a head names it: seed ${seed}`,
		async (t) => {
			const {disk, random, root, finish} = makeDiskScene({seed});
			const folder = `${root}/.pulsync`;
			const write = async () => {
				const killed = await Store.open(folder);
				await killed.writeBlob(Buffer.from('the same in both'));
				const store = await Store.open(folder);
				const oid = await store.writeBlob(Buffer.from('the same in both'));
				const value = {contents: [`${oid}-100644`]};
				const tree = await store.writeTree(undefined, new Map([['a', value]]));
				await store.flush();
				await store.writeHead(await store.writeCommit({tree, parents: [], author, atMs: 1000, message: 'm'}));
			};
			await finish(write());
			disk.losePower(random);
			surround(undefined);
			t.notThrows(() => checkObjects(disk));
			t.notThrows(() => reach(disk, headOn(disk)!));
		},
	);
}

test.serial('after a power cut a folder is in one place, though only its last move was synced', (t) => {
	t.teardown(() => surround(undefined));
	for (let seed = 1; seed <= 8; seed++) {
		const {disk, random} = makeDiskScene({seed});
		for (const path of ['one', 'two', 'one/folder']) disk.makeFolder(path, 0o755);
		disk.syncAll();
		disk.rename('one/folder', 'two/folder', 'user');
		disk.rename('two/folder', 'folder', 'user');
		// The move from the one to the two may stay unwritten.
		disk.sync(disk.root);
		disk.losePower(random);
		const left = [...disk.walk()].map(([path]) => path);
		t.deepEqual(left, ['one', 'two', 'folder'], `seed ${seed}`);
	}
});
