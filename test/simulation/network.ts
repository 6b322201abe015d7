/**
 * A relay and carriers in memory. What one end says arrives in order and after the delay of the path; a path that is cut
 * says nothing, and both ends find that out in their own time. Nothing that was under way survives a carrier.
 */
import {type Event} from '../../source/core/event.js';
import {Failure} from '../../source/protocol/failure.js';
import {maxSliceBytes} from '../../source/protocol/peer-frames.js';
import {type Hello, type PeerMessage} from '../../source/protocol/peer-messages.js';
import {type Tier} from '../../source/protocol/tiers.js';
import {type Carriers} from '../../source/runtime/channel-desk.js';
import {type ChannelEnd, type PeerCallbacks, type PeerChannel} from '../../source/transport/peer-channel.js';
import {type Random} from './random.js';
import {type VirtualTime} from './virtual-time.js';

/** A running program as the network sees it. */
export type Station = {
	readonly peerId: string;
	readonly name: string;
	readonly instance: string;
	readonly isAlive: () => boolean;
	readonly dispatch: (event: Event) => void;
	/** Its connection to the relay, by attempt; none: not there. */
	relayAttempt: number | undefined;
};

type OpenOptions = Parameters<Carriers['open']>[0];
type Waiting = {
	readonly station: Station;
	readonly options: OpenOptions;
	readonly resolve: (channel: PeerChannel) => void;
	readonly reject: (error: Failure) => void;
};

/** How long an end waits for the other one. */
const openDeadlineMs = 10_000;
/** How long a silent path looks alive. */
const silentMs = 6000;

export class Network {
	readonly #time: VirtualTime;
	readonly #random: Random;
	readonly #stations = new Map<string, Station>();
	readonly #waiting = new Map<string, Waiting>();
	readonly #channels = new Set<MemoryChannel>();
	readonly #cuts = new Set<string>();
	relayUp = true;
	/** How long a message takes; the next one is drawn between the two. */
	delayMs: readonly [low: number, high: number] = [1, 40];
	/** How likely a statement arrives twice. */
	repeats = 0;

	constructor(time: VirtualTime, random: Random) {
		this.#time = time;
		this.#random = random;
	}

	// — The relay —

	enter(station: Station): void {
		this.#stations.set(station.peerId, station);
	}

