/**
 * The only loop: an event enters the queue, update() returns the next machine and effects as data, the effects are run,
 * views are told. Events that effects raise while they run wait for their turn, so update is never entered twice.
 */
import {type Effect} from '../core/effect.js';
import {type Event} from '../core/event.js';
import {type Machine} from '../core/machine.js';
import {type PublicEvent} from '../core/public-event.js';
import {type State} from '../core/state.js';
import {update} from '../core/update.js';

export type Clock = {now(): number; random(): number};

/**
 * The wall's time, but never going back: when the clock is set back, waits that are under way would take as much longer.
 * When it is put forward, which is also what a sleep looks like, the time has passed.
 */
export function steadyClock(wall: () => number = () => Date.now()): () => number {
	let [at, monotonic] = [wall(), performance.now()];
	return () => {
		const passed = performance.now() - monotonic;
		monotonic += passed;
		at = Math.max(at + passed, wall());
		return Math.floor(at);
	};
}

const systemClock: Clock = {now: steadyClock(), random: () => Math.random()};

/** A start emits a few dozen; a session with a screen has no listener at all. */
const maxUnheard = 200;

export class Loop {
	#machine: Machine;
	readonly #run: (effect: Effect) => void;
	readonly #clock: Clock;
	readonly #queue: Event[] = [];
	readonly #listeners = new Set<() => void>();
	readonly #eventListeners = new Set<(event: PublicEvent) => void>();
	/** Undefined once somebody listens. */
	#unheard: PublicEvent[] | undefined = [];
	#turning = false;
	#telling = false;
	#closed = false;

	constructor(options: {machine: Machine; run: (effect: Effect) => void; clock?: Clock}) {
		this.#machine = options.machine;
		this.#run = options.run;
		this.#clock = options.clock ?? systemClock;
	}

	get machine(): Machine {
		return this.#machine;
	}

	get state(): State {
		return this.#machine.state;
	}

	/** Adds an event; it is worked off before this returns unless the loop is already turning. */
	dispatch(event: Event): void {
		if (this.#closed) return;
		this.#queue.push(event);
		if (this.#turning) return;
		this.#turning = true;
		try {
			for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#turn(next);
		} finally {
			this.#turning = false;
		}
	}

	/** Calls back at most once a turn of the event loop, however many events there were. */
	subscribe(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** The first listener also gets what was emitted before it came: views are made after the start. */
	onEvent(listener: (event: PublicEvent) => void): () => void {
		this.#eventListeners.add(listener);
		for (const event of this.#unheard?.splice(0) ?? []) listener(event);
		this.#unheard = undefined;
		return () => this.#eventListeners.delete(listener);
	}

	emit(event: PublicEvent): void {
		if (this.#unheard && this.#unheard.length < maxUnheard) this.#unheard.push(event);
		for (const listener of this.#eventListeners) listener(event);
	}

	/** Takes no more events: what is still running answers into the void. */
	close(): void {
		this.#closed = true;
		this.#queue.length = 0;
	}

	#turn(event: Event): void {
		const before = this.#machine.state;
		const {machine, effects} = update(this.#machine, event, {
			at: this.#clock.now(),
			random: this.#clock.random(),
		});
		this.#machine = machine;
		for (const effect of effects) this.#run(effect);
		if (machine.state !== before) this.#tell();
	}

	#tell(): void {
		if (this.#telling || this.#listeners.size === 0) return;
		this.#telling = true;
		setImmediate(() => {
			this.#telling = false;
			for (const listener of this.#listeners) listener();
		});
	}
}
