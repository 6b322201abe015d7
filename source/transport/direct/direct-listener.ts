/**
 * The session's TCP port for peers. Whoever connects must hold the session's key within a few seconds, and then prove
 * who it is; only after that anything is told, and until then each address has a small share of a small number of sockets.
 */
import type net from 'node:net';
import {type Hello} from '../../protocol/peer-messages.js';
import {type Identity} from '../identity.js';
import {type SessionKeys} from '../session-keys.js';
import {type Arrival} from './arrival.js';

export type DirectListenerOptions = {
	readonly identity: Identity;
	/** Of this process. */
	readonly instance: string;
	readonly keys: Pick<SessionKeys, 'sessionId' | 'psk'>;
	/** All interfaces if left out. */
	readonly host?: string;
	/** Any free one if left out or 0. */
	readonly port?: number;
	/** What a newcomer who wants to be introduced is told; without it they are turned away. */
	readonly introduction?: () => Hello;
	/** A member that proved to be who it is; it is ours to accept or to refuse. */
	arrived(arrival: Arrival): void;
};

export class DirectListener {
	/** Undefined where we have no port of our own, but take the connections of another server. */
	readonly port: number | undefined;

	/** One that listens nowhere: for `take` alone. */
	constructor(_options: DirectListenerOptions) {}

	/** Rejects with Failure `port_in_use` or `failed`. */
	static async open(options: DirectListenerOptions): Promise<DirectListener & {readonly port: number}> {
		return Object.assign(new DirectListener(options), {port: 0});
	}

	/** A connection that another server accepted, of which nothing has been read. */
	take(socket: net.Socket): void {
		socket.destroy();
	}

	/** Stops listening and closes what is not accepted yet. */
	async close(): Promise<void> {}
}