	/** The program is gone; whether the others notice at once is up to chance. */
	leave(station: Station): void {
		if (this.#stations.get(station.peerId) === station) this.#stations.delete(station.peerId);
		const isSeen = this.#random.chance(0.7);
		this.#leftRelay(station, isSeen ? 'lost' : undefined);
		for (const channel of this.#channels) {
			if (channel.station === station)
				channel.lose(isSeen ? 'reset' : 'silent', isSeen ? this.#delay() : silentMs);
		}
	}

	openRelay(station: Station, attempt: number): void {
		this.#time.later(this.#delay(), () => {
			if (!station.isAlive()) return;
			if (!this.relayUp) {
				const failure = {code: 'no_relay', reason: 'no answer', final: false};
				return station.dispatch({type: 'relay-failed', attempt, ...failure});
			}
			station.relayAttempt = attempt;
			const others = this.#onRelay().filter((other) => other !== station);
			for (const other of others) {
				this.#tell(
					other,
					{type: 'peer-joined', peer: rosterEntry(station)},
					() => station.relayAttempt !== undefined,
				);
			}
			station.dispatch({type: 'relay-opened', attempt, url: 'ws://relay', peers: others.map(rosterEntry)});
		});
	}

	testBinary(station: Station, attempt: number): void {
		this.#tell(station, {type: 'relay-binary-tested', attempt, passes: true});
	}

	/** Ends one program's connection to the relay, with all that ran through it. */
	dropRelay(station: Station): void {
		const attempt = station.relayAttempt;
		if (attempt === undefined) return;
		this.#leftRelay(station, 'lost');
		for (const channel of this.#channels)
			if (channel.station === station) channel.lose('relay gone', this.#delay());
		station.dispatch({type: 'relay-closed', attempt, code: 'closed', reason: 'reset'});
	}

	stopRelay(): void {
		this.relayUp = false;
		for (const station of this.#onRelay()) this.dropRelay(station);
	}

	// — Paths —

	/** Nothing passes between the two any more, and nobody is told. */
	cut(one: string, other: string): void {
		const key = pairOf(one, other);
		if (this.#cuts.has(key)) return;
		this.#cuts.add(key);
		for (const channel of this.#between(key)) {
			channel.isSilent = true;
			channel.lose('silent', silentMs + this.#random.between(0, 1000));
		}
	}

	mend(): void {
		this.#cuts.clear();
		this.relayUp = true;
	}

	/** Ends the carriers between two, with an end that both hear of. */
	drop(one: string, other: string): void {
		for (const channel of this.#between(pairOf(one, other))) channel.lose('reset', this.#delay());
	}

	// — Carriers —

	carriersOf(station: Station): Carriers {
		return {
			open: async (options) => this.#open(station, options),
			refuse: (_relay, {peerId, generation, reason, tiers}) => {
				this.#over(station, peerId, (there) => {
					const failure = new Failure(reason, {details: {tiers: tiers.join(',')}});
					this.#waiting.get(keyOf(there.peerId, station.peerId, generation))?.reject(failure);
				});
			},
			ask: (_relay, {peerId, tiers}) => this.#request(station, peerId, 'proxy', 0, tiers),
		};
	}

	async #open(station: Station, options: OpenOptions): Promise<PeerChannel> {
		const {peer, generation, leader, tier, tiers, signal} = options;
		const key = keyOf(station.peerId, peer.peerId, generation);
		return new Promise((resolve, reject) => {
			const cancel = this.#time.later(openDeadlineMs, () => fail(new Failure('no_answer')));
			const fail = (error: Failure) => {
				cancel();
				if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
				reject(error);
			};
			const waiting: Waiting = {
				station,
				options,
				reject: fail,
				resolve: (channel) => {
					cancel();
					this.#waiting.delete(key);
					resolve(channel);
				},
			};
			this.#waiting.set(key, waiting);
			const abort = () => fail(signal?.reason instanceof Failure ? signal.reason : new Failure('aborted'));
			signal?.addEventListener('abort', abort, {once: true});
			if (leader) this.#request(station, peer.peerId, tier, generation, tiers);
			else this.#meet(waiting);
		});
	}

	/** The follower is ready: if its leader still waits, both have a channel. */
	#meet(follower: Waiting): void {
		const {station, options} = follower;
		const {generation, peer} = options;
		this.#over(station, peer.peerId, (there) => {
			const leader = this.#waiting.get(keyOf(there.peerId, station.peerId, generation));
			const isStillThere = this.#waiting.get(keyOf(station.peerId, there.peerId, generation)) === follower;
			if (!leader || !isStillThere || !station.isAlive() || leader.options.tier !== options.tier) return;
			const one = new MemoryChannel(this.#means(), leader, options.hello);
			const other = new MemoryChannel(this.#means(), follower, leader.options.hello);
			one.other = other;
			other.other = one;
			for (const [channel, waiting] of [
				[one, leader],
				[other, follower],
			] as const) {
				this.#channels.add(channel);
				void channel.closed.then(() => this.#channels.delete(channel));
				this.#time.later(this.#delay(), () => waiting.resolve(channel));
			}
		});
	}

	#request(station: Station, to: string, tier: Tier, generation: number, tiers: readonly Tier[]): void {
		this.#over(station, to, (there) => {
			there.dispatch({type: 'carrier-requested', peerId: station.peerId, tier, generation, tiers});
		});
	}

	/** Through the relay, if both are there and their path is not cut. */
	#over(station: Station, to: string, arrive: (there: Station) => void): void {
		this.#time.later(this.#delay(), () => {
			const there = this.#stations.get(to);
			if (!there?.isAlive() || there.relayAttempt === undefined || station.relayAttempt === undefined) return;
			if (this.#cuts.has(pairOf(station.peerId, to))) return;
			arrive(there);
		});
	}

	#tell(station: Station, event: Event, isStillTrue: () => boolean = () => true): void {
		this.#time.later(this.#delay(), () => {
			if (station.isAlive() && station.relayAttempt !== undefined && isStillTrue()) station.dispatch(event);
		});
	}

	#leftRelay(station: Station, reason: string | undefined): void {
		if (station.relayAttempt === undefined) return;
		station.relayAttempt = undefined;
		const {peerId} = station;
		for (const other of this.#onRelay()) {
			const tell = () => {
				const isBack = this.#stations.get(peerId)?.relayAttempt !== undefined;
				if (!isBack && other.isAlive())
					other.dispatch({type: 'peer-left', peerId, reason: reason ?? 'silent'});
			};
			this.#time.later(reason === undefined ? silentMs : this.#delay(), tell);
		}
	}

	#onRelay(): Station[] {
		return [...this.#stations.values()].filter(({relayAttempt}) => relayAttempt !== undefined);
	}

	#between(key: string): MemoryChannel[] {
		return [...this.#channels].filter(({station, peerId}) => pairOf(station.peerId, peerId) === key);
	}

	#delay(): number {
		return this.#random.between(...this.delayMs);
	}

	#means(): Means {
		return {time: this.#time, delay: () => this.#delay(), repeats: () => this.#random.chance(this.repeats)};
	}
}

