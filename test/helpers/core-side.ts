/** One of two cores, as the world around it sees it: its machine, its timers, its ends of carriers. */
import {type Machine} from '../../source/core/machine.js';
import {type Hello} from '../../source/protocol/peer-messages.js';
import {type Tier, tiers} from '../../source/protocol/tiers.js';
import {type EventClock} from './event-clock.js';

type SideName = 'ada' | 'bob';
/** Their peer ids. */
export const ids: Record<SideName, string> = {ada: 'a'.repeat(26), bob: 'b'.repeat(26)};
const other = (name: SideName): SideName => (name === 'ada' ? 'bob' : 'ada');

/** One side's end of a carrier. */
export type End = {
	readonly generation: number;
	readonly tier: Tier;
	readonly startedAt: number;
	state: 'opening' | 'open' | 'closed';
};

export class Side {
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

	get otherId() {
		return ids[other(this.name)];
	}

	get peer() {
		return this.machine.state.peers.get(this.otherId);
	}

	get link() {
		return this.machine.links.get(this.otherId);
	}
}

/** Runs later, unless the side's process is another one by then. */
export function laterAt(clock: EventClock, side: Side, ms: number, run: () => void): void {
	const {run: process} = side;
	clock.later(ms, () => {
		if (side.run === process) run();
	});
}

/** As the relay and the local network show it. */
export function entryOf({name, machine}: Side) {
	return {peerId: ids[name], publicKey: 'k', name, instance: machine.state.self.instance};
}

/** What it says of itself on a new carrier. */
export function helloOf({name, machine}: Side, allowed?: readonly Tier[]): Hello {
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
