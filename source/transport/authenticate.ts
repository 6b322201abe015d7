/**
 * The second half of layer 3: each end signs, with its own key, what this one channel is. The exported keying material
 * ties the signature to the handshake, so it is worth nothing on any other; the role keeps it from being sent back.
 */
import {lengthPrefixed} from '../protocol/canonical.js';
import {type PeerMessageOf} from '../protocol/peer-messages.js';
import {type Identity, peerIdOf, verify} from './identity.js';
import {type SecureChannel, type TlsRole} from './secure-channel.js';

/** What both ends know of the attempt and both signatures cover. */
export type ChannelFacts = {
	readonly sessionId: string;
	readonly generation: number;
	/** Of the signer's process, as the relay's roster has it. */
	readonly instance: string;
	/** What the signer wants of the connection, if not a channel. */
	readonly intent?: string;
};

/** Number of the session's key; rises when a key is ever changed. */
const epoch = 0;

const exporterLabel = 'EXPORTER-pulsync-auth-v1';
const exporterBytes = 32;

/** What we say of ourselves on this channel; `saysWho` names instance and generation too, for who cannot know them. */
export function makeAuth(
	channel: SecureChannel,
	identity: Identity,
	otherPeerId: string,
	facts: ChannelFacts,
	{saysWho = false}: {readonly saysWho?: boolean} = {},
): PeerMessageOf<'auth'> {
	const bytes = signedBytes(channel, channel.role, identity.peerId, otherPeerId, facts);
	const {instance, generation, intent} = facts;
	return {
		type: 'auth',
		public_key: identity.publicKey,
		signature: identity.sign(bytes).toString('base64url'),
		...(saysWho && {instance, generation}),
		...(intent !== undefined && {intent}),
	};
}

/** True if the other end holds the key that its peer_id is the hash of, and signed this very channel. */
export function isAuthentic(
	auth: PeerMessageOf<'auth'>,
	channel: SecureChannel,
	ownPeerId: string,
	theirPeerId: string,
	facts: ChannelFacts,
): boolean {
	if (peerIdOf(auth.public_key) !== theirPeerId) return false;
	const theirRole = channel.role === 'client' ? 'server' : 'client';
	const bytes = signedBytes(channel, theirRole, theirPeerId, ownPeerId, facts);
	return verify(auth.public_key, bytes, auth.signature);
}

/** Texts are UTF-8, numbers decimal; role and peer_ids as the signer sees them. */
function signedBytes(
	channel: SecureChannel,
	role: TlsRole,
	signerPeerId: string,
	otherPeerId: string,
	{sessionId, instance, generation, intent}: ChannelFacts,
): Uint8Array {
	const texts = [
		'pulsync auth v1',
		role,
		String(epoch),
		sessionId,
		signerPeerId,
		otherPeerId,
		instance,
		String(generation),
		...(intent === undefined ? [] : [intent]),
	];
	return lengthPrefixed([
		...texts.map((text) => Buffer.from(text)),
		channel.exportKey(exporterLabel, exporterBytes),
	]);
}
