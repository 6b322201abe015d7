/**
 * The network between two cores: a relay and a direct path, each cut and mended at will. Nothing is opened for real: a
 * carrier is a number that both ends know, messages on it arrive in order and after its path's delay, and a silent path is
 * found dead by heartbeat.
 */
import {type Effect} from '../../source/core/effect.js';
import {type Event} from '../../source/core/event.js';
import {type PeerMessage} from '../../source/protocol/peer-messages.js';
import {type Route, type Tier} from '../../source/protocol/tiers.js';
import {type End, entryOf, helloOf, ids, laterAt, type Side} from './core-side.js';
import {type EventClock} from './event-clock.js';

export class CoreNetwork {
	/** Settings of the network; change them with `cut` and `mend` where carriers have to notice. */
	directUp = true;
	directRoute: Route = 'tcp-lan';
	binaryPasses = true;
	relayMs = 20;
	directMs = 2;
	/** How long the candidates' race takes before a direct carrier can open. */
	directOpensAfterMs = 0;
	/** False: the two see each other without the relay only by `peer-found`. */
	relayUp = true;
	readonly #ada: Side;
	readonly #bob: Side;
	readonly #clock: EventClock;
	readonly #tell: (side: Side, event: Event) => void;
	#directDownSince = 0;
	readonly #stale = new WeakSet<End>();

	constructor(options: {ada: Side; bob: Side; clock: EventClock; tell: (side: Side, event: Event) => void}) {
		this.#ada = options.ada;
		this.#bob = options.bob;
		this.#clock = options.clock;
		this.#tell = options.tell;
	}

	cutDirect(): void {
		if (!this.directUp) return;
		this.directUp = false;
		this.#directDownSince = this.#clock.at;
		const since = this.#clock.at;
		for (const side of [this.#ada, this.#bob]) {
			// Dead after 6 s without a byte, found at the next beat.
			this.#clock.later(6000 + this.#clock.random() * 1000, () => {
				if (this.directUp || this.#directDownSince !== since) return;
				for (const {generation, tier, state} of [...side.ends.values()]) {
					if (tier === 'direct' && state === 'open') this.#closed(side, generation, 'silent', false);
				}
			});
		}
	}

	mendDirect(): void {
		this.directUp = true;
	}

	/** The relay ends: both sides notice at once. */
	cutRelay(): void {
		this.relayUp = false;
		for (const side of [this.#ada, this.#bob]) this.leaveRelay(side, 'lost', true);
	}

	mendRelay(): void {
		this.relayUp = true;
	}

	/** One side's socket to the relay dies. */
	leaveRelay(side: Side, reason: string, tellIt = false): void {
		if (!side.onRelay) return;
		side.onRelay = false;
		for (const one of [this.#ada, this.#bob]) {
			for (const {generation, tier} of [...one.ends.values()]) {
				if (tier !== 'direct') this.#closed(one, generation, 'the relay is gone', false);
			}
		}
		const {attempt} = side.machine.relay;
		if (tellIt) this.#tell(side, {type: 'relay-closed', attempt, code: 'closed', reason: 'reset'});
		const rest = this.#across(side);
		const peerId = ids[side.name];
		this.#clock.later(this.relayMs, () => {
			if (rest.onRelay && !side.onRelay) this.#tell(rest, {type: 'peer-left', peerId, reason});
		});
	}

	/** One side has another address: what its attempts have gathered leads nowhere. */
	move(side: Side): void {
		for (const end of side.ends.values()) if (end.state === 'opening') this.#stale.add(end);
		this.#tell(side, {type: 'network-changed', cause: 'addresses', gone: []});
	}

	/** What a core asked of the network. */
	run(side: Side, effect: Effect): void {
		switch (effect.type) {
			case 'open-relay':
				return laterAt(this.#clock, side, this.relayMs, () => this.#joinRelay(side, effect.attempt));
			case 'test-binary':
				return laterAt(this.#clock, side, this.binaryPasses ? this.relayMs : 3000, () => {
					const passes = this.binaryPasses;
					this.#tell(side, {type: 'relay-binary-tested', attempt: effect.attempt, passes});
				});
			case 'open-carrier':
				return this.#open(side, effect);
			case 'refuse-carrier':
				return this.#overRelay(side, (there) => {
					const {tier, generation, reason} = effect;
					this.#failed(there, generation, tier, reason, effect.tiers);
				});
			case 'ask-leader':
				return this.#ask(side, effect);
			case 'close-carrier':
				return laterAt(this.#clock, side, 0, () =>
					this.#closed(side, effect.generation, effect.reason, true),
				);
			case 'drain-carrier':
				return laterAt(this.#clock, side, 500, () => this.#closed(side, effect.generation, 'switched', true));
			case 'say':
				return this.#say(side, effect.generation, effect.message);
			case 'say-hello':
				return this.#say(side, effect.generation, helloOf(side, effect.tiers));
			default:
		}
	}

