/**
 * Two real cores with a clock that only goes on when told, and a network between them that is cut and mended at will: for
 * what happens when both sides of a link act at the same time. Nothing is opened for real: a carrier is a number that both
 * ends know, messages on it arrive in order and after its path's delay, and a silent path is found dead by heartbeat.
 */
import {type Effect} from '../../source/core/effect.js';
import {type Event} from '../../source/core/event.js';
import {initialMachine} from '../../source/core/initial-machine.js';
import {type Machine} from '../../source/core/machine.js';
import {update} from '../../source/core/update.js';
import {type Hello, type PeerMessage} from '../../source/protocol/peer-messages.js';
import {type Route, type Tier, type TierPin, tiers} from '../../source/protocol/tiers.js';

export type SideName = 'ada' | 'bob';
const ids: Record<SideName, string> = {ada: 'a'.repeat(26), bob: 'b'.repeat(26)};
const other = (name: SideName): SideName => (name === 'ada' ? 'bob' : 'ada');

type End = {
	readonly generation: number;
	readonly tier: Tier;
	readonly startedAt: number;
	state: 'opening' | 'open' | 'closed';
};

class Side {
	machine!: Machine;
	run = 0;
	onRelay = false;
	/** When its last message through the relay arrives: the relay keeps the order. */
	relayArrival = 0;
	readonly timers = new Map<string, object>();
	readonly ends = new Map<number, End>();
	/** When each carrier's last message arrives: a carrier keeps the order. */
	readonly arrivals = new Map<number, number>();

	constructor(readonly name: SideName) {}

	get peer() {
		return this.machine.state.peers.get(ids[other(this.name)]);
	}

	get link() {
		return this.machine.links.get(ids[other(this.name)]);
	}
}

export class TwoCores {
	at = 1_700_000_000_000;
	readonly ada = new Side('ada');
	readonly bob = new Side('bob');
	/** Each switch of the carrier in use, as ada's world is told. */
	readonly tiersOfAda: {at: number; tier: string}[] = [];
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
	readonly #queue: {at: number; order: number; run: () => void}[] = [];
	#order = 0;
	#seed: number;
	#directDownSince = 0;

	constructor(seed = 1) {
		this.#seed = seed;
		for (const side of [this.ada, this.bob]) this.start(side);
	}

	/** Starts or restarts a side: the former process is gone without a word. */
	start(side: Side, pin: TierPin = 'auto'): void {
		this.leaveRelay(side, 'lost');
		side.run++;
		side.ends.clear();
		side.timers.clear();
		side.machine = initialMachine({
			at: this.at,
			self: {peerId: ids[side.name], name: side.name, instance: `${side.name}${side.run}`, role: 'member'},
			session: {sessionId: 's', root: '/p', projectName: 'p', invite: '', relayUrl: 'ws://r'},
			pin,
			relayAttempt: 0,
		});
		this.#later(this.random() * 50, () => this.tell(side, {type: 'timer-fired', timer: 'relay'}));
	}

	random(): number {
		// A small linear congruential generator: a seed gives the same run again.
		this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff;
		return this.#seed / 0x80_00_00_00;
	}

	/** Lets this time pass. */
	pass(ms: number): void {
		const end = this.at + ms;
		for (;;) {
			this.#queue.sort((one, two) => one.at - two.at || one.order - two.order);
			const next = this.#queue[0];
			if (!next || next.at > end) break;
			this.#queue.shift();
			this.at = Math.max(this.at, next.at);
			next.run();
		}
		this.at = end;
	}

	/** Lets time pass until this is true; false if it is not in time. */
	until(isTrue: () => boolean, withinMs: number): boolean {
		for (let passed = 0; passed < withinMs && !isTrue(); passed += 20) this.pass(20);
		return isTrue();
	}

