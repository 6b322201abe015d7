/** What follows from the invite's secret: the relay's proof of admission, the session's id and the channels' key. */
import {createHash, hkdfSync, randomBytes} from 'node:crypto';
import {idOfBytes} from './identity.js';

/** Bytes of the secret, and of each key made of it. */
const keyBytes = 32;

export type SessionKeys = {
	readonly sessionId: string;
	/** base64url; shown to the relay, which keeps only its hash. */
	readonly admissionToken: string;
	/** base64url of SHA-256(token). */
	readonly admissionHash: string;
	/** Never leaves this process: what TLS between peers stands on. */
	readonly psk: Buffer;
	/** Never leaves this process: seals the addresses that peers tell each other through a relay. */
	readonly signalKey: Buffer;
};

/** The secret that the founder makes and the invite carries. */
export function createSecret(): Uint8Array {
	return new Uint8Array(randomBytes(keyBytes));
}

/** The session's keys; `founderPublicKey` is base64url SPKI DER. */
export function deriveSession({
	secret,
	founderPublicKey,
}: {
	readonly secret: Uint8Array;
	readonly founderPublicKey: string;
}): SessionKeys {
	const token = derive(secret, 'pulsync admission v1');
	const hash = createHash('sha256').update(token).digest();
	return {
		sessionId: idOfBytes(Buffer.from(founderPublicKey, 'base64url'), hash),
		admissionToken: token.toString('base64url'),
		admissionHash: hash.toString('base64url'),
		psk: derive(secret, 'pulsync channel v1'),
		signalKey: derive(secret, 'pulsync signalling v1'),
	};
}

function derive(secret: Uint8Array, info: string): Buffer {
	return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, keyBytes));
}
