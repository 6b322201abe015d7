/** One core with a clock that only goes on when told, and what it wants done: for tests of links step by step. */
import {type Effect} from '../../source/core/effect.js';
import {type Event} from '../../source/core/event.js';
import {initialMachine} from '../../source/core/initial-machine.js';
import {type Machine} from '../../source/core/machine.js';
import {update} from '../../source/core/update.js';
import {type Hello} from '../../source/protocol/peer-messages.js';
import {type Route, type Tier, tiers} from '../../source/protocol/tiers.js';

/** The smaller peer_id leads. */
export const [ada, bob] = ['a'.repeat(26), 'b'.repeat(26)];

type Open = Extract<Effect, {type: 'open-carrier'}>;

/** Its peer is the other of the two. */
export class OneCore {
	machine: Machine;
	at = 1_700_000_000_000;
	readonly peerId: string;
	effects: readonly Effect[] = [];

	constructor(self: string, pin: 'auto' | Tier = 'auto') {
		this.peerId = self === ada ? bob : ada;
		this.machine = initialMachine({
			at: this.at,
			self: {peerId: self, name: 'me', instance: 'i1', role: 'member'},
			session: {sessionId: 's', root: '/p', projectName: 'p', invite: 'x', relayUrl: 'ws://r'},
			pin,
			relayAttempt: 0,
		});
	}

	get link() {
		return this.machine.links.get(this.peerId)!;
	}

	get peer() {
		return this.machine.state.peers.get(this.peerId)!;
	}

	do(...events: Event[]): readonly Effect[] {
		const effects: Effect[] = [];
		for (const event of events) {
			const result = update(this.machine, event, {at: this.at, random: 0.5});
			this.machine = result.machine;
			effects.push(...result.effects);
			if (result.effects.some(({type}) => type === 'list-conflicts')) effects.push(...this.#listConflicts());
		}
		this.effects = [...this.effects, ...effects];
		return effects;
	}

	/** Those that were there before. */
	#listConflicts(): readonly Effect[] {
		const {conflicts, project} = this.machine.state;
		const {machine, effects} = update(
			this.machine,
			{type: 'conflicts-listed', head: project.head!, conflicts},
			{at: this.at, random: 0.5},
		);
		this.machine = machine;
		return effects;
	}

	online(instance = 'i'): readonly Effect[] {
		return this.do(
			{type: 'timer-fired', timer: 'relay'},
			{type: 'relay-opened', attempt: 1, url: 'ws://r', peers: [this.entry(instance)]},
			{type: 'relay-binary-tested', attempt: 1, passes: true},
		);
	}

	entry(instance = 'i') {
		return {peerId: this.peerId, publicKey: 'k', name: 'peer', instance};
	}

	opening(tier: Tier): number {
		const open = this.effects.findLast(
			(effect): effect is Open => effect.type === 'open-carrier' && effect.tier === tier,
		);
		if (!open) throw new Error(`no ${tier} was to be opened`);
		return open.generation;
	}

	/** As follower: the leader asks for it. */
	asked(tier: Tier, generation: number): number {
		this.do({type: 'carrier-requested', peerId: this.peerId, tier, generation});
		return generation;
	}

	opened(tier: Tier, generation = this.opening(tier), route: Route = tier === 'direct' ? 'tcp-lan' : tier) {
		return this.do({type: 'carrier-opened', peerId: this.peerId, generation, tier, route, hello: hello()});
	}

	said(type: 'use' | 'using', generation: number): readonly Effect[] {
		return this.do({type: 'peer-said', peerId: this.peerId, generation, message: {type, generation}});
	}

	/** As leader: opens and confirms it. */
	linked(tier: Tier, route?: Route): number {
		const generation = this.opening(tier);
		this.opened(tier, generation, route);
		this.said('using', generation);
		return generation;
	}

	failed(
		tier: Tier,
		reason = 'no way',
		code = 'no_path',
		generation = this.opening(tier),
	): readonly Effect[] {
		return this.do({type: 'carrier-failed', peerId: this.peerId, generation, tier, code, reason});
	}

	closed(generation: number, reason = 'silent'): readonly Effect[] {
		return this.do({type: 'carrier-closed', peerId: this.peerId, generation, reason, hostile: false});
	}

	pass(ms: number): readonly Effect[] {
		this.at += ms;
		return this.do({type: 'timer-fired', timer: `link ${this.peerId}`});
	}
}

/** What a peer says of itself. */
export function hello(over: Partial<Hello> = {}): Hello {
	return {
		type: 'hello',
		name: 'peer',
		role: 'member',
		versions: [1, 1],
		tiers: [...tiers],
		addresses: [],
		relay_urls: [],
		capabilities: [],
		...over,
	};
}

/** The effects of one kind. */
export const of = <T extends Effect['type']>(effects: readonly Effect[], type: T) =>
	effects.filter((effect): effect is Extract<Effect, {type: T}> => effect.type === type);
/** Tiers of which a carrier was to be opened. */
export const opens = (effects: readonly Effect[]) => of(effects, 'open-carrier').map(({tier}) => tier);
/** Generations that were to be closed. */
export const closes = (effects: readonly Effect[]) =>
	of(effects, 'close-carrier').map(({generation}) => generation);
/** Generations of which `use` was said. */
export const uses = (effects: readonly Effect[]) =>
	of(effects, 'say').flatMap(({message}) => (message.type === 'use' ? [message.generation] : []));
