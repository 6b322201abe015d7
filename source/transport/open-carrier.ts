/**
 * From "this tier to that peer" to an open channel: agree on a tunnel through the relay, then make the channel secure. The
 * leader gives the generation and asks; the follower answers. Direct routes will join here.
 */
import {Failure} from '../protocol/failure.js';
import {startWindowBytes} from '../protocol/limits.js';
import {type Hello} from '../protocol/peer-messages.js';
import {type Tier} from '../protocol/tiers.js';
import {startDeadline} from './deadline.js';
import {type Identity} from './identity.js';
import {createJsonCarrier} from './json-carrier.js';
import {SealedLane} from './object-lane.js';
import {openPeerChannel} from './open-peer-channel.js';
import {type PeerCallbacks, type PeerChannel} from './peer-channel.js';
import {createProxyCarrier} from './proxy-carrier.js';
import {type RateLimiter} from './rate-limiter.js';
import {windowUnder} from './receive-window.js';
import {type RelayConnection} from './relay-socket.js';
import {type SecureChannel} from './secure-channel.js';
import {type SessionKeys} from './session-keys.js';
import {type TunnelCarrier} from './tunnel-carrier.js';
import {closeMessage} from './json-channel.js';
import {type TunnelTier} from './tunnel-hub.js';

export type OpenCarrierOptions = {
	readonly relay: RelayConnection;
	readonly tier: TunnelTier;
	readonly peer: {readonly peerId: string; readonly publicKey: string; readonly instance: string};
	readonly generation: number;
	/** True if our peer_id is the smaller one: then we ask, and are the TLS client. */
	readonly leader: boolean;
	/** What our pins allow. */
	readonly tiers: readonly Tier[];
	readonly identity: Identity;
	readonly keys: SessionKeys;
	readonly hello: Hello;
	/** Of this process start; the relay connection's own if left out. */
	readonly instance?: string;
	readonly limiter?: RateLimiter;
	readonly callbacks: PeerCallbacks;
	readonly signal?: AbortSignal;
};

/** How long a peer may take to answer that it wants the tunnel. */
const answerDeadlineMs = 10_000;

/**
 * Resolves with the open channel, one turn of the loop before its first message. Rejects with a Failure: `pinned`,
 * `text_only`, `no_answer`, `unknown_peer`, `not_authentic` (hostile), `carrier_lost`, …; `details.tiers` is what the
 * other side allows, where it said so.
 */
export async function openCarrier(options: OpenCarrierOptions): Promise<PeerChannel> {
	const {relay, tier, peer, generation, leader, identity, keys, hello, limiter, callbacks, signal} = options;
	if (signal?.aborted) throw signal.reason instanceof Failure ? signal.reason : new Failure('aborted');
	const carrier = tier === 'proxy' ? await openTunnel(options) : openJsonChannel(options);
	const makeLane = (secure: SecureChannel) => {
		const {lane, stop} = createLane(options, secure);
		const detach = relay.hub.attachObjects(peer.peerId, generation, (message) => lane.receive(message));
		const end = () => {
			detach();
			stop();
		};
		if (carrier.closed) end();
		else carrier.once('close', end);
		return lane;
	};
	return openPeerChannel({
		carrier,
		role: leader ? 'client' : 'server',
		psk: keys.psk,
		sessionId: keys.sessionId,
		identity,
		instance: options.instance ?? relay.instance,
		peer,
		hello,
		callbacks,
		...(limiter ? {limiter} : {}),
		...(signal ? {signal} : {}),
		...(tier === 'json' ? {makeLane} : {}),
	});
}

/** Answers a peer's request with no. `reason` is a code (`pinned`, `text_only`) or a few words. */
export function refuseCarrier(
	relay: RelayConnection,
	{
		peerId,
		tier,
		generation,
		reason,
		tiers,
	}: {peerId: string; tier: TunnelTier; generation: number; reason: string; tiers: readonly Tier[]},
): void {
	const ext = {tiers};
	if (tier === 'json') {
		relay.hub.detach('json', peerId, generation);
		relay.send(closeMessage(peerId, generation, reason, ext));
	} else {
		relay.send({type: 'binary_proxy_rejected', target_peer_id: peerId, generation, reason, ext});
	}
}

