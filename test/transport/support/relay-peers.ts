/** A real relay on loopback and peers that are connected to it. */
import {type RelayOptions} from '../../../relay/relay-options.js';
import {type Relay, startRelay} from '../../../relay/start-relay.js';
import {type RelayMessage} from '../../../source/protocol/relay-messages.js';
import {type Tier, tiers} from '../../../source/protocol/tiers.js';
import {openCarrier} from '../../../source/transport/open-carrier.js';
import {type PeerChannel} from '../../../source/transport/peer-channel.js';
import {type RateLimiter} from '../../../source/transport/rate-limiter.js';
import {connectRelay, type RelayConnection} from '../../../source/transport/relay-socket.js';
import {createSecret, deriveSession, type SessionKeys} from '../../../source/transport/session-keys.js';
import {type CarrierRequest, type TunnelTier} from '../../../source/transport/tunnel-hub.js';
import {createPair, helloOf, listen, type Person, type Told} from './peers.js';

export type RelayPeer = {
	readonly person: Person;
	readonly connection: RelayConnection;
	readonly requests: CarrierRequest[];
	readonly messages: RelayMessage[];
	readonly ends: {code: string; reason: string}[];
	readonly told: Told;
	/** Resolves when a carrier was asked of this peer. */
	requested(): Promise<CarrierRequest>;
	/** Resolves when the relay has said something of this type that no tunnel takes. */
	heard(type: RelayMessage['type']): Promise<void>;
	ended(): Promise<{code: string; reason: string}>;
};

export type Scene = {
	readonly relay: Relay;
	readonly keys: SessionKeys;
	readonly founderKey: string;
	readonly leader: RelayPeer;
	readonly follower: RelayPeer;
	/** All bytes that the relay received, in order. */
	readonly seen: Buffer[];
	stop(): Promise<void>;
};

/** Connects one person, as founder (`create`) or member (`join`). */
export async function enter(
	url: string,
	person: Person,
	{keys, founderKey, mode}: {keys: SessionKeys; founderKey: string; mode: 'create' | 'join'},
): Promise<RelayPeer> {
	const requests: CarrierRequest[] = [];
	const messages: RelayMessage[] = [];
	const ends: {code: string; reason: string}[] = [];
	const waiting = {requested: [] as (() => void)[], ended: [] as (() => void)[], heard: [] as (() => void)[]};
	const connection = await connectRelay({
		url,
		identity: person.identity,
		instance: person.instance,
		name: person.name,
		session: {sessionId: keys.sessionId, admissionToken: keys.admissionToken, founderKey},
		mode,
		callbacks: {
			message(message) {
				messages.push(message);
				for (const resolve of waiting.heard.splice(0)) resolve();
			},
			carrierRequested(request) {
				requests.push(request);
				for (const resolve of waiting.requested.splice(0)) resolve();
			},
			closed(end) {
				ends.push(end);
				for (const resolve of waiting.ended.splice(0)) resolve();
			},
		},
	});
	return {
		person,
		connection,
		requests,
		messages,
		ends,
		told: listen(),
		async requested() {
			if (requests.length === 0) await new Promise<void>((resolve) => waiting.requested.push(resolve));
			return requests.shift()!;
		},
		async heard(type) {
			while (!messages.some((message) => message.type === type)) {
				await new Promise<void>((resolve) => waiting.heard.push(resolve));
			}
		},
		async ended() {
			if (ends.length === 0) await new Promise<void>((resolve) => waiting.ended.push(resolve));
			return ends[0]!;
		},
	};
}

/** A relay and two peers in one session. */
export async function openScene(options: Partial<RelayOptions> = {}): Promise<Scene> {
	const seen: Buffer[] = [];
	const relay = await startRelay({
		host: '127.0.0.1',
		port: 0,
		...options,
		tap(direction, bytes) {
			if (direction === 'in') seen.push(Buffer.from(bytes));
		},
	});
	const [one, other] = createPair();
	const founderKey = one.identity.publicKey;
	const keys = deriveSession({secret: createSecret(), founderPublicKey: founderKey});
	const leader = await enter(relay.url, one, {keys, founderKey, mode: 'create'});
	const follower = await enter(relay.url, other, {keys, founderKey, mode: 'join'});
	await leader.heard('peer_joined');
	return {
		relay,
		keys,
		founderKey,
		leader,
		follower,
		seen,
		async stop() {
			leader.connection.close('over');
			follower.connection.close('over');
			await relay.close();
		},
	};
}

/** One end's half of opening a channel to the other. */
export function openEnd(
	{keys, leader, follower}: Scene,
	who: 'leader' | 'follower',
	tier: TunnelTier,
	generation: number,
	{
		allowed = tiers,
		limiter,
		signal,
	}: {allowed?: readonly Tier[]; limiter?: RateLimiter; signal?: AbortSignal} = {},
): Promise<PeerChannel> {
	const self = who === 'leader' ? leader : follower;
	const other = who === 'leader' ? follower : leader;
	const {identity, instance} = other.person;
	return openCarrier({
		relay: self.connection,
		tier,
		peer: {peerId: identity.peerId, publicKey: identity.publicKey, instance},
		generation,
		leader: who === 'leader',
		tiers: allowed,
		identity: self.person.identity,
		keys,
		hello: helloOf(self.person.name, allowed),
		callbacks: self.told.callbacks,
		...(limiter ? {limiter} : {}),
		...(signal ? {signal} : {}),
	});
}

/** Both halves. */
export async function openChannels(
	scene: Scene,
	tier: TunnelTier,
	generation = 1,
): Promise<[leader: PeerChannel, follower: PeerChannel]> {
	const leader = openEnd(scene, 'leader', tier, generation);
	const request = await scene.follower.requested();
	const follower = openEnd(scene, 'follower', request.tier, request.generation);
	return Promise.all([leader, follower]);
}
