/** What a power cut leaves of a store that two runs of the program wrote, of which the first was killed. */
import {surround} from './take-over.js';
import test from 'ava';
import {Store} from '../../source/git/store.js';
import {addMount} from './file-calls.js';
import {MemoryDisk} from './memory-disk.js';
import {checkObjects, headOn, reach} from './oracle.js';
import {Random} from './random.js';
import {VirtualTime} from './virtual-time.js';

const author = {name: 'ada', peerId: 'a'.repeat(26)};

for (let seed = 1; seed <= 12; seed++) {
	test.serial(
		`an object that a killed run wrote is durable before a head names it: seed ${seed}`,
		async (t) => {
			const [time, random] = [new VirtualTime(), new Random(seed)];
			surround({time, random});
			const events = {changed: () => undefined, destroyed: () => undefined, taken: () => undefined};
			const disk = new MemoryDisk({wall: () => time.wall, caseBlind: false, events});
			disk.makeFolder('.pulsync', 0o700);
			disk.sync(disk.root);
			const mount = {
				disk,
				enter: () => undefined,
				soon: async <T>(work: () => T) => work(),
				watchers: new Map(),
			};
			const folder = `${addMount(`durable-${seed}`, mount)}/.pulsync`;
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
			let outcome: unknown;
			write().then(
				() => (outcome = 'written'),
				(error: unknown) => (outcome = error),
			);
			await time.runUntil(() => outcome !== undefined, 60_000);
			t.is(outcome, 'written');
			disk.losePower(random);
			surround(undefined);
			t.notThrows(() => checkObjects(disk));
			t.notThrows(() => reach(disk, headOn(disk)!));
		},
	);
}
