/** Bombs from a real member into a real session: refused at once, in little memory, and nothing of them stays. */
import anyTest, {type ExecutionContext} from 'ava';
import {Store} from '../../source/git/store.js';
import {type Oid} from '../../source/protocol/content.js';
import {type TunnelTier} from '../../source/transport/tunnel-hub.js';
import {waitUntil} from '../helpers/wait.js';
import {makeFolder} from '../git/make-store.js';
import {type AttackedSession, openAttackedSession} from './attacked-session.js';
import {announcedBombs, multiplied, packBombs, textBombs, treeBombs} from './bombs.js';
import {type Entry, Forge, packOf} from './forged-objects.js';
import {HostileMember, identityFor} from './hostile-member.js';
import {type PeakMemory, watchMemory} from './peak-memory.js';

const test = anyTest.serial;
const refusedWithinMs = 5000;
/** A change of others while one floods us; other tests may have the machine at the same time. */
const heardWithinMs = 20_000;
const maxMemoryKib = 1024 * 1024;

async function isNamed(session: AttackedSession, {identity}: HostileMember, what: string): Promise<void> {
	await waitUntil(`it is named for ${what}`, () =>
		session.events.some((event) => event.event === 'problem' && event.peer_id === identity.peerId),
	);
}

function assertBounded(t: ExecutionContext, what: string, tookMs: number, memory: PeakMemory): void {
	const [largest, child] = [memory.largestKib(), memory.childKib()];
	t.log(
		`${what}: ${Math.round(tookMs)} ms, ${Math.round(largest / 1024)} MiB, a child ${Math.round(child / 1024)} MiB`,
	);
	t.true(tookMs < refusedWithinMs, `${what} took ${tookMs} ms`);
	t.true(largest < maxMemoryKib, what);
}

async function attack(
	t: ExecutionContext,
	session: AttackedSession,
	{what, tier, memory}: {what: string; tier: TunnelTier; memory: PeakMemory},
	begin: (member: HostileMember, parent: Oid) => Promise<void> | void,
): Promise<void> {
	const identity = identityFor(session.target.peerId, what.length % 2 === 0);
	const member = await HostileMember.enter(session.target, {tier, identity, name: 'Mallory'});
	const channel = await member.connect();
	const parent = await member.hearHead();
	const arriving = begin(member, parent);
	await Promise.race([arriving, channel.closed]);
	const arrivedAt = performance.now();
	await isNamed(session, member, what);
	const tookMs = performance.now() - arrivedAt;
	await channel.closed;
	member.leave();
	assertBounded(t, what, tookMs, memory);
}

test('bombs in packs, announcements and trees are refused within seconds, in bounded memory', async (t) => {
	t.timeout(180_000);
	const memory = watchMemory(t);
	const session = await openAttackedSession(t, 'proxy');
	for (const {what, send} of [...announcedBombs, ...packBombs]) {
		await attack(t, session, {what, tier: 'proxy', memory}, (member) => {
			const sent = new Promise<void>((resolve) => {
				member.answers = (want, channel) =>
					void Promise.resolve(send(channel, want))
						.catch(() => undefined)
						.then(resolve);
			});
			member.sayHead('b'.repeat(40));
			return sent;
		});
	}
	for (const {what, tree} of treeBombs) {
		const forge = new Forge();
		const root = tree(forge);
		await attack(t, session, {what, tier: 'proxy', memory}, (member, parent) =>
			member.offer(forge, forge.commit(root, [parent])),
		);
	}
	await assertGoesOn(t, session);
});

test('bombs in texts are refused within seconds, in bounded memory', async (t) => {
	t.timeout(180_000);
	const memory = watchMemory(t);
	const session = await openAttackedSession(t, 'json');
	for (const {what, send} of textBombs) {
		await attack(t, session, {what, tier: 'json', memory}, (member) => {
			member.answers = (want, channel) => void Promise.resolve(send(channel, want)).catch(() => undefined);
			member.sayHead('b'.repeat(40));
		});
	}
	for (const {what, tree} of treeBombs) {
		const forge = new Forge();
		const root = tree(forge);
		await attack(t, session, {what, tier: 'json', memory}, (member, parent) =>
			member.offer(forge, forge.commit(root, [parent])),
		);
	}
	await assertGoesOn(t, session);
});

async function assertGoesOn(t: ExecutionContext, session: AttackedSession): Promise<void> {
	await session.isClean();
	await session.assertUntouched('bombs');
	await session.goesOn('bombs');
	t.deepEqual(
		session.events.filter(({event}) => event === 'halted' || event === 'error'),
		[],
	);
}

test('a flood of heads with packs, and of questions, holds up neither the others nor our memory', async (t) => {
	t.timeout(120_000);
	const memory = watchMemory(t);
	const session = await openAttackedSession(t, 'proxy');
	const identity = identityFor(session.target.peerId, true);
	const member = await HostileMember.enter(session.target, {tier: 'proxy', identity, name: 'Mallory'});
	const channel = await member.connect();
	await member.hearHead();
	const forge = new Forge();
	forge.blob(Buffer.alloc(8 * 1024 * 1024));
	const pack = packOf(forge.sorted());
	t.true(pack.length < 36 * 1024);
	let flooding = true;
	const flood = (async () => {
		for (let revision = 1; flooding && revision < 3000; revision++) {
			member.sayHead(revision.toString(16).padStart(40, 'd'), {revision, pack});
			channel.send({type: 'git_history', request: revision});
			channel.send({type: 'activity', paths: [`a${revision}`]});
			channel.send({type: 'ping', id: revision});
			await channel.drain();
		}
	})();
	for (let round = 0; round < 3; round++) {
		const startedAt = performance.now();
		await session.goesOn('a flood');
		t.true(performance.now() - startedAt < heardWithinMs, 'a change of the others');
	}
	flooding = false;
	await flood;
	t.log(`${Math.round(memory.largestKib() / 1024)} MiB`);
	t.true(memory.largestKib() < maxMemoryKib);
	member.leave();
	await session.goesOn('the flood');
});