	cutDirect(): void {
		if (!this.directUp) return;
		this.directUp = false;
		this.#directDownSince = this.at;
		const since = this.at;
		for (const side of [this.ada, this.bob]) {
			// Dead after 6 s without a byte, found at the next beat.
			this.#later(6000 + this.random() * 1000, () => {
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
		for (const side of [this.ada, this.bob]) this.leaveRelay(side, 'lost', true);
	}

	mendRelay(): void {
		this.relayUp = true;
	}

	/** One side's socket to the relay dies. */
	leaveRelay(side: Side, reason: string, tellIt = false): void {
		if (!side.onRelay) return;
		side.onRelay = false;
		for (const one of [this.ada, this.bob]) {
			for (const {generation, tier} of [...one.ends.values()]) {
				if (tier !== 'direct') this.#closed(one, generation, 'the relay is gone', false);
			}
		}
		const {attempt} = side.machine.relay;
		if (tellIt) this.tell(side, {type: 'relay-closed', attempt, code: 'closed', reason: 'reset'});
		const rest = this[other(side.name)];
		const peerId = ids[side.name];
		this.#later(this.relayMs, () => {
			if (rest.onRelay && !side.onRelay) this.tell(rest, {type: 'peer-left', peerId, reason});
		});
	}

	pin(side: Side, pin: TierPin): void {
		this.tell(side, {type: 'commanded', command: {type: 'set-tier', pin}});
	}

	/** The generation that both use, confirmed, with nothing else open or on its way; undefined if it is not so. */
	agreed(): {generation: number; tier: Tier; route: Route} | undefined {
		const [one, two] = [this.ada.link, this.bob.link];
		if (!one?.active || one.active.generation !== two?.active?.generation) return undefined;
		if (one.openings.length + two.openings.length > 0) return undefined;
		if (this.ada.ends.size !== 1 || this.bob.ends.size !== 1) return undefined;
		return one.active;
	}

	tell(side: Side, event: Event): void {
		const {machine, effects} = update(side.machine, event, {at: this.at, random: this.random()});
		side.machine = machine;
		for (const effect of effects) this.#run(side, effect);
	}

	#later(ms: number, run: () => void): void {
		this.#queue.push({at: this.at + ms, order: this.#order++, run});
	}

	/** Runs later, unless the side's process is another one by then. */
	#laterAt(side: Side, ms: number, run: () => void): void {
		const {run: process} = side;
		this.#later(ms, () => {
			if (side.run === process) run();
		});
	}

	#run(side: Side, effect: Effect): void {
		switch (effect.type) {
			case 'start-timer': {
				const token = {};
				side.timers.set(effect.timer, token);
				return this.#laterAt(side, effect.afterMs, () => {
					if (side.timers.get(effect.timer) !== token) return;
					side.timers.delete(effect.timer);
					this.tell(side, {type: 'timer-fired', timer: effect.timer});
				});
			}
			case 'stop-timer':
				return void side.timers.delete(effect.timer);
			case 'open-relay':
				return this.#laterAt(side, this.relayMs, () => this.#joinRelay(side, effect.attempt));
			case 'test-binary':
				return this.#laterAt(side, this.binaryPasses ? this.relayMs : 3000, () => {
					const passes = this.binaryPasses;
					this.tell(side, {type: 'relay-binary-tested', attempt: effect.attempt, passes});
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
				return this.#laterAt(side, 0, () => this.#closed(side, effect.generation, effect.reason, true));
			case 'drain-carrier':
				return this.#laterAt(side, 500, () => this.#closed(side, effect.generation, 'switched', true));
			case 'say':
				return this.#say(side, effect.generation, effect.message);
			case 'say-hello':
				return this.#say(side, effect.generation, this.#hello(side, effect.tiers));
			case 'emit':
				if (side === this.ada && effect.event.event === 'link') {
					const tier = effect.event.status === 'online' ? effect.event.tier : effect.event.status;
					this.tiersOfAda.push({at: this.at, tier: tier ?? ''});
				}
				return;
			default:
		}
	}

	#joinRelay(side: Side, attempt: number): void {
		if (!this.relayUp) {
			const failure = {code: 'no_relay', reason: 'no answer', final: false};
			return this.tell(side, {type: 'relay-failed', attempt, ...failure});
		}
		side.onRelay = true;
		const there = this[other(side.name)];
		const peers = there.onRelay ? [this.#entry(there)] : [];
		this.#overRelay(side, () => this.tell(there, {type: 'peer-joined', peer: this.#entry(side)}));
		this.tell(side, {type: 'relay-opened', attempt, url: 'ws://r', peers});
	}

	#entry({name, machine}: Side) {
		return {peerId: ids[name], publicKey: 'k', name, instance: machine.state.self.instance};
	}

	/** Runs at the other side after the relay's delay, if both are there then. */
	#overRelay(side: Side, run: (there: Side) => void): void {
		if (!side.onRelay) return;
		const there = this[other(side.name)];
		const at = Math.max(this.at + this.relayMs * (0.5 + this.random()), side.relayArrival);
		side.relayArrival = at;
		this.#laterAt(there, at - this.at, () => {
			if (side.onRelay && there.onRelay) run(there);
		});
	}

	#ask(side: Side, {tiers: allowed, via}: Extract<Effect, {type: 'ask-leader'}>): void {
		const request = {type: 'carrier-requested', peerId: ids[side.name], generation: 0} as const;
		if (via === 'relay') {
			return this.#overRelay(side, (there) => this.tell(there, {...request, tier: 'proxy', tiers: allowed}));
		}
		const there = this[other(side.name)];
		this.#laterAt(there, this.directMs, () => {
			if (!this.directUp) return;
			this.tell(there, {type: 'peer-found', peer: this.#entry(side)});
			this.tell(there, {...request, tier: 'direct', tiers: allowed});
		});
	}

	#open(side: Side, effect: Extract<Effect, {type: 'open-carrier'}>): void {
		const {generation, tier, leader} = effect;
		const end: End = {generation, tier, startedAt: this.at, state: 'opening'};
		side.ends.set(generation, end);
		if (leader) {
			const request = {type: 'carrier-requested', peerId: ids[side.name], tier, generation} as const;
			const tell = (there: Side) => this.tell(there, {...request, tiers: effect.tiers});
			if (side.onRelay && this[other(side.name)].onRelay) this.#overRelay(side, tell);
			else if (tier === 'direct' && this.directUp) {
				const there = this[other(side.name)];
				this.#laterAt(there, this.directMs, () => tell(there));
			}
		}
		this.#laterAt(side, 10_000, () => {
			if (side.ends.get(generation) === end) this.#failed(side, generation, tier, 'no answer');
		});
		this.#tryEnd(side, end);
	}

	/** Opens both ends once both are being opened and the path is up; each side hears of it after its own delay. */
	#tryEnd(side: Side, end: End): void {
		const there = this[other(side.name)];
		const theirs = there.ends.get(end.generation);
		if (side.ends.get(end.generation) !== end || end.state !== 'opening') return;
		const isRaced = this.at - end.startedAt >= this.directOpensAfterMs;
		const isUp = end.tier === 'direct' ? this.directUp && isRaced : side.onRelay && there.onRelay;
		const delayMs = end.tier === 'direct' ? this.directMs : this.relayMs;
		if (!isUp || theirs?.state !== 'opening') {
			return this.#laterAt(side, 20 + this.random() * 50, () => this.#tryEnd(side, end));
		}
		for (const [one, its] of [
			[side, end],
			[there, theirs],
		] as const) {
			its.state = 'open';
			one.arrivals.delete(its.generation);
			this.#laterAt(one, delayMs * (1 + this.random()), () => {
				if (one.ends.get(its.generation) !== its) return;
				const {generation, tier} = its;
				const route = tier === 'direct' ? this.directRoute : tier;
				const hello = this.#hello(this[other(one.name)]);
				const peerId = ids[other(one.name)];
				this.tell(one, {type: 'carrier-opened', peerId, generation, tier, route, hello});
			});
		}
	}

	#hello({name, machine}: Side, allowed?: readonly Tier[]): Hello {
		const {pin} = machine.state;
		return {
			type: 'hello',
			name,
			role: 'member',
			versions: [1, 1],
			tiers: [...(allowed ?? (pin === 'auto' ? tiers : [pin]))],
			addresses: [],
			relay_urls: [],
			capabilities: [],
		};
	}

	#say(side: Side, generation: number, message: PeerMessage): void {
		const there = this[other(side.name)];
		const end = side.ends.get(generation);
		if (end?.state !== 'open') return;
		const delayMs = (end.tier === 'direct' ? this.directMs : this.relayMs) * (1 + this.random());
		const at = Math.max(this.at + delayMs, there.arrivals.get(generation) ?? 0);
		there.arrivals.set(generation, at);
		this.#laterAt(there, at - this.at, () => {
			if (there.ends.get(generation)?.state !== 'open') return;
			if (end.tier === 'direct' && !this.directUp) return;
			this.tell(there, {type: 'peer-said', peerId: ids[side.name], generation, message});
		});
	}

	#failed(side: Side, generation: number, tier: Tier, code: string, allowed?: readonly Tier[]): void {
		if (side.ends.get(generation)?.state !== 'opening') return;
		side.ends.delete(generation);
		const peerId = ids[other(side.name)];
		const failure = {code, reason: code, ...(allowed && {tiers: allowed})};
		this.tell(side, {type: 'carrier-failed', peerId, generation, tier, ...failure});
	}

	/** This end is over; the other one hears of it where the path still carries anything. */
	#closed(side: Side, generation: number, reason: string, isTold: boolean): void {
		const end = side.ends.get(generation);
		if (!end) return;
		if (end.state === 'opening') this.#failed(side, generation, end.tier, 'closed');
		else {
			side.ends.delete(generation);
			const peerId = ids[other(side.name)];
			this.tell(side, {type: 'carrier-closed', peerId, generation, reason, hostile: false});
		}
		const there = this[other(side.name)];
		if (!isTold || (end.tier === 'direct' && !this.directUp)) return;
		const delayMs = end.tier === 'direct' ? this.directMs : this.relayMs;
		const at = Math.max(this.at + delayMs, there.arrivals.get(generation) ?? 0);
		this.#laterAt(there, at - this.at, () => this.#closed(there, generation, reason, false));
	}
}
