/** Two peers edit at once. They are paused while they do, so that neither knows of the other's edit. */
import {chmodSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {compareTrees, describeTree} from '../helpers/compare-trees.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

const lines = Array.from({length: 30}, (_, index) => `line ${index}`);
const withLine = (index: number, text: string) => `${lines.with(index, text).join('\n')}\n`;

async function threePeers(t: ExecutionContext) {
	const lab = new Lab(t);
	for (const name of ['shared.txt', 'one.txt', 'other.txt', 'gone.txt']) {
		writeFileSync(path.join(lab.path('ada'), name), withLine(0, name));
	}
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	const eve = await lab.join('eve', ada.invite);
	await settle([ada, bob, eve]);
	return {lab, ada, bob, eve, peers: [ada, bob, eve]};
}

const write = (peer: PeerProcess, name: string, text: string) =>
	writeFileSync(path.join(peer.folder, name), text);
const read = (peer: PeerProcess, name: string) => readFileSync(path.join(peer.folder, name), 'utf8');

async function apart(peers: readonly PeerProcess[], edit: () => void): Promise<void> {
	await Promise.all(peers.map((peer) => peer.ask({request: 'pause'})));
	await Promise.all(
		peers.map((peer) => waitUntil('paused', async () => (await peer.status()).state === 'paused')),
	);
	edit();
	await Promise.all(peers.map((peer) => peer.ask({request: 'resume', accept_deletions: false})));
}

async function conflictsOf(
	peer: PeerProcess,
): Promise<{path: string; kind: string; sides: {name: string}[]}[]> {
	return (await peer.ask({request: 'conflicts'})).conflicts as never;
}

test.serial('different files, and different lines of one file, are merged on all peers', async (t) => {
	const {ada, bob, peers} = await threePeers(t);
	await apart([ada, bob], () => {
		write(ada, 'one.txt', withLine(3, 'by ada'));
		write(bob, 'other.txt', withLine(3, 'by bob'));
		write(ada, 'shared.txt', withLine(5, 'by ada'));
		write(bob, 'shared.txt', withLine(25, 'by bob'));
		chmodSync(path.join(ada.folder, 'gone.txt'), 0o755);
		write(bob, 'gone.txt', withLine(1, 'edited while its mode changed'));
	});
	await settle(peers);
	t.is(read(ada, 'shared.txt'), `${lines.with(5, 'by ada').with(25, 'by bob').join('\n')}\n`);
	for (const peer of [bob, peers[2]!]) t.deepEqual(compareTrees(ada.folder, peer.folder), []);
	for (const peer of peers) t.deepEqual(await conflictsOf(peer), []);
});

test.serial(
	'the same line is a conflict on every peer, and each disk keeps its own until one resolves it',
	async (t) => {
		const {lab, ada, bob, eve, peers} = await threePeers(t);
		const before = read(eve, 'shared.txt');
		await apart([ada, bob], () => {
			write(ada, 'shared.txt', withLine(5, 'by ada'));
			write(bob, 'shared.txt', withLine(5, 'by bob'));
		});
		for (const peer of peers) await peer.waitFor('conflict', ({path: name}) => name === 'shared.txt');
		await settle(peers);
		t.is(read(ada, 'shared.txt'), withLine(5, 'by ada'));
		t.is(read(bob, 'shared.txt'), withLine(5, 'by bob'));
		// Eve has what she had, or the first of the two edits if it came to her before the other was known.
		t.true([before, withLine(5, 'by ada'), withLine(5, 'by bob')].includes(read(eve, 'shared.txt')));
		for (const peer of peers) {
			t.deepEqual([...describeTree(peer.folder).keys()].sort(), [
				'gone.txt',
				'one.txt',
				'other.txt',
				'shared.txt',
			]);
			const [conflict, ...others] = await conflictsOf(peer);
			t.is(others.length, 0);
			t.is(conflict!.path, 'shared.txt');
			t.deepEqual(conflict!.sides.map(({name}) => name).sort(), ['ada', 'bob']);
		}

		// The rest of the project goes on, and so does one's own side.
		write(eve, 'one.txt', withLine(9, 'by eve'));
		write(bob, 'shared.txt', withLine(5, 'by bob, again'));
		await settle(peers);
		t.is(read(ada, 'one.txt'), withLine(9, 'by eve'));
		t.is(read(ada, 'shared.txt'), withLine(5, 'by ada'));

		const resolved = await lab.run('bob', ['resolve', 'shared.txt', '--take', 'mine', '--json']);
		t.deepEqual(JSON.parse(resolved.stdout), {resolved: ['shared.txt']}, resolved.stderr);
		t.deepEqual(await conflictsOf(bob), []);
		await settle(peers);
		for (const peer of peers) await peer.waitFor('resolved', ({path: name}) => name === 'shared.txt');
		for (const peer of peers) {
			t.is(read(peer, 'shared.txt'), withLine(5, 'by bob, again'));
			t.deepEqual(await conflictsOf(peer), []);
		}
	},
);

test.serial('deleted here and edited there: the edit is kept and asked about', async (t) => {
	const {ada, bob, eve, peers} = await threePeers(t);
	await apart([ada, bob], () => {
		rmSync(path.join(ada.folder, 'gone.txt'));
		write(bob, 'gone.txt', 'edited\n');
	});
	for (const peer of peers) await peer.waitFor('conflict', ({path: name}) => name === 'gone.txt');
	await settle(peers);
	t.is(read(bob, 'gone.txt'), 'edited\n');
	t.is((await conflictsOf(eve))[0]?.kind, 'delete');
	await bob.ask({request: 'resolve', paths: ['gone.txt'], take: 'mine'});
	await settle(peers);
	for (const peer of peers) t.is(read(peer, 'gone.txt'), 'edited\n');
});
