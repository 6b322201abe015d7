/** What a power cut leaves of files that were written ahead and made durable together. */
import {makeDiskScene} from './disk-scene.js';
import test from 'ava';
import {hashBytes} from '../../source/workspace/hash-file.js';
import {StageAhead} from '../../source/workspace/stage-ahead.js';
import {type CallKind} from './file-calls.js';
import {DiskError} from './memory-disk.js';
import {surround} from './take-over.js';

const contents = [
	...Array.from({length: 300}, (_, index) => Buffer.from(`content ${index} `.repeat(20))),
	Buffer.alloc(400_000, 'large'),
];

/** Writes all ahead and makes as many of them durable as asked; answers with how many a power cut then spoils. */
async function spoiledOf(
	seed: number,
	synced: number,
	fault?: (kind: CallKind, call: string, path: string, serial: number) => void,
): Promise<{spoiled: number; syncs: string[]}> {
	const scene = makeDiskScene({seed});
	const syncs: string[] = [];
	try {
		scene.disk.makeFolder('.pulsync/tmp', 0o700);
		scene.disk.syncAll();
		scene.beforeCall = (kind, call, path) => {
			if (kind !== 'sync') return;
			syncs.push(path);
			fault?.(kind, call, path, syncs.length);
		};
		const ahead = new StageAhead(`${scene.root}/.pulsync`);
		const write = async () => {
			for (const content of contents) await ahead.offer(hashBytes(content), content);
			const files = await Promise.all(contents.map((content) => ahead.take(hashBytes(content))));
			await Promise.all(files.slice(0, synced).map((file) => file!.sync()));
		};
		await scene.finish(write());
		// Their names are of no account here.
		const tmp = scene.disk.get('.pulsync/tmp', 'test');
		const homes = scene.disk.list(tmp).map(({node}) => node);
		for (const folder of [tmp, ...homes]) scene.disk.sync(folder);
		scene.disk.losePower(scene.random);
		const isSpoiled = (content: Buffer) => {
			const name = hashBytes(content);
			const {node} = homes.flatMap((home) => scene.disk.list(home)).find((entry) => entry.name === name)!;
			return !node.data.equals(content);
		};
		return {spoiled: contents.filter(isSpoiled).length, syncs};
	} finally {
		surround(undefined);
	}
}

for (let seed = 1; seed <= 5; seed++) {
	test.serial(`who asks for one of many to be durable gets all of them at once: seed ${seed}`, async (t) => {
		t.true((await spoiledOf(seed, 0)).spoiled > 0, 'a power cut spoils what nobody synced');
		t.deepEqual(await spoiledOf(seed, 1), {spoiled: 0, syncs: ['.pulsync']});
	});

	test.serial(`where the disk refuses that, each is made durable by itself: seed ${seed}`, async (t) => {
		const {spoiled, syncs} = await spoiledOf(seed, contents.length, (_kind, call, path, serial) => {
			if (serial === 1) throw new DiskError('EIO', call, path);
		});
		t.is(spoiled, 0);
		t.is(syncs.length, 1 + contents.length);
	});
}
