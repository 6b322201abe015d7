/** What both ends say first, and whether it lets them in. */
import {Failure} from '../protocol/failure.js';
import {type Hello, type PeerMessage} from '../protocol/peer-messages.js';
import {type Tier} from '../protocol/tiers.js';
import {isAuthentic, makeAuth} from './authenticate.js';
import {EarlyFrames} from './early-frames.js';
import {type PeerChannelOptions} from './open-peer-channel.js';
import {pathWords} from './path-words.js';
import {type SecureChannel} from './secure-channel.js';

type GreetingOptions = Omit<PeerChannelOptions, 'role' | 'psk'>;

/** How far a connection is that somebody else began to greet on. */
export type Greeted = {
	readonly frames: EarlyFrames;
	/** The last that we said. */
	readonly said?: 'auth' | 'hello';
	/** True if the other end's `auth` was heard and found true. */
	readonly isAuthentic: boolean;
};

/**
 * Says and hears `auth` and `hello`; resolves with the other end's. Rejects with Failure `not_authentic` (hostile),
 * `pinned`, `unsupported_version`, whatever `beforeHello` threw, or as EarlyFrames.read does.
 */
export async function exchangeGreetings(
	options: GreetingOptions,
	secure: SecureChannel,
	signal: AbortSignal,
	greeted?: Greeted,
): Promise<Hello> {
	const {carrier, identity, peer, instance, sessionId, hello, beforeHello, saysWho = false} = options;
	const frames = greeted?.frames ?? new EarlyFrames(secure.stream, carrier);
	if (!greeted?.said) {
		const facts = {sessionId, generation: carrier.generation, instance};
		frames.say(makeAuth(secure, identity, peer.peerId, facts, {saysWho}));
	}
	if (greeted?.said !== 'hello' && !beforeHello) frames.say(hello);
	if (!greeted?.isAuthentic) {
		const failure = judgeAuth(await frames.read(signal), options, secure);
		if (failure) throw failure;
	}
	const theirs = judgeHello(await frames.read(signal), hello, carrier.tier);
	if (beforeHello) {
		await beforeHello(theirs);
		// It may have died while it waited; then another one is to be chosen.
		if (carrier.destroyed || secure.stream.destroyed) throw new Failure('carrier_lost');
		frames.say(hello);
	}
	return theirs;
}

/** Undefined if it is an `auth` by the key that the peer_id stands for, for this very channel. */
function judgeAuth(
	message: PeerMessage | undefined,
	{identity, peer, sessionId, carrier}: GreetingOptions,
	secure: SecureChannel,
): Failure | undefined {
	const instance = (message?.type === 'auth' ? message.instance : undefined) ?? peer.instance;
	const facts = {sessionId, generation: carrier.generation, instance};
	const isPeer =
		message?.type === 'auth' && isAuthentic(message, secure, identity.peerId, peer.peerId, facts);
	if (!isPeer) return new Failure('not_authentic', {severity: 'hostile'});
	return instance === peer.instance ? undefined : new Failure('no_path', {message: pathWords.startedAnew});
}

/** The `hello`, if it is one whose versions and tiers meet ours; throws a Failure otherwise. */
function judgeHello(message: PeerMessage | undefined, ours: Hello, tier: Tier): Hello {
	if (message?.type !== 'hello') throw new Failure('not_authentic', {severity: 'hostile'});
	const {versions, tiers} = message;
	if (versions[0] > ours.versions[1] || versions[1] < ours.versions[0]) {
		const details = {ours: ours.versions.join('-'), theirs: versions.join('-')};
		throw new Failure('unsupported_version', {severity: 'fatal', details});
	}
	if (!tiers.includes(tier) || !ours.tiers.includes(tier)) {
		const [mine, theirs] = [ours.tiers.join(','), tiers.join(',')];
		throw new Failure('pinned', {details: {mine, theirs, tiers: theirs}});
	}
	return message;
}
