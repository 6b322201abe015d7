import test, {type ExecutionContext} from 'ava';
import {type Peer, type State} from '../../source/core/state.js';
import {type RelayOptions} from '../../relay/relay-options.js';
import {startRelay} from '../../relay/start-relay.js';
import {createIdentity} from '../../source/transport/identity.js';
import {createSecret} from '../../source/transport/session-keys.js';
import {startLinkPeer, tierOf, type LinkPeer} from '../helpers/link-peer.js';
import {startMiddlebox, type BinaryPolicy, type Middlebox} from '../helpers/middlebox.js';

async function startPair(
	t: ExecutionContext,
	binary: BinaryPolicy,
	options: Partial<RelayOptions> = {},
): Promise<{box: Middlebox; ada: LinkPeer; bob: LinkPeer}> {
	const relay = await startRelay({host: '127.0.0.1', port: 0, ...options});
	const box = await startMiddlebox(relay.url, binary);
	const founder = createIdentity();
	const common = {secret: createSecret(), founder};
	const ada = startLinkPeer({...common, url: box.url, identity: founder, name: 'ada'});
	const bob = startLinkPeer({...common, url: box.url, name: 'bob'});
	t.teardown(async () => {
		await Promise.all([ada.close(), bob.close()]);
		await box.close();
		await relay.close();
	});
	return {box, ada, bob};
}

async function bothOn(tier: string, ...peers: LinkPeer[]): Promise<void> {
	await Promise.all(
		peers.map(async (peer) => peer.until((state) => tierOf(state) === tier, `link over ${tier}`)),
	);
}

test('two peers link over proxy within moments', async (t) => {
	const {ada, bob} = await startPair(t, 'pass');
	await bothOn('proxy', ada, bob);
	t.pass();
});

test('where binary frames vanish, the link runs over json', async (t) => {
	const {ada, bob} = await startPair(t, 'swallow');
	await bothOn('json', ada, bob);
	t.pass();
});

test('where binary frames kill the socket, the link runs over json', async (t) => {
	const {ada, bob} = await startPair(t, 'kill');
	await bothOn('json', ada, bob);
	t.pass();
});

test('when binary frames pass again, the link climbs back to proxy', async (t) => {
	const {box, ada, bob} = await startPair(t, 'swallow');
	await bothOn('json', ada, bob);
	// One side may have learnt it from the other while its own test still runs.
	const knows = ({relay}: State) => relay.status === 'online' && relay.binary === 'text-only';
	await Promise.all([ada, bob].map(async (peer) => peer.until(knows, 'text-only')));
	box.binary = 'pass';
	// Ten minutes later, without waiting for them.
	for (const peer of [ada, bob]) peer.loop.dispatch({type: 'timer-fired', timer: 'binary'});
	await bothOn('proxy', ada, bob);
	t.pass();
});

test('pins switch a running link, and taking them back climbs up again', async (t) => {
	const {ada, bob} = await startPair(t, 'pass');
	await bothOn('proxy', ada, bob);
	for (const [peer, pin, tier] of [
		[bob, 'json', 'json'],
		[bob, 'auto', 'proxy'],
		[ada, 'json', 'json'],
		[ada, 'auto', 'proxy'],
	] as const) {
		peer.loop.dispatch({type: 'commanded', command: {type: 'set-tier', pin}});
		await bothOn(tier, ada, bob);
	}
	t.pass();
});

test('pins that exclude each other leave the link offline until one is taken back', async (t) => {
	const {ada, bob} = await startPair(t, 'pass');
	await bothOn('proxy', ada, bob);
	ada.loop.dispatch({type: 'commanded', command: {type: 'set-tier', pin: 'json'}});
	bob.loop.dispatch({type: 'commanded', command: {type: 'set-tier', pin: 'proxy'}});
	await Promise.all(
		[ada, bob].map(async (peer) => peer.until((state) => tierOf(state) === undefined, 'offline')),
	);
	bob.loop.dispatch({type: 'commanded', command: {type: 'set-tier', pin: 'auto'}});
	await bothOn('json', ada, bob);
	t.pass();
});

test('a pulled cable comes back by itself', async (t) => {
	const {box, ada, bob} = await startPair(t, 'pass');
	await bothOn('proxy', ada, bob);
	box.cut();
	await ada.until((state) => tierOf(state) === undefined, 'link lost');
	await bothOn('proxy', ada, bob);
	t.pass();
});

test('when the bytes of a day are used up, both wait as long as the relay asks, and say so', async (t) => {
	const {ada, bob} = await startPair(t, 'pass', {limits: {bytesPerDay: {session: 3000}}});
	const asked = '; the relay asks to wait 24 h';
	const waitHours = (tier: string, {attempts}: Peer) => {
		const last = attempts.findLast((attempt) => attempt.tier === tier);
		return last?.reason?.endsWith(asked) ? ((last.retryAt ?? 0) - Date.now()) / 3_600_000 : 0;
	};
	const leader = ada.identity.peerId < bob.identity.peerId ? ada : bob;
	const isHeld = (peer: Peer) => ['proxy', 'json'].every((tier) => waitHours(tier, peer) > 0.9);
	await leader.until((state) => [...state.peers.values()].some(isHeld), 'neither tier is tried again');
	const [peer] = leader.state().peers.values();
	t.true(peer?.link.status === 'offline' && peer.link.reason.endsWith(asked), JSON.stringify(peer?.link));
	t.true(waitHours('proxy', peer!) < 1.1, 'no longer than the longest wait that is taken from a relay');
});