/** Asks the leader for a carrier: it gets `carrierRequested` with generation 0 and opens one as it sees fit. */
export function askForCarrier(
	relay: RelayConnection,
	{
		peerId,
		tiers,
		tier = tiers.includes('proxy') ? 'proxy' : 'json',
	}: {peerId: string; tiers: readonly Tier[]; tier?: TunnelTier},
): void {
	const common = {target_peer_id: peerId, ext: {tiers}};
	if (tier === 'proxy') {
		relay.send({type: 'request_binary_proxy', ...common, generation: 0, window_bytes: startWindowBytes});
	} else {
		relay.send({type: 'peer_message', ...common, channel: '0', sequence: 0, body: ''});
	}
}

async function openTunnel(options: OpenCarrierOptions): Promise<TunnelCarrier> {
	const {relay, peer, generation, leader, tiers, limiter, signal} = options;
	const windowBytes = windowUnder(limiter?.down, startWindowBytes);
	const address = {target_peer_id: peer.peerId, generation, window_bytes: windowBytes, ext: {tiers}};
	if (!leader) {
		const creditBytes = relay.hub.windowOf(peer.peerId, generation);
		if (creditBytes === undefined) throw new Failure('no_tunnel');
		const carrier = createProxyCarrier({...tunnelOf(options, creditBytes), windowBytes});
		relay.send({type: 'binary_proxy_accepted', ...address});
		return carrier;
	}
	const deadline = startDeadline(answerDeadlineMs, 'no_answer', signal);
	try {
		const answer = relay.hub.answer(peer.peerId, generation, deadline.signal);
		relay.send({type: 'request_binary_proxy', ...address});
		return createProxyCarrier({...tunnelOf(options, await answer), windowBytes});
	} catch (error) {
		if (deadline.signal.aborted) {
			// Whoever accepts too late must not wait for us.
			relay.send({
				type: 'binary_proxy_closed',
				target_peer_id: peer.peerId,
				generation,
				reason: 'no_answer',
			});
		}
		throw error;
	} finally {
		deadline.clear();
	}
}

function openJsonChannel(options: OpenCarrierOptions): TunnelCarrier {
	return createJsonCarrier({...tunnelOf(options, startWindowBytes), tiers: options.tiers});
}

function tunnelOf({relay, peer, generation, limiter}: OpenCarrierOptions, creditBytes: number) {
	const share = limiter?.down.shareOf(peer.peerId);
	return {
		hub: relay.hub,
		peerId: peer.peerId,
		generation,
		creditBytes,
		...(share ? {share} : {}),
	};
}

function createLane(
	{relay, peer, generation, keys, limiter}: OpenCarrierOptions,
	secure: SecureChannel,
): {lane: SealedLane; stop: () => void} {
	const {hub} = relay;
	let isOver = false;
	const up = limiter?.up.shareOf(peer.peerId);
	const waiting: {text: string; taken: (bytes: number) => void}[] = [];
	const source = {
		pull() {
			const next = waiting.shift();
			next?.taken(next.text.length);
			return next?.text;
		},
	};
	const stop = () => {
		isOver = true;
		for (const {taken} of waiting.splice(0)) taken(0);
	};
	const lane = new SealedLane({
		secure,
		sessionId: keys.sessionId,
		generation,
		self: hub.self,
		peerId: peer.peerId,
		down: limiter?.down.shareOf(peer.peerId),
		port: {
			control: (message) => hub.send({...message, target_peer_id: peer.peerId}),
			bulk: (message) =>
				new Promise((taken) => {
					const text = hub.format({...message, target_peer_id: peer.peerId});
					const send = () => {
						if (isOver) return taken(0);
						waiting.push({text, taken});
						hub.lanes.wake(source);
					};
					if (up?.bytesPerSecond === undefined) send();
					else void up.take(text.length).then(send);
				}),
		},
	});
	return {lane, stop};
}
