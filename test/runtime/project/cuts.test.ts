/** History that is cut off while peers disagree: nothing that is young enough is lost, and all come to one head. */
import test from 'ava';
import {isConflicted, type Oid} from '../../../source/protocol/content.js';
import {Failure} from '../../../source/protocol/failure.js';
import {seededRandom} from '../../helpers/random.js';
import {contentOf, TestPeer} from './test-peer.js';

/** What `to` lacks of a commit, with the ids of what is behind it, as the exchange sends them. */
async function send(from: TestPeer, to: TestPeer, commit: Oid, {whole = false} = {}): Promise<void> {
	const [source, target] = [from.project.store, to.project.store];
	if (target.graph.isPresent(commit)) return;
	const plan = await source.enumerate(commit, {have: whole ? [] : to.project.have()});
	const sent = new Set(plan.objects.map(({oid}) => oid));
	await target.graph.add([...source.graph.all()].filter(({oid}) => !sent.has(oid)));
	for (let at = 0; at < plan.objects.length; at += 500) {
		await target.indexPack(await source.packObjects(plan.objects.slice(at, at + 500).map(({oid}) => oid)));
	}
	try {
		await target.acceptCommit(commit);
	} catch (error) {
		if (whole || !(error instanceof Failure) || error.code !== 'incomplete') throw error;
		await send(from, to, commit, {whole: true});
	}
}

/** One peer hears of another's head and takes it in; a base that is nowhere is done without. */
async function hear(from: TestPeer, to: TestPeer, mayMerge: boolean): Promise<void> {
	const commit = from.project.head!;
	if (['same', 'ancestor'].includes(to.project.relation(commit))) return;
	const gone = new Set<Oid>();
	for (let round = 0; round < 10; round++) {
		await send(from, to, commit);
		const {kind, needs = []} = await to.project.integrate(commit, {mayMerge, gone});
		if (kind !== 'missing') return;
		for (const need of needs) {
			if (from.project.store.graph.isPresent(need)) await send(from, to, need, {whole: true});
			else gone.add(need);
		}
	}
	throw new Error('it never came together');
}

async function settleAll(peers: readonly TestPeer[]): Promise<void> {
	for (let round = 0; round < 12; round++) {
		for (const peer of peers) {
			peer.project.rescan();
			await peer.project.snapshot();
		}
		for (const [index, peer] of peers.entries()) {
			for (const other of peers) if (other !== peer) await hear(other, peer, index === 0);
		}
		if (new Set(peers.map(({project}) => project.head)).size === 1) return;
	}
	throw new Error('the heads never became equal');
}

async function openPeers(
	t: Parameters<typeof TestPeer.open>[0],
	names: readonly string[],
	files: Readonly<Record<string, string>>,
	now: () => number,
): Promise<TestPeer[]> {
	const peers: TestPeer[] = [];
	for (const name of names) {
		const peer = await TestPeer.open(t, name, {now});
		const [host] = peers;
		if (host) {
			await send(host, peer, host.project.head!);
			await peer.project.adopt(host.project.head!);
		} else {
			for (const [path, text] of Object.entries(files)) peer.write(path, text);
			await peer.project.start();
		}
		peers.push(peer);
	}
	return peers;
}

async function save(peer: TestPeer): Promise<void> {
	peer.project.rescan();
	await peer.project.snapshot();
}

test('Two who were apart for longer than both keep meet as in joining: what differs is asked about, nothing is deleted', async (t) => {
	let now = 1_000_000_000_000;
	const [ada, bob] = (await openPeers(
		t,
		['ada', 'bob'],
		{f: 'x', same: 's', goes: 'g', kept: 'k'},
		() => now,
	)) as [TestPeer, TestPeer];
	for (let round = 0; round < 3; round++) {
		now += 100_000;
		ada.write('f', `of ada ${round}`);
		bob.write('f', `of bob ${round}`);
		if (round === 1) ada.remove('goes');
		await save(ada);
		await save(bob);
	}
	for (const peer of [ada, bob]) {
		const done = await peer.project.compact({sinceMs: now - 150_000, heads: []});
		t.true((done?.cut ?? 0) >= 1);
	}
	await settleAll([ada, bob]);
	t.deepEqual(await ada.sides('f'), ['of ada 2', 'of bob 2']);
	t.deepEqual([ada.read('f'), bob.read('f')], ['of ada 2', 'of bob 2']);
	// Who deleted is not known any more, so the file stays.
	t.deepEqual([bob.read('goes'), ada.read('goes'), ada.read('same')], ['g', 'g', 's']);
	await ada.project.resolve({paths: ['f'], take: 'theirs'});
	await settleAll([ada, bob]);
	t.deepEqual(ada.disk(), bob.disk());
	// What each saved since the cut is still there.
	for (const peer of [ada, bob]) {
		for (const text of [`of ${peer.name} 1`, `of ${peer.name} 2`]) {
			t.true(await peer.project.store.has(contentOf(text).slice(0, 40)), text);
		}
	}
});

