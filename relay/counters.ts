/** What a relay counts: numbers only, no names, ids or addresses. */
import {type RelayMessage} from '../source/protocol/relay-messages.js';
import {type RelayEffect} from './effect.js';
import {type ReportedTraffic, ReportTotals} from './report-totals.js';
import {Tally} from './tally.js';

/** What passes through the relay: frames of tunnels, the JSON tier's messages, and what steers all else. */
export type Kind = 'proxy' | 'json' | 'control';

/** Messages or frames, and their bytes. */
export type Passed = {count: number; bytes: number};

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

export class Counts {
	readonly in: Record<Kind, Passed> = noneOfEach();
	readonly out: Record<Kind, Passed> = noneOfEach();
	socketsOpened = 0;
	/** Sockets that are gone, by why. */
	readonly closed = new Tally();
	/** What came and was not passed on, or waited and was not sent, by why. */
	readonly dropped = new Tally();
	/** Errors sent, by code. */
	readonly errors = new Tally();
	/** Handshakes, by what came of them. */
	readonly handshakes = new Tally();
	/** Credit that a limit of bytes held back, by the limit; and how long in all, in ms. */
	readonly held = new Tally();
	readonly heldMs = new Tally();
	/** Sockets and requests that got no hearing before the WebSocket was open, by why. */
	readonly turnedAway = new Tally();
	/** What peers said of their links. */
	readonly reports = new ReportTotals();

	received(kind: Kind, bytes: number): void {
		this.in[kind].count++;
		this.in[kind].bytes += bytes;
	}

	/** Counts what is sent because of an effect. */
	sent(effect: Extract<RelayEffect, {type: 'send' | 'send-frame'}>, bytes: number): void {
		const kind = effect.type === 'send-frame' ? 'proxy' : kindOf(effect.message.type);
		this.out[kind].count++;
		this.out[kind].bytes += bytes;
		if (effect.type === 'send' && effect.message.type === 'error') this.errors.add(effect.message.code);
	}

	reported(report: ReportedTraffic): void {
		this.reports.add(report);
	}

	/** The plain numbers of `/status`. */
	totals(): Omit<RelayCounters, 'sockets' | 'sessions' | 'peers' | 'tunnels' | 'waitingBytes'> {
		const kinds = Object.values(this.in);
		return {
			socketsOpened: this.socketsOpened,
			messagesIn: kinds.reduce((sum, {count}) => sum + count, 0),
			bytesIn: kinds.reduce((sum, {bytes}) => sum + bytes, 0),
			proxyFrames: this.out.proxy.count,
			proxyBytes: this.out.proxy.bytes,
			jsonMessages: this.out.json.count,
			jsonBytes: this.out.json.bytes,
			tooSlow: this.closed.of('too_slow'),
			silent: this.closed.of('silent'),
			errors: this.errors.all(),
		};
	}
}

/** What a message counts as. */
export function kindOf(type: RelayMessage['type'] | (string & {})): Kind {
	switch (type) {
		case 'peer_message':
		case 'request_git_objects':
		case 'git_objects_chunk':
		case 'git_objects_ack':
		case 'git_objects_failed': {
			return 'json';
		}

		default: {
			return 'control';
		}
	}
}

function noneOfEach(): Record<Kind, Passed> {
	return {proxy: {count: 0, bytes: 0}, json: {count: 0, bytes: 0}, control: {count: 0, bytes: 0}};
}
