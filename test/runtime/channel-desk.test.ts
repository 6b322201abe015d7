/** What becomes of channels that open while the session ends. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import {type Event} from '../../source/core/event.js';
import {ChannelDesk} from '../../source/runtime/channel-desk.js';
import {createIdentity} from '../../source/transport/identity.js';
import {type PeerChannel} from '../../source/transport/peer-channel.js';
import {deriveSession} from '../../source/transport/session-keys.js';
import {createDirectDesk} from '../helpers/direct-desk.js';
import {samplePeer, sampleState} from '../helpers/sample-state.js';

test('a channel that comes too late to be closed with the others is closed by itself', async (t) => {
	const identity = createIdentity();
	let give: (channel: PeerChannel) => void = () => undefined;
	const direct = Object.assign(createDirectDesk(), {
		open: async () => new Promise<PeerChannel>((resolve) => (give = resolve)),
	});
	const events: Event[] = [];
	const desk = new ChannelDesk({
		identity,
		keys: deriveSession({secret: randomBytes(32), founderPublicKey: identity.publicKey}),
		instance: 'one',
		state: () => sampleState(),
		relay: () => undefined,
		dispatch: (event) => events.push(event),
		exchange: {message: () => undefined, bulk: () => undefined, closed: () => undefined},
		direct: () => direct,
	});
	const {peerId} = samplePeer();
	const opening = desk.open({
		type: 'open-carrier',
		peerId,
		tier: 'direct',
		generation: 1,
		leader: true,
		tiers: ['direct'],
		routes: 'all',
	});
	await desk.closeAll('stopped');
	const reasons: string[] = [];
	give({
		peerId,
		tier: 'direct',
		route: 'tcp-lan',
		generation: 1,
		openedAt: 0,
		localAddress: undefined,
		hello: desk.hello(['direct']),
		bytesIn: 0,
		bytesOut: 0,
		rttMs: undefined,
		droppedFrames: 0,
		send: () => undefined,
		sendBulk: async () => undefined,
		close: (reason) => reasons.push(reason),
		closed: new Promise(() => undefined),
		drain: async () => undefined,
	});
	await opening;
	t.deepEqual(reasons, ['stopped']);
	t.is(desk.get(peerId, 1), undefined);
	t.deepEqual(events, []);
});
