/** Whether what the other end says first lets it in. */
import {Failure} from '../protocol/failure.js';
import {type Hello, type PeerMessage} from '../protocol/peer-messages.js';
import {type Tier} from '../protocol/tiers.js';
import {isAuthentic} from './authenticate.js';
import {type PeerChannelOptions} from './open-peer-channel.js';
import {type SecureChannel} from './secure-channel.js';

/** Undefined if it is an `auth` by the key that the peer_id stands for, for this very channel. */
export function judgeAuth(
	message: PeerMessage | undefined,
	{identity, peer, sessionId, carrier}: PeerChannelOptions,
	secure: SecureChannel,
): Failure | undefined {
	const facts = {sessionId, generation: carrier.generation, instance: peer.instance};
	const isPeer =
		message?.type === 'auth' && isAuthentic(message, secure, identity.peerId, peer.peerId, facts);
	return isPeer ? undefined : new Failure('not_authentic', {severity: 'hostile'});
}

/** Undefined if it is a `hello` whose versions and tiers meet ours. */
export function judgeHello(message: PeerMessage | undefined, ours: Hello, tier: Tier): Failure | undefined {
	if (message?.type !== 'hello') return new Failure('not_authentic', {severity: 'hostile'});
	const {versions, tiers} = message;
	if (versions[0] > ours.versions[1] || versions[1] < ours.versions[0]) {
		const details = {ours: ours.versions.join('-'), theirs: versions.join('-')};
		return new Failure('unsupported_version', {severity: 'fatal', details});
	}
	if (!tiers.includes(tier) || !ours.tiers.includes(tier)) {
		const [mine, theirs] = [ours.tiers.join(','), tiers.join(',')];
		return new Failure('pinned', {details: {mine, theirs, tiers: theirs}});
	}
	return undefined;
}
