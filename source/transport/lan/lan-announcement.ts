/**
 * What a member tells its local network about itself: who it is in which session, and where it listens. The token names
 * the session only to those who have the invite; the seal keeps others from speaking for a member, and `at` from
 * repeating what it said before.
 */
import {createHmac, hkdfSync, timingSafeEqual} from 'node:crypto';
import {isIP} from 'node:net';
import {lengthPrefixed} from '../../protocol/canonical.js';
import {encodeBase32, idPattern} from '../../protocol/ids.js';

export type Announcement = {
	readonly peerId: string;
	/** Of this process start. */
	readonly instance: string;
	readonly port: number;
	/** Wall clock in ms when it was made; of one peer the newest counts. */
	readonly at: number;
	/** Literal, the likeliest first. */
	readonly addresses: readonly string[];
};

/** As many as an attempt dials. */
export const maxAddresses = 8;

const tokenLength = 26;
const sealBytes = 16;
const instancePattern = /^[\w-]{1,64}$/;

/** Writes and reads announcements of one session as the strings of a TXT record. */
export class LanSeal {
	/** Names the session in the local network. */
	readonly token: string;
	readonly #key: Buffer;

	constructor(secret: Uint8Array) {
		this.#key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'pulsync lan v1', 32));
		this.token = encodeBase32(createHmac('sha256', this.#key).update('lan').digest()).slice(0, tokenLength);
	}

	write(announcement: Announcement): Record<string, string> {
		const {peerId, instance, at, addresses} = announcement;
		return {
			token: this.token,
			peer_id: peerId,
			instance,
			at: String(at),
			...Object.fromEntries(addresses.slice(0, maxAddresses).map((address, index) => [`a${index}`, address])),
			seal: this.#seal(announcement).toString('base64url'),
		};
	}

	/** What a member wrote; undefined for anything else. */
	read(txt: unknown, port: unknown): Announcement | undefined {
		if (typeof txt !== 'object' || txt === null || typeof port !== 'number') return undefined;
		const fields = new Map<string, unknown>(Object.entries(txt));
		if (fields.get('token') !== this.token) return undefined;
		const peerId = fields.get('peer_id');
		const instance = fields.get('instance');
		const at = fields.get('at');
		const seal = fields.get('seal');
		if (typeof peerId !== 'string' || !idPattern.test(peerId)) return undefined;
		if (typeof instance !== 'string' || !instancePattern.test(instance)) return undefined;
		if (typeof at !== 'string' || !/^\d{1,15}$/.test(at) || typeof seal !== 'string') return undefined;
		const addresses: string[] = [];
		for (let index = 0; index < maxAddresses; index++) {
			const address = fields.get(`a${index}`);
			if (typeof address !== 'string' || isIP(address) === 0) break;
			addresses.push(address);
		}
		const announcement = {peerId, instance, port, at: Number(at), addresses};
		const given = Buffer.from(seal.slice(0, sealBytes * 2), 'base64url');
		const isSealed = given.length === sealBytes && timingSafeEqual(given, this.#seal(announcement));
		return isSealed ? announcement : undefined;
	}

	#seal({peerId, instance, port, at, addresses}: Announcement): Buffer {
		const parts = [
			this.token,
			peerId,
			instance,
			String(port),
			String(at),
			...addresses.slice(0, maxAddresses),
		];
		return createHmac('sha256', this.#key)
			.update(lengthPrefixed(parts.map((part) => Buffer.from(part))))
			.digest()
			.subarray(0, sealBytes);
	}
}
