/**
 * The invite: all that a joiner needs, as one string that any shell takes without quotes.
 *
 *     pulsync:<address>[,<address>…]/<session_id>/<secret>        (pulsyncs: the relay speaks TLS)
 *     secret = '1' base64url([secret:32 bytes][CRC-32:u32 big-endian])
 *
 * The checksum is over everything before it, addresses too: a mistyped address would hand the token that admits to a
 * stranger's machine.
 */
import {type Address, formatAddress, isAddress, parseAddress} from './address.js';
import {decodeBase64Url, encodeBase64Url, idPattern} from './ids.js';

export type Invite = {
	/** True if the relay is reached by wss. */
	readonly tls: boolean;
	/** Where the relay may be reached, the best first; 1 to 8. */
	readonly addresses: readonly Address[];
	readonly sessionId: string;
	/** The session's 32 bytes. Never logged. */
	readonly secret: Uint8Array;
};

/** What is wrong with a text that should be an invite. */
export type InviteFault = 'scheme' | 'shape' | 'address' | 'session_id' | 'version' | 'secret' | 'checksum';

export type InviteResult =
	| {readonly ok: true; readonly invite: Invite}
	| {readonly ok: false; readonly code: 'bad_invite'; readonly reason: InviteFault};

const maxAddresses = 8;
/** Eight of the longest names with their ports, id and secret fit. */
const maxInviteLength = 4096;
const secretBytes = 32;
const secretVersion = '1';

/** The text of an invite. Throws RangeError for parts that no invite can hold: a bug in the caller. */
export function formatInvite({tls, addresses, sessionId, secret}: Invite): string {
	const isSound =
		addresses.length > 0 &&
		addresses.length <= maxAddresses &&
		addresses.every(isAddress) &&
		idPattern.test(sessionId) &&
		secret.length === secretBytes;
	if (!isSound) throw new RangeError('invite');
	const head = `${tls ? 'pulsyncs' : 'pulsync'}:${addresses.map(formatAddress).join(',')}/${sessionId}/`;
	const bytes = new Uint8Array(secretBytes + 4);
	bytes.set(secret);
	new DataView(bytes.buffer).setUint32(secretBytes, checksum(head, secret));
	return head + secretVersion + encodeBase64Url(bytes);
}

/**
 * Reads an invite as a person pasted it: white space does not matter, since terminals and mails wrap long lines, nor does
 * the case of its addresses.
 */
export function parseInvite(text: string): InviteResult {
	const trimmed = withoutSpaces(text);
	if (trimmed.length > maxInviteLength) return fault('shape');
	const match = /^(pulsyncs?):([^/]*)\/([^/]*)\/([^/]*)$/i.exec(trimmed);
	if (!match) return fault(/^pulsyncs?:/i.test(trimmed) ? 'shape' : 'scheme');
	const tls = match[1]!.toLowerCase() === 'pulsyncs';
	const addressTexts = match[2]!.split(',');
	const addresses = addressTexts
		.map((address) => parseAddress(address))
		.filter((address) => address !== undefined);
	if (addresses.length !== addressTexts.length || addresses.length > maxAddresses) return fault('address');
	const sessionId = match[3]!.toLowerCase();
	if (!idPattern.test(sessionId)) return fault('session_id');
	const secretText = match[4]!;
	if (secretText === '') return fault('secret');
	if (!secretText.startsWith(secretVersion)) return fault('version');
	const bytes = decodeBase64Url(secretText.slice(1));
	if (bytes?.length !== secretBytes + 4) return fault('secret');
	const secret = bytes.slice(0, secretBytes);
	const head = `${tls ? 'pulsyncs' : 'pulsync'}:${addresses.map(formatAddress).join(',')}/${sessionId}/`;
	if (new DataView(bytes.buffer).getUint32(secretBytes) !== checksum(head, secret)) return fault('checksum');
	return {ok: true, invite: {tls, addresses, sessionId, secret}};
}

/** An invite as it is shown while it is typed or pasted: in one piece. */
export function withoutSpaces(text: string): string {
	return text.replaceAll(/\s+/g, '');
}

/** The WebSocket addresses of the invite's relay, in its order. */
export function relayUrls(invite: Pick<Invite, 'tls' | 'addresses'>): readonly string[] {
	return invite.addresses.map(({host, port}) => {
		const name = host.includes(':') ? `[${host}]` : host;
		return `${invite.tls ? 'wss' : 'ws'}://${name}:${port}/ws`;
	});
}

function fault(reason: InviteFault): InviteResult {
	return {ok: false, code: 'bad_invite', reason};
}

function checksum(head: string, secret: Uint8Array): number {
	const headBytes = Uint8Array.from(head, (character) => character.charCodeAt(0));
	return ~crc32(crc32(~0, headBytes), secret) >>> 0;
}

/** CRC-32 (ISO-HDLC), bit by bit: an invite is short. */
function crc32(start: number, bytes: Uint8Array): number {
	let crc = start;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}

	return crc;
}
