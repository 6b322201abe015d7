/**
 * The port that peers connect to: our own, or that of the relay inside this process, and the addresses under which
 * others reach it.
 */
import {type State} from '../core/state.js';
import {type Candidate, formatCandidate} from '../protocol/candidate.js';
import {maxCandidates} from '../protocol/limits.js';
import {DirectListener, type DirectListenerOptions} from '../transport/direct/direct-listener.js';
import {type RelayConnection} from '../transport/relay-socket.js';
import {isLoopbackHost} from './direct-servers.js';
import {type EmbeddedRelay} from './embedded-relay.js';
import {localAddresses} from './local-addresses.js';

export type DirectPortOptions = {
	/** The relay inside this process: its port is the one that peers connect to. */
	readonly embedded?: EmbeddedRelay;
	/** Where people say that the embedded relay is reached. */
	readonly advertised?: Candidate;
	readonly state: () => State;
	readonly relay: () => RelayConnection | undefined;
	readonly log: (line: Readonly<Record<string, unknown>>) => void;
};

export class DirectPort {
	readonly #options: DirectPortOptions;
	#listener: DirectListener | undefined;

	constructor(options: DirectPortOptions) {
		this.#options = options;
	}

	/** Opens it. A machine that gives none only dials. */
	async open(options: DirectListenerOptions): Promise<void> {
		const {embedded, log} = this.#options;
		try {
			if (embedded) {
				const listener = new DirectListener(options);
				embedded.acceptDirect((socket) => listener.take(socket));
				this.#listener = listener;
			} else {
				this.#listener = await DirectListener.open(options);
			}
		} catch (error) {
			log({message: 'no port for direct connections', error: String(error)});
		}
	}

	/** The port that others in the local network may be told. */
	get number(): number | undefined {
		return this.#options.embedded?.port ?? this.#listener?.port;
	}

	/** True where all that we listen on is this machine's own: nobody else can find us. */
	get isLocal(): boolean {
		return this.usesLoopback || this.listening().every(({ip}) => isLoopbackHost(ip));
	}

	/** Where we can be reached now, best first. */
	listening(): readonly Candidate[] {
		const port = this.number;
		if (!this.#listener || port === undefined) return [];
		const {embedded, advertised} = this.#options;
		const {usesLoopback} = this;
		const all = embedded === undefined || embedded.host === '::' || embedded.host === '0.0.0.0';
		// The one that people gave and the loopback address have their places.
		const room = maxCandidates - (advertised ? 1 : 0) - (usesLoopback ? 1 : 0);
		const hosts = all ? localAddresses(room) : [embedded.host];
		const own = hosts
			.filter((host) => usesLoopback || !isLoopbackHost(host))
			.map((ip) => ({ip, port, route: 'tcp-lan'}));
		if (usesLoopback && all && !hosts.includes('127.0.0.1')) {
			own.unshift({ip: '127.0.0.1', port, route: 'tcp-lan'});
		}
		return (advertised ? [...own, advertised] : own).slice(0, maxCandidates);
	}

	/** The same as peers are told in `hello`. */
	addresses(): string[] {
		return this.listening().map((candidate) => formatCandidate(candidate));
	}

	/**
	 * Whether peers on this machine are reached over loopback: where our relay is, or where the relay inside this process
	 * can be reached in no other way.
	 */
	get usesLoopback(): boolean {
		const {embedded, relay, state} = this.#options;
		if (embedded) return isLoopbackHost(embedded.host) || localAddresses().every(isLoopbackHost);
		const url = relay()?.url ?? state().session.relayUrl;
		return url !== '' && isLoopbackHost(new URL(url).hostname.replace(/^\[|\]$/g, ''));
	}

	close(): void {
		this.#listener?.close();
	}
}
