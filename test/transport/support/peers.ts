/** Peers for tests: identities, greetings, and callbacks that keep what they were told. */
import {randomBytes} from 'node:crypto';
import {type BulkHeader, type BulkKind} from '../../../source/protocol/peer-frames.js';
import {type Hello, type PeerMessage} from '../../../source/protocol/peer-messages.js';
import {type Tier, tiers} from '../../../source/protocol/tiers.js';
import {createIdentity, type Identity} from '../../../source/transport/identity.js';
import {
	type ChannelEnd,
	type ObjectsChunk,
	type PeerCallbacks,
} from '../../../source/transport/peer-channel.js';

export type Told = {
	readonly callbacks: PeerCallbacks;
	readonly messages: PeerMessage[];
	readonly bulk: {kind: BulkKind; header: BulkHeader; bytes: Uint8Array}[];
	readonly chunks: ObjectsChunk[];
	readonly ends: ChannelEnd[];
	/** Resolves as soon as the condition holds; asked again after everything that is told. */
	until(condition: () => boolean): Promise<void>;
};

/** Callbacks that keep everything. */
export function listen(): Told {
	const waiting: {condition: () => boolean; resolve: () => void}[] = [];
	const check = () => {
		for (const entry of [...waiting]) {
			if (!entry.condition()) continue;
			waiting.splice(waiting.indexOf(entry), 1);
			entry.resolve();
		}
	};
	const told: Told = {
		messages: [],
		bulk: [],
		chunks: [],
		ends: [],
		until(condition) {
			return new Promise((resolve) => {
				waiting.push({condition, resolve});
				check();
			});
		},
		callbacks: {
			message(_channel, message) {
				told.messages.push(message);
				check();
			},
			bulk(_channel, kind, header, bytes) {
				told.bulk.push({kind, header, bytes});
				check();
			},
			objects(_channel, chunk) {
				told.chunks.push(chunk);
				check();
			},
			closed(_channel, end) {
				told.ends.push(end);
				check();
			},
		},
	};
	return told;
}

export function helloOf(name: string, allowed: readonly Tier[] = tiers): Hello {
	return {
		type: 'hello',
		name,
		role: 'member',
		versions: [1, 1],
		tiers: [...allowed],
		addresses: [],
		relay_urls: [],
		capabilities: [],
	};
}

export type Person = {readonly identity: Identity; readonly instance: string; readonly name: string};

export function createPerson(name: string): Person {
	return {identity: createIdentity(), instance: randomBytes(8).toString('hex'), name};
}

/** The two, the one with the smaller peer_id first: the leader. */
export function createPair(): [leader: Person, follower: Person] {
	const pair = [createPerson('Ada'), createPerson('Bob')] as const;
	const [one, other] = pair;
	return one.identity.peerId < other.identity.peerId ? [one, other] : [other, one];
}
