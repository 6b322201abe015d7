/** What a relay counts: numbers only, no names, ids or addresses. */
import {type RelayMessage} from '../source/protocol/relay-messages.js';
import {type RelayEffect} from './effect.js';

export type RelayCounters = {
	/** Sockets that are open now, in a session or not. */
	readonly sockets: number;
	readonly sessions: number;
	readonly peers: number;
	readonly tunnels: number;
	/** Bytes that wait for slow readers now. */
	readonly waitingBytes: number;
	readonly socketsOpened: number;
	readonly messagesIn: number;
	readonly bytesIn: number;
	/** Forwarded, by tier. */
	readonly proxyFrames: number;
	readonly proxyBytes: number;
	readonly jsonMessages: number;
	readonly jsonBytes: number;
	/** Sockets that the relay gave up: too slow to read, or silent. */
	readonly tooSlow: number;
	readonly silent: number;
	/** Errors sent, by code. */
	readonly errors: Readonly<Record<string, number>>;
};

type Totals = Omit<RelayCounters, 'sockets' | 'sessions' | 'peers' | 'tunnels' | 'waitingBytes' | 'errors'>;

export class Counts {
	readonly totals: {-readonly [Name in keyof Totals]: number} = {
		socketsOpened: 0,
		messagesIn: 0,
		bytesIn: 0,
		proxyFrames: 0,
		proxyBytes: 0,
		jsonMessages: 0,
		jsonBytes: 0,
		tooSlow: 0,
		silent: 0,
	};
	readonly errors = new Map<string, number>();

	received(bytes: number): void {
		this.totals.messagesIn++;
		this.totals.bytesIn += bytes;
	}

	/** Counts what is sent because of an effect. */
	sent(effect: Extract<RelayEffect, {type: 'send' | 'send-frame'}>, bytes: number): void {
		if (effect.type === 'send-frame') {
			this.totals.proxyFrames++;
			this.totals.proxyBytes += bytes;
		} else if (effect.message.type === 'error') {
			this.errors.set(effect.message.code, (this.errors.get(effect.message.code) ?? 0) + 1);
		} else if (isJsonTier(effect.message)) {
			this.totals.jsonMessages++;
			this.totals.jsonBytes += bytes;
		}
	}
}

function isJsonTier(message: RelayMessage): boolean {
	switch (message.type) {
		case 'peer_message':
		case 'request_git_objects':
		case 'git_objects_chunk':
		case 'git_objects_ack':
		case 'git_objects_failed': {
			return true;
		}

		default: {
			return false;
		}
	}
}