test('Whoever still has the base sends it, and the merge is as if nothing had been cut', async (t) => {
	let now = 1_000_000_000_000;
	const [ada, bob] = (await openPeers(t, ['ada', 'bob'], {f: 'x', goes: 'g'}, () => now)) as [
		TestPeer,
		TestPeer,
	];
	now += 100_000;
	bob.write('f', 'of bob');
	await save(bob);
	ada.remove('goes');
	for (let round = 0; round < 3; round++) {
		ada.write('other', `${round}`);
		await save(ada);
		now += 100_000;
	}
	await ada.project.compact({sinceMs: now - 120_000, heads: []});
	await settleAll([ada, bob]);
	t.deepEqual(ada.disk(), bob.disk());
	t.deepEqual([ada.read('f'), ada.has('goes')], ['of bob', false]);
	t.deepEqual(await ada.conflictedPaths(), []);
});

test('A known head keeps what a merge with it starts from', async (t) => {
	let now = 1_000_000_000_000;
	const [ada, bob] = (await openPeers(t, ['ada', 'bob'], {f: 'x'}, () => now)) as [TestPeer, TestPeer];
	const base = ada.project.head!;
	for (let round = 0; round < 3; round++) {
		now += 100_000;
		ada.write('g', `${round}`);
		await save(ada);
	}
	await ada.project.compact({sinceMs: now, heads: [bob.project.head!]});
	t.true(ada.project.store.graph.isPresent(base));
	await ada.reopen();
	await ada.project.start();
	t.is(ada.read('g'), '2');
	t.is((await ada.project.snapshot()).changed, false, 'a store that was cut is no lost one');
});

for (const seed of [1, 2, 3, 4]) {
	test(`Whatever is cut while peers disagree, all come together and keep what is young: seed ${seed}`, async (t) => {
		t.timeout(240_000);
		const random = seededRandom(seed);
		let now = 1_000_000_000_000;
		const files = Object.fromEntries(['a', 'b', 'd/a', 'd/b', 'e'].map((path) => [path, `first ${path}`]));
		const peers = await openPeers(t, ['ada', 'bob', 'eve'], files, () => now);
		const saved = new Map(peers.map((peer) => [peer, new Map<Oid, number>()]));
		const cutAt = new Map(peers.map((peer) => [peer, 0]));
		for (let step = 0; step < 30; step++) {
			now += 10_000;
			const peer = random.pick(peers);
			const what = random.next();
			if (what < 0.6) {
				const path = random.pick(Object.keys(files));
				if (random.next() < 0.2) peer.remove(path);
				else {
					const text = `${peer.name} ${step}`;
					peer.write(path, text);
					saved.get(peer)!.set(contentOf(text).slice(0, 40), now);
				}
				await save(peer);
			} else if (what < 0.8) {
				await hear(random.pick(peers.filter((one) => one !== peer)), peer, random.next() < 0.5);
			} else {
				const sinceMs = now - random.below(8) * 10_000;
				await peer.project.compact({
					sinceMs,
					heads: random.next() < 0.5 ? peers.map((one) => one.project.head!) : [],
				});
				cutAt.set(peer, Math.max(cutAt.get(peer)!, sinceMs));
			}
		}
		await settleAll(peers);
		const tree = await peers[0]!.project.store.listTree(peers[0]!.project.tree!);
		for (const peer of peers) {
			for (const [path, value] of tree) {
				if (!isConflicted(value)) t.is(peer.disk()[path], value.contents[0], `${path} of ${peer.name}`);
			}
			for (const [oid, at] of saved.get(peer)!) {
				if (at >= cutAt.get(peer)!)
					t.true(await peer.project.store.has(oid), `${peer.name} lost what it saved at ${at}`);
			}
			await peer.reopen();
			await peer.project.start();
			t.is(peer.project.head, peers[0]!.project.head, 'the next start finds nothing new');
		}
	});
}
