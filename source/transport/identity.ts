/** A peer's own key: Ed25519, made once per project folder. Its hash is the peer's name in the protocol. */
import {
	createHash,
	createPrivateKey,
	createPublicKey,
	generateKeyPairSync,
	type KeyObject,
	sign,
	verify as verifySignature,
} from 'node:crypto';
import {Failure} from '../protocol/failure.js';
import {encodeBase32} from '../protocol/ids.js';

export type Identity = {
	/** base32 of the first 16 bytes of SHA-256(SPKI DER). */
	readonly peerId: string;
	/** SPKI DER as base64url. */
	readonly publicKey: string;
	sign(bytes: Uint8Array): Buffer;
	/** PKCS #8; a secret. */
	exportPem(): string;
};

export function createIdentity(): Identity {
	return identityOf(generateKeyPairSync('ed25519').privateKey);
}

/** Reads what `exportPem` gave; throws Failure `bad_key` for anything but an Ed25519 private key. */
export function importIdentity(pem: string): Identity {
	let key: KeyObject;
	try {
		key = createPrivateKey(pem);
	} catch (error) {
		throw new Failure('bad_key', {severity: 'fatal', cause: error});
	}
	if (key.asymmetricKeyType !== 'ed25519') throw new Failure('bad_key', {severity: 'fatal'});
	return identityOf(key);
}

/** The peer_id of a public key (base64url SPKI DER). It does not say that the key is one. */
export function peerIdOf(publicKey: string): string {
	return idOfBytes(Buffer.from(publicKey, 'base64url'));
}

/** The form of all ids made of hashes: base32 of the first 16 bytes of SHA-256. */
export function idOfBytes(...parts: readonly Uint8Array[]): string {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(part);
	return encodeBase32(hash.digest().subarray(0, 16));
}

/** True if the signature (base64url) over the bytes is by that Ed25519 key (base64url SPKI DER). Never throws. */
export function verify(publicKey: string, bytes: Uint8Array, signature: string): boolean {
	try {
		const key = createPublicKey({key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki'});
		if (key.asymmetricKeyType !== 'ed25519') return false;
		return verifySignature(null, bytes, key, Buffer.from(signature, 'base64url'));
	} catch {
		return false;
	}
}

function identityOf(privateKey: KeyObject): Identity {
	const der = createPublicKey(privateKey).export({type: 'spki', format: 'der'});
	return {
		peerId: idOfBytes(der),
		publicKey: der.toString('base64url'),
		sign: (bytes) => sign(null, bytes, privateKey),
		exportPem: () => privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
	};
}
