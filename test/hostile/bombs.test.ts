/** Bombs from a real member into a real session: refused at once, in little memory, and nothing of them stays. */
import {readdirSync, readFileSync} from 'node:fs';
import anyTest, {type ExecutionContext} from 'ava';
import {Store} from '../../source/git/store.js';
import {type Oid} from '../../source/protocol/content.js';
import {waitUntil} from '../helpers/wait.js';
import {makeFolder} from '../git/make-store.js';
import {type AttackedSession, openAttackedSession} from './attacked-session.js';
import {announcedBombs, multiplied, packBombs, treeBombs} from './bombs.js';
import {type Entry, Forge, packOf} from './forged-objects.js';
import {HostileMember, identityFor} from './hostile-member.js';

const test = anyTest.serial;
/** 5 s on a machine of its own, and room for one that other tests keep busy; without bounds these last for hours. */
const refusedWithinMs = 20_000;
const maxMemoryKib = 1024 * 1024;

/** The largest memory that this process or a child of it has had, in KiB; 0 where the system does not tell. */
function peakMemoryKib(): number {
	const peaks = [process.resourceUsage().maxRSS];
	try {
		for (const task of readdirSync('/proc/self/task')) {
			const children = readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ');
			for (const child of children.filter((pid) => pid !== '')) {
				const status = readFileSync(`/proc/${child}/status`, 'utf8');
				peaks.push(Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
			}
		}
	} catch {
		// A child that has just ended, or another system.
	}
	return Math.max(...peaks);
}

async function isNamed(session: AttackedSession, {identity}: HostileMember, what: string): Promise<void> {
	await waitUntil(`it is named for ${what}`, () =>
		session.events.some((event) => event.event === 'problem' && event.peer_id === identity.peerId),
	);
}

async function attack(
	t: ExecutionContext,
	session: AttackedSession,
	what: string,
	begin: (member: HostileMember, parent: Oid) => Promise<void> | void,
): Promise<void> {
	const identity = identityFor(session.target.peerId, what.length % 2 === 0);
	const member = await HostileMember.enter(session.target, {tier: 'proxy', identity, name: 'Mallory'});
	const channel = await member.connect();
	const parent = await member.hearHead();
	const arriving = begin(member, parent);
	await Promise.race([arriving, channel.closed]);
	const arrivedAt = performance.now();
	await isNamed(session, member, what);
	const tookMs = performance.now() - arrivedAt;
	await channel.closed;
	member.leave();
	t.true(tookMs < refusedWithinMs, `${what} took ${tookMs} ms`);
	t.log(`${what}: ${Math.round(tookMs)} ms, ${Math.round(peakMemoryKib() / 1024)} MiB`);
	t.true(peakMemoryKib() < maxMemoryKib, what);
}

test('bombs in packs, announcements and trees are refused within seconds, in bounded memory', async (t) => {
	t.timeout(180_000);
	const session = await openAttackedSession(t, 'proxy');
	for (const {what, send} of [...announcedBombs, ...packBombs]) {
		await attack(t, session, what, (member) => {
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
		await attack(t, session, what, (member, parent) => member.offer(forge, forge.commit(root, [parent])));
	}
	await session.isClean();
	await session.assertUntouched('bombs');
	await session.goesOn('bombs');
	t.deepEqual(
		session.events.filter(({event}) => event === 'halted' || event === 'error'),
		[],
	);
});

test('a flood of heads with packs, and of questions, holds up neither the others nor our memory', async (t) => {
	t.timeout(120_000);
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
		t.true(performance.now() - startedAt < refusedWithinMs, 'a change of the others');
	}
	flooding = false;
	await flood;
	t.log(`${Math.round(peakMemoryKib() / 1024)} MiB`);
	t.true(peakMemoryKib() < maxMemoryKib);
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

async function assertRefused(t: ExecutionContext, store: Store, commit: Oid): Promise<void> {
	const startedAt = performance.now();
	await t.throwsAsync(store.acceptCommit(commit), {code: 'hostile_data'});
	const tookMs = performance.now() - startedAt;
	t.log(`${Math.round(tookMs)} ms, ${Math.round(peakMemoryKib() / 1024)} MiB`);
	t.true(tookMs < refusedWithinMs);
	t.true(peakMemoryKib() < maxMemoryKib);
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
	const startedAt = performance.now();
	await store.acceptCommit(commit);
	t.true(performance.now() - startedAt < refusedWithinMs);
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
	const startedAt = performance.now();
	await store.acceptCommit(commit);
	const tookMs = performance.now() - startedAt;
	t.log(`${Math.round(tookMs)} ms`);
	t.true(tookMs < refusedWithinMs);
});

test('a graph whose commits are each other’s ancestors ends every walk', async (t) => {
	const {store, first} = await openVictim(t);
	const [one, other] = ['1'.repeat(40), '2'.repeat(40)];
	await store.graph.add([
		{oid: one, parents: [other, first]},
		{oid: other, parents: [one]},
	]);
	const forge = new Forge();
	const commit = forge.commit(forge.file('x', 'new'), [first, one]);
	await send(store, forge);
	await store.acceptCommit(commit);
	t.true(store.graph.isPresent(commit));
	const {objects} = await store.enumerate(commit, {have: []});
	t.true(objects.length > 0);
});
