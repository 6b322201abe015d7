/**
 * Who may enter: the proof that a peer owns its peer_id, and the token that shows that it holds the invite. The relay
 * never sees the session's secret. Unknown session, wrong token and wrong proof give one answer, so that nobody learns
 * which sessions exist (that it also takes one time is the hub's part).
 */
import {createHash, createHmac, createPublicKey, timingSafeEqual, verify} from 'node:crypto';
import {relayProofParts} from '../source/protocol/canonical.js';
import {type ErrorCode} from '../source/protocol/codes.js';
import {decodeBase64Url, encodeBase32} from '../source/protocol/ids.js';
import {protocolVersions} from '../source/protocol/limits.js';
import {type ClientMessageOf} from '../source/protocol/relay-messages.js';

export type Handshake = ClientMessageOf<'create_session' | 'join_session'>;

export type AdmissionRules = {
	/** Who knows it may found sessions; undefined: everybody. */
	readonly token?: string;
	/** An embedded relay serves this session alone. */
	readonly onlySession?: string;
};

export type Admission =
	| {readonly ok: true; readonly admissionHash: Uint8Array; readonly sessionTicket?: string}
	| {readonly ok: false; readonly code: ErrorCode};

/** DER of an Ed25519 SubjectPublicKeyInfo (RFC 8410) up to the 32 bytes of the key. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const spkiBytes = spkiPrefix.length + 32;

/** Judges a create or join. `knownHash` is what the relay has of the session, if it knows it. */
export function admit(
	handshake: Handshake,
	nonce: Uint8Array,
	knownHash: Uint8Array | undefined,
	rules: AdmissionRules,
): Admission {
	const version = handshake.protocol_version;
	if (version < protocolVersions[0] || version > protocolVersions[1]) {
		return {ok: false, code: 'unsupported_version'};
	}

	const key = readPublicKey(handshake.public_key);
	if (!key || idOf(key) !== handshake.peer_id) return {ok: false, code: 'peer_id_mismatch'};
	const admissionHash = sha256(decodeBase64Url(handshake.admission_token) ?? new Uint8Array());
	// All checks are made, whatever the first says: the work must not tell which of them failed.
	const isProven = isProof(handshake, key, nonce);
	const isExpected = isSame(admissionHash, knownHash ?? new Uint8Array(32)) && knownHash !== undefined;
	const isOurs = rules.onlySession === undefined || rules.onlySession === handshake.session_id;
	const isGood =
		handshake.type === 'join_session' ? isExpected : mayCreate(handshake, admissionHash, knownHash, rules);
	if (!isProven || !isOurs || !isGood) return {ok: false, code: 'not_admitted'};
	const {token} = rules;
	return token === undefined
		? {ok: true, admissionHash}
		: {ok: true, admissionHash, sessionTicket: ticketOf(token, handshake.session_id)};
}

/** The id that a founder and an admission hash give a session. */
function sessionIdOf(founderKey: Uint8Array, admissionHash: Uint8Array): string {
	return idOf(founderKey, admissionHash);
}

/** What lets members form a session again on this relay: it survives a restart, as the token does. */
function ticketOf(token: string, sessionId: string): string {
	return createHmac('sha256', token).update(`pulsync session ticket v1 ${sessionId}`).digest('base64url');
}

function mayCreate(
	handshake: ClientMessageOf<'create_session'>,
	admissionHash: Uint8Array,
	knownHash: Uint8Array | undefined,
	{token}: AdmissionRules,
): boolean {
	const founderKey = readPublicKey(handshake.founder_key);
	// The id binds founder and token, so this holds for a session that exists as well: creating it is joining it.
	if (!founderKey || sessionIdOf(founderKey, admissionHash) !== handshake.session_id) return false;
	if (token === undefined || knownHash !== undefined) return true;
	const hasToken = isSameText(handshake.relay_token, token);
	const hasTicket = isSameText(handshake.session_ticket, ticketOf(token, handshake.session_id));
	return hasToken || hasTicket;
}

/** The DER bytes of a public key, if they are an Ed25519 key in its one form. */
function readPublicKey(text: string): Uint8Array | undefined {
	const der = decodeBase64Url(text);
	if (der?.length !== spkiBytes) return undefined;
	return spkiPrefix.equals(der.subarray(0, spkiPrefix.length)) ? der : undefined;
}

function isProof(handshake: Handshake, der: Uint8Array, nonce: Uint8Array): boolean {
	const proof = decodeBase64Url(handshake.proof) ?? new Uint8Array();
	const parts = relayProofParts(nonce, handshake.session_id, handshake.peer_id);
	try {
		return verify(null, parts, createPublicKey({key: Buffer.from(der), format: 'der', type: 'spki'}), proof);
	} catch {
		// 32 bytes that are no point of the curve.
		return false;
	}
}

function idOf(...parts: readonly Uint8Array[]): string {
	return encodeBase32(sha256(...parts).subarray(0, 16));
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(part);
	return hash.digest();
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
	return one.length === other.length && timingSafeEqual(one, other);
}

function isSameText(one: string | undefined, other: string): boolean {
	return isSame(sha256(Buffer.from(one ?? '')), sha256(Buffer.from(other))) && one !== undefined;
}
