/** A real member sends trees that no peer may send, into a real session, over both tiers of the relay. */
import {existsSync} from 'node:fs';
import anyTest, {type ExecutionContext} from 'ava';
import {type TunnelTier} from '../../source/transport/tunnel-hub.js';
import {waitUntil} from '../helpers/wait.js';
import {type AttackedSession, openAttackedSession} from './attacked-session.js';
import {Forge} from './forged-objects.js';
import {HostileMember, identityFor} from './hostile-member.js';
import {type MaliciousTree, maliciousTrees} from './malicious-trees.js';
import {watchMemory} from './peak-memory.js';

const test = anyTest.serial;
/** From the first byte that is sent to the name on the screen. */
const refusedWithinMs = 5000;
const maxMemoryKib = 1024 * 1024;

/** Attacks as a new member; resolves when it was named and cut off. */
async function attack(
	t: ExecutionContext,
	session: AttackedSession,
	tier: TunnelTier,
	at: number,
	{what, tree, commit}: MaliciousTree,
): Promise<HostileMember> {
	const identity = identityFor(session.target.peerId, at % 2 === 0);
	const name = `Mallory ${at}`;
	const member = await HostileMember.enter(session.target, {tier, identity, name});
	const channel = await member.connect();
	const forge = new Forge();
	const parents = [await member.hearHead()];
	const head = commit ? commit(forge) : forge.commit(tree!(forge), parents);
	const startedAt = performance.now();
	void member.offer(forge, head);
	const problem = await waitUntil(`it is named for ${what}`, () =>
		session.events.find((event) => event.event === 'problem' && event.peer_id === identity.peerId),
	);
	const tookMs = performance.now() - startedAt;
	t.true(tookMs < refusedWithinMs, `${what} took ${tookMs} ms`);
	t.like(problem, {event: 'problem', code: 'hostile_peer'});
	t.true('message' in problem && problem.message.startsWith(`${name} broke the rules`), what);
	await channel.closed;
	const state = session.victim.getSnapshot();
	t.is(state.peers.get(identity.peerId)?.link.status, 'offline', what);
	t.not(state.project.head, head, what);
	return member;
}

test('there are more than enough of them', (t) => {
	t.true(maliciousTrees.length >= 40);
	t.is(new Set(maliciousTrees.map(({what}) => what)).size, maliciousTrees.length);
});

for (const tier of ['proxy', 'json'] as const) {
	test(`over ${tier} each malicious tree is refused and its sender cut off, and the others go on`, async (t) => {
		t.timeout(180_000);
		const memory = watchMemory(t);
		const session = await openAttackedSession(t, tier);
		for (const [at, malicious] of maliciousTrees.entries()) {
			const member = await attack(t, session, tier, at, malicious);
			member.leave();
			await session.assertUntouched(malicious.what);
			if (at % 20 === 0) await session.goesOn(malicious.what);
		}
		await session.goesOn('all of them');
		await session.isClean();
		t.true(memory.largestKib() < maxMemoryKib);
		t.true(memory.childKib() > 0);
		t.false(existsSync('/tmp/pulsync-was-executed'));
		const halted = session.events.filter(({event}) => event === 'halted' || event === 'error');
		t.deepEqual(halted, []);
	});
}

for (const leads of [true, false]) {
	test(`who was cut off is not let in again, as ${leads ? 'leader' : 'follower'}, by any tier or process`, async (t) => {
		const session = await openAttackedSession(t, 'proxy');
		session.victim.send({type: 'set-tier', pin: 'auto'});
		const identity = identityFor(session.target.peerId, leads);
		const {[0]: malicious} = maliciousTrees;
		const first = await HostileMember.enter(session.target, {tier: 'proxy', identity, name: 'Mallory'});
		const channel = await first.connect();
		const forge = new Forge();
		void first.offer(forge, forge.commit(malicious!.tree!(forge), [await first.hearHead()]));
		await channel.closed;
		t.false(await first.isLetIn(1500), 'over the same relay connection');
		first.leave();
		for (const tier of ['proxy', 'json'] as const) {
			const again = await HostileMember.enter(session.target, {tier, identity, name: 'Somebody else'});
			t.false(await again.isLetIn(1500), tier);
			again.leave();
		}
		const named = session.events.filter((event) => event.event === 'problem');
		t.is(named.length, 1);
		await session.goesOn('that');
	});
}

test('a malicious tree that comes with the head itself is refused as well', async (t) => {
	const session = await openAttackedSession(t, 'proxy');
	const {packOf} = await import('./forged-objects.js');
	for (const [at, what] of ['a file named as .git', 'a file twice', 'a record of one side'].entries()) {
		const identity = identityFor(session.target.peerId, at % 2 === 0);
		const member = await HostileMember.enter(session.target, {tier: 'proxy', identity, name: 'Mallory'});
		const channel = await member.connect();
		const forge = new Forge();
		const {tree} = maliciousTrees.find((one) => one.what === what)!;
		const head = forge.commit(tree!(forge), [await member.hearHead()]);
		member.sayHead(head, {pack: packOf(forge.sorted())});
		await channel.closed;
		t.true(session.events.some((event) => event.event === 'problem' && event.peer_id === identity.peerId));
		t.false(
			member.messages.some(({type}) => type === 'want'),
			what,
		);
		member.leave();
	}
	await session.assertUntouched('packs with heads');
	await session.goesOn('packs with heads');
});
