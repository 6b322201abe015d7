/** Two real cores on one network: for what happens when both sides of a link act at the same time. */
import {type Effect} from '../../source/core/effect.js';
import {type Event} from '../../source/core/event.js';
import {initialMachine} from '../../source/core/initial-machine.js';
import {update} from '../../source/core/update.js';
import {type Route, type Tier, type TierPin} from '../../source/protocol/tiers.js';
import {CoreNetwork} from './core-network.js';
import {ids, laterAt, Side} from './core-side.js';
import {EventClock} from './event-clock.js';

export class TwoCores {
	readonly clock: EventClock;
	readonly network: CoreNetwork;
	readonly ada = new Side('ada');
	readonly bob = new Side('bob');
	/** Each switch of the carrier in use, as ada's world is told. */
	readonly tiersOfAda: {at: number; tier: string}[] = [];

	constructor(seed = 1) {
		this.clock = new EventClock(seed);
		this.network = new CoreNetwork({
			ada: this.ada,
			bob: this.bob,
			clock: this.clock,
			tell: (side, event) => this.tell(side, event),
		});
		for (const side of [this.ada, this.bob]) this.start(side);
	}

	/** Starts or restarts a side: the former process is gone without a word. */
	start(side: Side, pin: TierPin = 'auto'): void {
		this.network.leaveRelay(side, 'lost');
		side.run++;
		side.ends.clear();
		side.timers.clear();
		side.machine = initialMachine({
			at: this.clock.at,
			self: {peerId: ids[side.name], name: side.name, instance: `${side.name}${side.run}`, role: 'member'},
			session: {sessionId: 's', root: '/p', projectName: 'p', invite: '', relayUrl: 'ws://r'},
			pin,
			relayAttempt: 0,
		});
		this.clock.later(this.clock.random() * 50, () => this.tell(side, {type: 'timer-fired', timer: 'relay'}));
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
		const {machine, effects} = update(side.machine, event, {at: this.clock.at, random: this.clock.random()});
		side.machine = machine;
		for (const effect of effects) this.#run(side, effect);
	}

	#run(side: Side, effect: Effect): void {
		switch (effect.type) {
			case 'start-timer': {
				const token = {};
				side.timers.set(effect.timer, token);
				return laterAt(this.clock, side, effect.afterMs, () => {
					if (side.timers.get(effect.timer) !== token) return;
					side.timers.delete(effect.timer);
					this.tell(side, {type: 'timer-fired', timer: effect.timer});
				});
			}
			case 'stop-timer':
				return void side.timers.delete(effect.timer);
			case 'emit':
				if (side === this.ada && effect.event.event === 'link') {
					const tier = effect.event.status === 'online' ? effect.event.tier : effect.event.status;
					this.tiersOfAda.push({at: this.clock.at, tier: tier ?? ''});
				}
				return;
			default:
				this.network.run(side, effect);
		}
	}
}
