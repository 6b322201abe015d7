/**
 * TURN servers for members: where the relay knows the servers' shared secret, each member gets credentials of its own
 * that end by themselves, in the form that coturn's `static-auth-secret` checks (draft-uberti-behave-turn-rest-00).
 */
import {createHmac} from 'node:crypto';
import {parseTurnUrl, type TurnServer} from '../source/protocol/ice-server.js';
import {relayText} from './relay-text.js';
import {WrongFlags} from './wrong-flags.js';

/** Long enough for a day's work between two renewals that fail, short enough that a leaked one is soon worth nothing. */
const lifetimeMs = 8 * 60 * 60 * 1000;

export class TurnCredentials {
	readonly #servers: readonly TurnServer[];
	readonly #secret: string | undefined;
	readonly #wallClock: () => number;
	/** How old credentials are when new ones are given; undefined where none of them ends. */
	readonly renewAfterMs: number | undefined;

	/** @param options.wallClock Ms since the epoch: the servers compare it with theirs. Throws for what is no TURN URL. */
	constructor(options: {
		readonly servers: readonly string[];
		readonly secret?: string;
		readonly wallClock: () => number;
	}) {
		this.#servers = options.servers.map(readServer);
		this.#secret = options.secret;
		this.#wallClock = options.wallClock;
		const ends = this.#secret !== undefined && this.#servers.some(({username}) => username === undefined);
		this.renewAfterMs = ends ? lifetimeMs / 2 : undefined;
	}

	/** The servers with credentials for this member; those that name a user keep it. */
	serversFor(peerId: string): TurnServer[] {
		const secret = this.#secret;
		if (secret === undefined) return [...this.#servers];
		const username = `${Math.ceil((this.#wallClock() + lifetimeMs) / 1000)}:${peerId}`;
		const credential = createHmac('sha1', secret).update(username).digest('base64');
		return this.#servers.map((server) =>
			server.username === undefined ? {url: server.url, username, credential} : server,
		);
	}
}

function readServer(text: string): TurnServer {
	const server = parseTurnUrl(text);
	// What was given is not repeated: there may be a password in it.
	if (!server) throw new WrongFlags(relayText.turnForm);
	return server;
}
