/** One socket of the relay: what its adapter offers, and what the relay remembers of it. */
import {type Account} from './account.js';
import {type SocketId} from './effect.js';
import {type SessionEnd} from './session-book.js';
import {type Meter, Outbox, type Sink} from './outbox.js';
import {maxWindowBytes} from '../source/protocol/limits.js';

/** One socket as its adapter offers it. */
export type SocketPort = Sink & {
	/** Where the client comes from, as far as the relay can tell. */
	readonly address: string;
	readonly port: number;
	/** The relay's host as the client addressed it. */
	readonly host: string;
	/** Everything that has arrived so far, incomplete messages too. */
	bytesRead(): number;
	ping(): void;
	/** Closes after what was written; `terminate` does not wait for anything. */
	close(code: number, reason: string): void;
	terminate(): void;
};

export type Clock = {
	now(): number;
	/** Calls back once after the time; returns how to call it off. */
	after(delayMs: number, run: () => void): () => void;
};

export type Connection = {
	readonly id: SocketId;
	readonly port: SocketPort;
	readonly outbox: Outbox;
	/** What its proof must sign. */
	readonly nonce: Uint8Array;
	/** What it sends is counted for: itself and its address. */
	readonly accounts: readonly Account[];
	/** stranger → member → closing, or stranger → closing; a closing one is only waited for. */
	status: 'stranger' | 'member' | 'closing';
	/** Handshakes tried. */
	attempts: number;
	/** At the last look, and when that had changed. */
	bytesRead: number;
	heardAt: number;
	pingedAt: number;
	/** What it had taken of what is sent to it, at its most, and when that was more than before, or all. */
	takenBytes: number;
	tookAt: number;
	/** When it was last told that it sends too much. */
	limitedAt: number;
	/** When it was last told that a limit of bytes holds it back. */
	heldToldAt: number;
	cancelDeadline: () => void;
	/** True if a whole message came since the last look; and what had been read then, and when. */
	spoke: boolean;
	wholeBytes: number;
	wholeAt: number;
	/** Its part in the book of sessions, while it is a member. */
	end?: SessionEnd;
	sessionId?: string;
	/** Why it ended, in one word; the first counts. */
	endedBy?: string;
};

/** Two tunnels' largest windows, or the usual credit of sixteen. */
const maxQueueBytes = 2 * maxWindowBytes;

/** Of a connection that waits for nothing. */
export function noDeadline(): void {}

export function openConnection(
	id: SocketId,
	port: SocketPort,
	nonce: Uint8Array,
	meter: Meter,
	accounts: readonly Account[],
	now: number,
): Connection {
	return {
		id,
		port,
		outbox: new Outbox(port, maxQueueBytes, meter),
		nonce,
		accounts,
		status: 'stranger',
		attempts: 0,
		bytesRead: 0,
		heardAt: now,
		pingedAt: now,
		spoke: false,
		wholeBytes: 0,
		wholeAt: now,
		takenBytes: 0,
		tookAt: now,
		limitedAt: -Infinity,
		heldToldAt: -Infinity,
		cancelDeadline: noDeadline,
	};
}