type Means = {readonly time: VirtualTime; readonly delay: () => number; readonly repeats: () => boolean};

class MemoryChannel implements PeerChannel {
	readonly peerId: string;
	readonly tier: Tier;
	readonly route = 'proxy';
	readonly generation: number;
	readonly openedAt: number;
	readonly localAddress = undefined;
	readonly hello: Hello;
	readonly rttMs = 5;
	readonly droppedFrames = 0;
	readonly closed: Promise<ChannelEnd>;
	readonly station: Station;
	bytesIn = 0;
	bytesOut = 0;
	other!: MemoryChannel;
	/** What is sent now goes nowhere. */
	isSilent = false;
	readonly #means: Means;
	readonly #callbacks: PeerCallbacks;
	readonly #rejects = new Set<(error: Failure) => void>();
	#settle!: (end: ChannelEnd) => void;
	#isClosed = false;
	#lastArrival = 0;

	constructor(means: Means, {station, options}: Waiting, hello: Hello) {
		this.#means = means;
		this.#callbacks = options.callbacks;
		this.station = station;
		this.peerId = options.peer.peerId;
		this.tier = options.tier;
		this.generation = options.generation;
		this.hello = hello;
		this.openedAt = means.time.wall;
		// Nothing arrives before both ends have had time to be told of their channel.
		this.#lastArrival = means.time.passed + 100;
		this.closed = new Promise((resolve) => {
			this.#settle = resolve;
		});
	}

	send(message: PeerMessage): void {
		const text = JSON.stringify(message);
		const arrive = (end: MemoryChannel) => {
			end.#callbacks.message(end, JSON.parse(text) as PeerMessage);
		};
		this.#carry(text.length, arrive);
		if (this.#means.repeats()) this.#carry(text.length, arrive);
	}

	async sendBulk(
		kind: Parameters<PeerChannel['sendBulk']>[0],
		{request, index, offset = 0}: {request: number; index: number; offset?: number},
		bytes: Uint8Array,
	): Promise<void> {
		for (let at = 0; at < bytes.length; at += maxSliceBytes) {
			if (this.#isClosed) throw new Failure('carrier_lost');
			const slice = Buffer.from(bytes.subarray(at, at + maxSliceBytes));
			await new Promise<void>((resolve, reject) => {
				this.#rejects.add(reject);
				this.#carry(slice.length, (end) => {
					end.#callbacks.bulk(end, kind, {request, index, offset: offset + at}, slice);
				});
				this.#means.time.later(0.1, () => {
					this.#rejects.delete(reject);
					resolve();
				});
			});
		}
	}

	async drain(): Promise<void> {
		// Nothing is bounded here.
	}

	close(reason: string): void {
		this.#end(reason);
		this.#means.time.later(this.#means.delay(), () => this.other.#end(reason));
	}

	/** Both ends are over, each after a time of its own. */
	lose(reason: string, afterMs: number): void {
		this.#means.time.later(afterMs, () => this.#end(reason));
		this.#means.time.later(afterMs + this.#means.delay(), () => this.other.#end(reason));
	}

	#carry(bytes: number, arrive: (end: MemoryChannel) => void): void {
		if (this.#isClosed || !this.station.isAlive()) return;
		this.bytesOut += bytes;
		const at = Math.max(this.#means.time.passed + this.#means.delay(), this.#lastArrival);
		this.#lastArrival = at;
		this.#means.time.later(at - this.#means.time.passed, () => {
			const {other} = this;
			if (this.isSilent || other.isSilent || other.#isClosed || !other.station.isAlive()) return;
			other.bytesIn += bytes;
			arrive(other);
		});
	}

	#end(reason: string): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		for (const reject of this.#rejects) reject(new Failure('carrier_lost'));
		this.#settle({reason});
		if (this.station.isAlive()) this.#callbacks.closed(this, {reason});
	}
}

function rosterEntry({peerId, name, instance}: Station) {
	return {peerId, publicKey: 'key', name, instance};
}

function keyOf(self: string, peerId: string, generation: number): string {
	return `${self} ${peerId} ${generation}`;
}

function pairOf(one: string, other: string): string {
	return [one, other].sort().join(' ');
}