/** A store that knows one sound commit. */
async function openVictim(t: ExecutionContext): Promise<{store: Store; first: Oid}> {
	const store = await Store.open(await makeFolder(t));
	t.teardown(async () => store.close());
	const forge = new Forge();
	const first = forge.commit(forge.file('x'));
	await send(store, forge);
	await store.acceptCommit(first);
	return {store, first};
}

async function send(store: Store, forge: Forge): Promise<void> {
	const objects = forge.sorted();
	for (let at = 0; at < objects.length; at += 2000)
		await store.indexPack(packOf(objects.slice(at, at + 2000)));
}

/** What the processor was busy for us since: the work itself, whatever else runs beside the test. */
function busyMs(before: NodeJS.CpuUsage): number {
	const {user, system} = process.cpuUsage(before);
	return Math.round((user + system) / 1000);
}

async function assertRefused(t: ExecutionContext, store: Store, commit: Oid): Promise<void> {
	const memory = watchMemory(t);
	const before = process.cpuUsage();
	await t.throwsAsync(store.acceptCommit(commit), {code: 'hostile_data'});
	assertBounded(t, 'the commit', busyMs(before), memory);
}

test('paths that multiply over many commits, each of which adds few, are counted together', async (t) => {
	const {store, first} = await openVictim(t);
	const forge = new Forge();
	const entries: Entry[] = [];
	let commit = first;
	for (let at = 0; at < 40; at++) {
		const tree = multiplied(forge, 5, 10);
		entries.push(['40000', `added${at}`, tree]);
		commit = forge.commit(forge.tree(entries), [commit]);
	}
	await send(store, forge);
	await assertRefused(t, store, commit);
	t.false(store.graph.has(commit));
});

test('a few large folders in all combinations do not keep us busy', async (t) => {
	const {store, first} = await openVictim(t);
	const forge = new Forge();
	const blob = forge.blob();
	const roots = Array.from({length: 12}, (_, at) =>
		forge.tree(Array.from({length: 8000}, (_each, index): Entry => ['100644', `${at} ${index}`, blob])),
	);
	let commit = first;
	for (let round = 0; round < 3000; round++) {
		const root = roots[(round * round + Math.floor(round / 12)) % 12]!;
		commit = forge.commit(root, [commit], {message: `${round}`});
	}
	await send(store, forge);
	const parents = Array.from({length: 60}, (_, at) =>
		forge.commit(roots[at % 12]!, [], {message: `root ${at}`}),
	);
	let merged = commit;
	for (let round = 0; round < 100; round++) merged = forge.commit(roots[round % 12]!, [merged, ...parents]);
	await send(store, forge);
	await assertRefused(t, store, merged);
});

test('thousands of records beside a large folder are judged without reading it again for each', async (t) => {
	const {store, first} = await openVictim(t);
	const forge = new Forge();
	const blob = forge.blob();
	const wide = Array.from({length: 60_000}, (_, at): Entry => ['100644', `f${at}`, blob]);
	const {recordName} = await import('../../source/git/record.js');
	const records = Array.from({length: 2000}, (_, at): Entry => {
		const path = `missing${at}`;
		return ['40000', recordName(path), forge.tree(forge.sides(path))];
	});
	const reserved = forge.tree([['40000', 'conflicts', forge.tree(records)]]);
	const commit = forge.commit(forge.tree([...wide, ['40000', '.pulsync', reserved]]), [first]);
	await send(store, forge);
	const before = process.cpuUsage();
	await store.acceptCommit(commit);
	t.true(busyMs(before) < refusedWithinMs);
});

test('tens of thousands of commits that wait for one parent are taken in no time', async (t) => {
	const {store, first} = await openVictim(t);
	const forge = new Forge();
	const behind = 'e'.repeat(40);
	await store.graph.add([{oid: behind, parents: []}]);
	const root = forge.file('x');
	let commit = first;
	for (let at = 0; at < 40_000; at++) commit = forge.commit(root, [commit, behind], {message: `${at}`});
	await send(store, forge);
	const before = process.cpuUsage();
	await store.acceptCommit(commit);
	t.log(`${busyMs(before)} ms`);
	t.true(busyMs(before) < refusedWithinMs);
});

test('commits that are each other’s ancestors are roots, and every walk ends', async (t) => {
	const {store, first} = await openVictim(t);
	const [one, other] = ['1'.repeat(40), '2'.repeat(40)];
	const added = await store.graph.add([
		{oid: one, parents: [other, first]},
		{oid: other, parents: [one]},
	]);
	t.is(added, 2);
	const forge = new Forge();
	const commit = forge.commit(forge.file('x', 'new'), [first, one]);
	await send(store, forge);
	await store.acceptCommit(commit);
	t.true(store.graph.isPresent(commit));
	t.deepEqual(store.graph.parents(one), []);
	const {objects} = await store.enumerate(commit, {have: []});
	t.true(objects.length > 0);
});
