/** How a socket becomes a member of a session at the relay: welcome, proof, create or join, answer. */
import {createHash} from 'node:crypto';
import {relayProofParts} from '../protocol/canonical.js';
import {Failure} from '../protocol/failure.js';
import {protocolVersions} from '../protocol/limits.js';
import {type RelayFacts, type RelayMessage, type RelayMessageOf} from '../protocol/relay-messages.js';
import {type Identity, idOfBytes, peerIdOf} from './identity.js';

/** What a peer shows to be let in. */
export type Admission = {
	readonly identity: Identity;
	readonly session: {
		readonly sessionId: string;
		readonly admissionToken: string;
		/** Needed to create: any member can form the session again under the same id. */
		readonly founderKey?: string;
	};
	readonly mode: 'create' | 'join';
	readonly name: string;
	/** Random number of this process start. */
	readonly instance: string;
	/** What a relay with a token asks of founders, and what it gave for the next time. */
	readonly relayToken?: string;
	readonly sessionTicket?: string;
	/** Resolves when we may enter here; an entry at one address of a relay ends that at another. */
	readonly turn?: () => Promise<void>;
};

/** One other member as the relay names it; the key does hash to the id. */
export type RosterPeer = {
	readonly peerId: string;
	readonly publicKey: string;
	readonly name: string;
	readonly instance: string;
};

export type Entered = {
	readonly peers: readonly RosterPeer[];
	readonly founderKey: string;
	readonly sessionTicket: string | undefined;
	readonly relay: RelayFacts;
	readonly rttMs: number;
	/** What came behind the answer, before anybody could listen. */
	readonly held: RelayMessage[];
};

/** The socket, as far as the handshake needs it. */
export type HandshakeSocket = {
	onText: (message: RelayMessage) => void;
	onClosed: (failure: Failure) => void;
	send(data: string): void;
};

/** These will not change by trying again: a person must act. */
const fatalCodes = new Set([
	'not_admitted',
	'unsupported_version',
	'replaced',
	'kicked',
	'not_member',
	'old_epoch',
]);

/** Enters the session; the socket's listeners are the caller's again afterwards, and what came meanwhile is `held`. */
export function enterSession(socket: HandshakeSocket, admission: Admission): Promise<Entered> {
	return new Promise((resolve, reject) => {
		const held: RelayMessage[] = [];
		let sentAt = 0;
		let isEntered = false;
		let hasGreeted = false;
		let isOver = false;
		socket.onClosed = (failure) => {
			isOver = true;
			reject(failure);
		};
		socket.onText = (message) => {
			if (isEntered) {
				held.push(message);
			} else if (message.type === 'welcome') {
				// One is said; each would be a turn taken, and signed for.
				if (hasGreeted || isOver) return;
				const entry = makeEntry(message, admission);
				if (entry instanceof Failure) {
					reject(entry);
					return;
				}
				hasGreeted = true;
				void (admission.turn?.() ?? Promise.resolve()).then(() => {
					sentAt = performance.now();
					socket.send(JSON.stringify(entry));
				});
			} else if (message.type === 'error') {
				reject(failureOfError(message));
			} else if (message.type === 'session_created' || message.type === 'session_joined') {
				const founderKey =
					message.type === 'session_joined'
						? message.founder_key
						: (admission.session.founderKey ?? admission.identity.publicKey);
				if (!isFounder(founderKey, admission)) {
					reject(new Failure('not_authentic', {severity: 'hostile'}));
					return;
				}
				isEntered = true;
				resolve({
					peers: rosterOf(message),
					founderKey,
					sessionTicket: message.session_ticket,
					relay: message.relay,
					rttMs: performance.now() - sentAt,
					held,
				});
			}
		};
	});
}

function makeEntry(welcome: RelayMessageOf<'welcome'>, admission: Admission): object | Failure {
	const [low, high] = protocolVersions;
	const version = Math.min(high, welcome.versions[1]);
	if (version < low || version < welcome.versions[0]) {
		const details = {ours: protocolVersions.join('-'), theirs: welcome.versions.join('-')};
		return new Failure('unsupported_version', {severity: 'fatal', details});
	}
	const {identity, session, mode, name, instance, relayToken, sessionTicket} = admission;
	const nonce = Buffer.from(welcome.nonce, 'base64url');
	const entry = {
		session_id: session.sessionId,
		peer_id: identity.peerId,
		public_key: identity.publicKey,
		proof: identity.sign(relayProofParts(nonce, session.sessionId, identity.peerId)).toString('base64url'),
		name,
		instance,
		protocol_version: version,
		admission_token: session.admissionToken,
	};
	if (mode === 'join') return {type: 'join_session', ...entry};
	return {
		type: 'create_session',
		...entry,
		founder_key: session.founderKey ?? identity.publicKey,
		...(relayToken === undefined ? {} : {relay_token: relayToken}),
		...(sessionTicket === undefined ? {} : {session_ticket: sessionTicket}),
	};
}

/** The session_id is made of the founder's key and the secret: no relay can name another founder. */
function isFounder(founderKey: string, {session}: Admission): boolean {
	const hash = createHash('sha256').update(Buffer.from(session.admissionToken, 'base64url')).digest();
	return idOfBytes(Buffer.from(founderKey, 'base64url'), hash) === session.sessionId;
}

function rosterOf({
	peers,
	peer_id: self,
}: RelayMessageOf<'session_created' | 'session_joined'>): readonly RosterPeer[] {
	return peers
		.filter((peer) => peer.peer_id !== self && peerIdOf(peer.public_key) === peer.peer_id)
		.map(({peer_id: peerId, public_key: publicKey, name, instance}) => ({peerId, publicKey, name, instance}));
}

function failureOfError(error: RelayMessageOf<'error'>): Failure {
	const {code, message, versions, retry_after_ms: retryAfterMs} = error;
	return new Failure(code, {
		severity: fatalCodes.has(code) ? 'fatal' : 'transient',
		details: {
			message,
			...(retryAfterMs === undefined ? {} : {retryAfterMs}),
			...(versions ? {ours: protocolVersions.join('-'), theirs: versions.join('-')} : {}),
		},
	});
}
