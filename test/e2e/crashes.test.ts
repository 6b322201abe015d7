/** kill -9 at bad moments, of each kind of program: it goes on after a restart, and what had arrived stays. */
import {appendFileSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';

const megabyte = 1024 * 1024;
const transferSize = {texts: 200, binaries: 12, binaryBytes: 5 * megabyte};
/** Segments that were under way or not yet indexed when it died: at most three. */
const mayComeAgainBytes = 3 * 8 * megabyte;
/** Slow enough to die in the middle. */
const slowly = ['--limit-down', '15MB/s'];

const bytesIn = async (peer: PeerProcess) =>
	(await peer.status()).peers.reduce(
		(sum, {bytes_in: bytes}) => sum + bytes.proxy + bytes.json + bytes.direct,
		0,
	);

const arrived = (peer: PeerProcess, atLeast: number, from = 0) =>
	peer.waitFor('transfer', (event) => event.direction === 'in' && event.done_bytes >= atLeast, {
		deadlineMs: 60_000,
		from,
	});

test.serial('joiner, host and relay are killed in the middle of the first transfer', async (t) => {
	const lab = new Lab(t);
	makeProject(lab.path('ada'), transferSize);
	const relay = await lab.relay();
	const port = new URL(relay.url).port;
	let ada: PeerProcess = await lab.host('ada', ['--relay-url', relay.url]);
	const {invite} = (await ada.ask({request: 'invite'})) as {invite: string};
	let bob = await lab.join('bob', invite, slowly);

	const {done_bytes: doneBytes, total_bytes: totalBytes} = await arrived(bob, 30 * megabyte);
	await bob.kill();
	bob = await lab.resume('bob', slowly);
	await arrived(bob, doneBytes + 5 * megabyte);

	await ada.kill();
	ada = await lab.resume('ada', ['--relay-url', relay.url]);
	const seen = bob.events.length;
	await arrived(bob, doneBytes + 10 * megabyte, seen);

	await relay.kill();
	await lab.relay(['--port', port]);
	await settle([ada, bob], 90_000);
	t.deepEqual(compareTrees(ada.folder, bob.folder), []);

	const again = (await bytesIn(bob)) - (totalBytes! - doneBytes);
	t.log(`${Math.round(again / 1000)} kB came twice`);
	t.true(again <= 3 * mayComeAgainBytes, `${again} bytes came twice`);
	t.is(bob.stderr, '');
});

test.serial('a restarted joiner fetches only what it lacks', async (t) => {
	const lab = new Lab(t);
	makeProject(lab.path('ada'), transferSize);
	const ada = await lab.host('ada');
	let bob = await lab.join('bob', ada.invite, slowly);
	const {done_bytes: doneBytes, total_bytes: totalBytes} = await arrived(bob, 40 * megabyte);
	await bob.kill();
	bob = await lab.resume('bob');
	await settle([ada, bob], 90_000);
	t.deepEqual(compareTrees(ada.folder, bob.folder), []);
	const again = (await bytesIn(bob)) - (totalBytes! - doneBytes);
	t.log(`${Math.round(again / 1000)} kB came twice`);
	t.true(again <= mayComeAgainBytes, `${again} bytes came twice`);
});

test.serial('peer, host and relay are killed in the middle of edits', async (t) => {
	const lab = new Lab(t);
	const texts = makeProject(lab.path('ada'), smallSize);
	let relay = await lab.relay();
	const port = new URL(relay.url).port;
	const withRelay = ['--relay-url', relay.url];
	let ada: PeerProcess = await lab.host('ada', withRelay);
	const {invite} = (await ada.ask({request: 'invite'})) as {invite: string};
	let bob = await lab.join('bob', invite);
	const eve = await lab.join('eve', invite);
	await settle([ada, bob, eve]);

	let round = 0;
	/** Each peer edits files of its own and some of the others'. */
	const editAll = () => {
		round++;
		for (const [index, {folder}] of [ada, bob, eve].entries()) {
			for (let step = 0; step < 10; step++) {
				appendFileSync(path.join(folder, texts[(index * 10 + step) % texts.length]!), `${round} ${index}\n`);
			}
			mkdirSync(path.join(folder, `new-${index}`), {recursive: true});
			writeFileSync(path.join(folder, `new-${index}`, `${round}.txt`), `${round}\n`);
		}
	};
	const nextSnapshot = (peer: PeerProcess) => peer.waitFor('snapshot', undefined, {from: peer.events.length});

	let snapshot = nextSnapshot(bob);
	editAll();
	await snapshot;
	await bob.kill();
	editAll();
	bob = await lab.resume('bob');

	snapshot = nextSnapshot(ada);
	editAll();
	await snapshot;
	await ada.kill();
	editAll();
	ada = await lab.resume('ada', withRelay);

	snapshot = nextSnapshot(eve);
	editAll();
	await snapshot;
	await relay.kill();
	editAll();
	relay = await lab.relay(['--port', port]);

	const peers = [ada, bob, eve];
	await settle(peers, 90_000);
	for (const [index, {folder}] of peers.entries()) {
		for (const other of peers) t.deepEqual(compareTrees(folder, other.folder), [], `${index}`);
	}
	t.deepEqual((await ada.status()).conflicts, []);
	t.false(relay.ended);
});
