/**
 * Holds the open channels to peers: opens and closes them where the core says so, hands messages of the exchange to
 * supplier and fetcher, all others to the core. The core names a channel by peer and generation.
 */
import {type Event, type Meter} from '../core/event.js';
import {type Effect} from '../core/effect.js';
import {linkWords} from '../core/link-words.js';
import {type PeerId, type State} from '../core/state.js';
import {Failure} from '../protocol/failure.js';
import {type Hello, type PeerMessage, type PeerMessageOf} from '../protocol/peer-messages.js';
import {tiers, type Tier} from '../protocol/tiers.js';
import {type Identity} from '../transport/identity.js';
import {askForCarrier, openCarrier, refuseCarrier} from '../transport/open-carrier.js';
import {type ChannelEnd, type PeerCallbacks, type PeerChannel} from '../transport/peer-channel.js';
import {type RateLimiter} from '../transport/rate-limiter.js';
import {type RelayConnection} from '../transport/relay-socket.js';
import {type SessionKeys} from '../transport/session-keys.js';
import {type DirectDesk} from './direct-desk.js';
import {PeerQuestions} from './peer-questions.js';

/** Where the messages of the exchange go; the core never sees them. */
export type ExchangeCallbacks = Pick<PeerCallbacks, 'message' | 'bulk' | 'objects'> & {
	closed(channel: PeerChannel, end: ChannelEnd): void;
};

/** How carriers through the relay are asked for, opened and refused. */
export type Carriers = {
	readonly open: typeof openCarrier;
	readonly refuse: typeof refuseCarrier;
	readonly ask: typeof askForCarrier;
};

const relayCarriers: Carriers = {open: openCarrier, refuse: refuseCarrier, ask: askForCarrier};

export type ChannelDeskOptions = {
	readonly identity: Identity;
	readonly keys: SessionKeys;
	readonly instance: string;
	readonly limiter?: RateLimiter;
	readonly state: () => State;
	readonly relay: () => RelayConnection | undefined;
	readonly dispatch: (event: Event) => void;
	readonly exchange: ExchangeCallbacks;
	/** Answers a question about older history; without it none is. */
	readonly past?: (channel: PeerChannel, question: PeerMessageOf<'past'>) => Promise<void>;
	/** Without it the tier direct is never there. */
	readonly direct?: () => DirectDesk | undefined;
	/** Others than those of the transport, for a simulation. */
	readonly carriers?: Carriers;
};

const exchangeTypes = new Set<PeerMessage['type']>([
	'want',
	'plan',
	'graph',
	'segment',
	'part',
	'end',
	'ack',
	'cancel',
	'want_failed',
]);

export class ChannelDesk {
	readonly #options: ChannelDeskOptions;
	readonly #carriers: Carriers;
	readonly #channels = new Map<string, PeerChannel>();
	readonly #opening = new Map<string, AbortController>();
	readonly #active = new Map<PeerId, PeerChannel>();
	/** Last counts of channels that closed since they were asked for. */
	#lastMeters: Meter[] = [];
	readonly #gitQuestions = new PeerQuestions<PeerMessageOf<'git_history_answer'>>();
	readonly #pastQuestions = new PeerQuestions<PeerMessageOf<'past_answer'>>();
	/** Why all are closed, once they are. */
	#closedFor: string | undefined;

	constructor(options: ChannelDeskOptions) {
		this.#options = options;
		this.#carriers = options.carriers ?? relayCarriers;
	}

	get(peerId: PeerId, generation: number): PeerChannel | undefined {
		return this.#channels.get(`${peerId} ${generation}`);
	}

	/** The channel that new requests to this peer go over. */
	active(peerId: PeerId): PeerChannel | undefined {
		return this.#active.get(peerId);
	}

	use(peerId: PeerId, generation: number): PeerChannel | undefined {
		const channel = this.get(peerId, generation);
		if (channel) this.#active.set(peerId, channel);
		return channel;
	}