	/** The relay answers, or nobody does. */
	#joinRelay(side: Side, attempt: number): void {
		if (!this.relayUp) {
			const failure = {code: 'no_relay', reason: 'no answer', final: false};
			return this.#tell(side, {type: 'relay-failed', attempt, ...failure});
		}
		side.onRelay = true;
		const there = this.#across(side);
		const peers = there.onRelay ? [entryOf(there)] : [];
		if (there.onRelay) {
			this.#overRelay(side, () => this.#tell(there, {type: 'peer-joined', peer: entryOf(side)}));
		}
		this.#tell(side, {type: 'relay-opened', attempt, url: 'ws://r', peers});
	}

	/** Runs at the other side after the relay's delay, if both are there then. */
	#overRelay(side: Side, run: (there: Side) => void): void {
		if (!side.onRelay) return;
		const there = this.#across(side);
		const at = Math.max(this.#clock.at + this.relayMs * (0.5 + this.#clock.random()), side.relayArrival);
		side.relayArrival = at;
		laterAt(this.#clock, there, at - this.#clock.at, () => {
			if (side.onRelay && there.onRelay) run(there);
		});
	}

	#ask(side: Side, {tiers: allowed, via}: Extract<Effect, {type: 'ask-leader'}>): void {
		const request = {type: 'carrier-requested', peerId: ids[side.name], generation: 0} as const;
		if (via === 'relay') {
			return this.#overRelay(side, (there) => this.#tell(there, {...request, tier: 'proxy', tiers: allowed}));
		}
		const there = this.#across(side);
		laterAt(this.#clock, there, this.directMs, () => {
			if (!this.directUp) return;
			this.#tell(there, {type: 'peer-found', peer: entryOf(side)});
			this.#tell(there, {...request, tier: 'direct', tiers: allowed});
		});
	}

	#open(side: Side, effect: Extract<Effect, {type: 'open-carrier'}>): void {
		const {generation, tier, leader} = effect;
		const end: End = {generation, tier, startedAt: this.#clock.at, state: 'opening'};
		side.ends.set(generation, end);
		if (leader) {
			const request = {type: 'carrier-requested', peerId: ids[side.name], tier, generation} as const;
			const tell = (there: Side) => this.#tell(there, {...request, tiers: effect.tiers});
			if (side.onRelay && this.#across(side).onRelay) this.#overRelay(side, tell);
			else if (tier === 'direct' && this.directUp) {
				const there = this.#across(side);
				laterAt(this.#clock, there, this.directMs, () => tell(there));
			}
		}
		laterAt(this.#clock, side, 10_000, () => {
			if (side.ends.get(generation) === end) this.#failed(side, generation, tier, 'no answer');
		});
		this.#tryEnd(side, end);
	}

	/** Opens both ends once both are being opened and the path is up; each side hears of it after its own delay. */
	#tryEnd(side: Side, end: End): void {
		const there = this.#across(side);
		const theirs = there.ends.get(end.generation);
		if (side.ends.get(end.generation) !== end || end.state !== 'opening') return;
		if (this.#stale.has(end) || (theirs && this.#stale.has(theirs))) return;
		const isRaced = this.#clock.at - end.startedAt >= this.directOpensAfterMs;
		const isUp = end.tier === 'direct' ? this.directUp && isRaced : side.onRelay && there.onRelay;
		const delayMs = end.tier === 'direct' ? this.directMs : this.relayMs;
		if (!isUp || theirs?.state !== 'opening') {
			return laterAt(this.#clock, side, 20 + this.#clock.random() * 50, () => this.#tryEnd(side, end));
		}
		for (const [one, its] of [
			[side, end],
			[there, theirs],
		] as const) {
			its.state = 'open';
			one.arrivals.delete(its.generation);
			laterAt(this.#clock, one, delayMs * (1 + this.#clock.random()), () => {
				if (one.ends.get(its.generation) !== its) return;
				const {generation, tier} = its;
				const route = tier === 'direct' ? this.directRoute : tier;
				const hello = helloOf(this.#across(one));
				const peerId = one.otherId;
				this.#tell(one, {type: 'carrier-opened', peerId, generation, tier, route, hello});
			});
		}
	}

	#say(side: Side, generation: number, message: PeerMessage): void {
		const there = this.#across(side);
		const end = side.ends.get(generation);
		if (end?.state !== 'open') return;
		const delayMs = (end.tier === 'direct' ? this.directMs : this.relayMs) * (1 + this.#clock.random());
		const at = Math.max(this.#clock.at + delayMs, there.arrivals.get(generation) ?? 0);
		there.arrivals.set(generation, at);
		laterAt(this.#clock, there, at - this.#clock.at, () => {
			if (there.ends.get(generation)?.state !== 'open') return;
			if (end.tier === 'direct' && !this.directUp) return;
			this.#tell(there, {type: 'peer-said', peerId: ids[side.name], generation, message});
		});
	}

	#failed(side: Side, generation: number, tier: Tier, code: string, allowed?: readonly Tier[]): void {
		if (side.ends.get(generation)?.state !== 'opening') return;
		side.ends.delete(generation);
		const peerId = side.otherId;
		const failure = {code, reason: code, ...(allowed && {tiers: allowed})};
		this.#tell(side, {type: 'carrier-failed', peerId, generation, tier, ...failure});
	}

	/** This end is over; the other one hears of it where the path still carries anything. */
	#closed(side: Side, generation: number, reason: string, isTold: boolean): void {
		const end = side.ends.get(generation);
		if (!end) return;
		// The relay keeps the order: who has not heard of the request yet hears of both.
		if (end.state === 'opening' && isTold) {
			this.#overRelay(side, (there) => this.#closed(there, generation, reason, false));
			isTold = false;
		}
		if (end.state === 'opening') this.#failed(side, generation, end.tier, 'closed');
		else {
			side.ends.delete(generation);
			const peerId = side.otherId;
			this.#tell(side, {type: 'carrier-closed', peerId, generation, reason, hostile: false});
		}
		const there = this.#across(side);
		if (!isTold || (end.tier === 'direct' && !this.directUp)) return;
		const delayMs = end.tier === 'direct' ? this.directMs : this.relayMs;
		const at = Math.max(this.#clock.at + delayMs, there.arrivals.get(generation) ?? 0);
		laterAt(this.#clock, there, at - this.#clock.at, () => this.#closed(there, generation, reason, false));
	}

	#across(side: Side): Side {
		return side === this.#ada ? this.#bob : this.#ada;
	}
}

/** Runs later, unless the side's process is another one by then. */