	async open(effect: Extract<Effect, {type: 'open-carrier'}>): Promise<void> {
		const {peerId, tier, generation} = effect;
		const key = `${peerId} ${generation}`;
		const abort = new AbortController();
		this.#opening.set(key, abort);
		const {dispatch} = this.#options;
		try {
			const channel = await this.#connect(effect, abort.signal);
			// It may have been there already when the others were closed, and nobody else would end it.
			if (this.#closedFor !== undefined) return channel.close(this.#closedFor);
			this.#channels.set(key, channel);
			dispatch({
				type: 'carrier-opened',
				peerId,
				generation,
				tier,
				route: channel.route,
				hello: channel.hello,
			});
		} catch (error) {
			dispatch({type: 'carrier-failed', peerId, generation, tier, ...describe(error)});
		} finally {
			this.#opening.delete(key);
		}
	}

	refuse(effect: Extract<Effect, {type: 'refuse-carrier'}>): void {
		const relay = this.#options.relay();
		const {peerId, generation, reason, tier, tiers: allowed} = effect;
		if (tier === 'direct') this.#options.direct?.()?.refuse(effect);
		else if (relay) this.#carriers.refuse(relay, {peerId, generation, reason, tier, tiers: allowed});
	}

	askLeader({peerId, tiers: allowed, via}: Extract<Effect, {type: 'ask-leader'}>): void {
		const relay = this.#options.relay();
		const direct = this.#options.direct?.();
		if (via === 'direct') void direct?.knock(peerId, allowed);
		else if (allowed.some((tier) => tier !== 'direct')) {
			if (relay) this.#carriers.ask(relay, {peerId, tiers: allowed});
		} else direct?.signals.ask(peerId, allowed);
	}

	close(peerId: PeerId, generation: number, reason: string): void {
		const key = `${peerId} ${generation}`;
		this.#opening.get(key)?.abort(new Failure('closed', {message: reason}));
		this.#channels.get(key)?.close(reason);
	}

	/** This machine has these addresses no longer: what ran over them is dead, however long it would look alive. */
	addressesGone(gone: readonly string[]): void {
		for (const channel of [...this.#channels.values()]) {
			if (channel.localAddress !== undefined && gone.includes(channel.localAddress)) {
				channel.close('address_gone');
			}
		}
	}

	say(peerId: PeerId, generation: number, message: PeerMessage): void {
		this.get(peerId, generation)?.send(message);
	}

	/** Asks the user's git history of a peer, newest commit first; empty where there is none or no answer in time. */
	async askGitHistory(peerId: PeerId, generation: number, timeoutMs: number): Promise<readonly string[]> {
		const channel = this.get(peerId, generation);
		if (!channel) return [];
		const ask = (request: number) => ({type: 'git_history' as const, request});
		return (await this.#gitQuestions.ask(channel, ask, timeoutMs))?.commits ?? [];
	}

	/** Asks about older history over the channel in use; undefined where there is none or no answer in time. */
	async askPast(
		peerId: PeerId,
		question: Omit<PeerMessageOf<'past'>, 'type' | 'request'>,
		timeoutMs: number,
	): Promise<PeerMessageOf<'past_answer'> | undefined> {
		const channel = this.active(peerId);
		const ask = (request: number) => ({type: 'past' as const, request, ...question});
		return channel && this.#pastQuestions.ask(channel, ask, timeoutMs);
	}

	hello(allowed: readonly Tier[]): Hello {
		const {self, relay, session} = this.#options.state();
		const textOnly = relay.status === 'online' && relay.binary === 'text-only';
		return {
			type: 'hello',
			name: self.name,
			role: self.role,
			versions: [1, 1],
			tiers: [...allowed],
			addresses: allowed.includes('direct') ? (this.#options.direct?.()?.port.addresses() ?? []) : [],
			relay_urls: session.relayUrl === '' ? [] : [session.relayUrl],
			capabilities: textOnly ? ['text-only'] : [],
		};
	}

	/** The counters of all open channels, and once more of those that closed since the last call. */
	meters(): readonly Meter[] {
		const meters = [...this.#lastMeters, ...[...this.#channels.values()].map(meterOf)];
		this.#lastMeters = [];
		return meters;
	}

	/** Closes what is open or comes yet. */
	async closeAll(reason: string): Promise<void> {
		this.#closedFor = reason;
		for (const abort of this.#opening.values()) abort.abort(new Failure('closed', {message: reason}));
		const channels = [...this.#channels.values()];
		for (const channel of channels) channel.close(reason);
		await Promise.all(channels.map(async (channel) => channel.closed));
	}

	async #connect(effect: Extract<Effect, {type: 'open-carrier'}>, signal: AbortSignal): Promise<PeerChannel> {
		const {peerId, tier, generation, leader} = effect;
		const {identity, keys, limiter, instance} = this.#options;
		const callbacks = this.#callbacks();
		const peer = this.#options.state().peers.get(peerId);
		if (tier === 'direct') {
			const direct = this.#options.direct?.();
			if (!direct) throw noPath();
			return direct.open(effect, {callbacks, signal});
		}
		const relay = this.#options.relay();
		if (!peer || !relay) throw noPath();
		return this.#carriers.open({
			relay,
			tier,
			peer: {peerId, publicKey: peer.publicKey, instance: peer.instance},
			generation,
			leader,
			tiers: effect.tiers,
			identity,
			instance,
			keys,
			hello: this.hello(effect.tiers),
			limiter,
			callbacks,
			signal,
		});
	}

	#callbacks(): PeerCallbacks {
		const {exchange, dispatch} = this.#options;
		return {
			message: (channel, message) => {
				if (message.type === 'git_history_answer') {
					this.#gitQuestions.answered(channel.peerId, message);
				} else if (message.type === 'past_answer') {
					this.#pastQuestions.answered(channel.peerId, message);
				} else if (message.type === 'past') {
					void this.#options.past?.(channel, message);
				} else if (exchangeTypes.has(message.type)) exchange.message(channel, message);
				else dispatch({type: 'peer-said', peerId: channel.peerId, generation: channel.generation, message});
			},
			bulk: exchange.bulk,
			objects: exchange.objects,
			closed: (channel, end) => {
				const {peerId, generation} = channel;
				this.#channels.delete(`${peerId} ${generation}`);
				this.#lastMeters.push(meterOf(channel));
				if (this.#active.get(peerId) === channel) this.#active.delete(peerId);
				exchange.closed(channel, end);
				dispatch({
					type: 'carrier-closed',
					peerId,
					generation,
					reason: end.reason,
					hostile: end.hostile ?? false,
				});
			},
		};
	}
}

function meterOf({peerId, generation, tier, bytesIn, bytesOut, rttMs}: PeerChannel): Meter {
	return {peerId, generation, tier, bytesIn, bytesOut, rttMs};
}

function noPath(): Failure {
	return new Failure('no_path', {message: linkWords.noWayNow});
}

function describe(error: unknown): {code: string; reason: string; tiers?: readonly Tier[]} {
	if (!(error instanceof Failure))
		return {code: 'failed', reason: error instanceof Error ? error.message : 'unknown'};
	const named = String(error.details.tiers ?? '').split(',');
	const theirs = tiers.filter((tier) => named.includes(tier));
	return {code: error.code, reason: error.message, ...(theirs.length > 0 && {tiers: theirs})};
}
