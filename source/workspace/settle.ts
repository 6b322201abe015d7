/**
 * When a path that saw events is finished: quiet for a short while, and not growing. Pure: time comes in, batches go out.
 *
 * - A path alone can be ready `briefMs` after its last event: whoever looks at it then may let it wait on (`hold`), until it was
 *   quiet for `quietMs` or longer.
 * - In a storm (many paths at once: a checkout, an install) all wait until everything is quiet, so that it becomes one
 *   batch and not twenty.
 * - Paths that become ready within a moment of each other come out together: the two names of a rename, say.
 * - No path waits longer than `maxWaitMs` (a storm: `maxStormMs`), but for that moment.
 */
import {type Path} from '../protocol/content.js';

export type SettleTimes = {
	readonly briefMs: number;
	readonly quietMs: number;
	readonly maxWaitMs: number;
	readonly maxStormMs: number;
};

export const defaultSettleTimes: SettleTimes = {briefMs: 15, quietMs: 40, maxWaitMs: 2000, maxStormMs: 1000};

/** Events of one change arrive within this time, even on a busy machine. */
const togetherMs = 5;

/** More paths than a person saves at once. */
const stormPaths = 8;

type Waiting = {readonly firstAt: number; lastAt: number; heldUntil: number};

/** Paths between their first event and being handed on. */
export class Settling {
	readonly #times: SettleTimes;
	readonly #waiting = new Map<Path, Waiting>();
	#lastEventAt = 0;

	constructor(times: SettleTimes) {
		this.#times = times;
	}

	/** An event. */
	touch(path: Path, now: number): void {
		const waiting = this.#waiting.get(path);
		if (waiting) waiting.lastAt = now;
		else this.#waiting.set(path, {firstAt: now, lastAt: now, heldUntil: now});
		this.#lastEventAt = now;
	}

	/** How many paths wait. */
	get size(): number {
		return this.#waiting.size;
	}

	/** When to ask `due` again; undefined while nothing waits. */
	nextAt(): number | undefined {
		const ready = [...this.#waiting.values()].map((waiting) => this.#readyAt(waiting));
		let first = Infinity;
		for (const at of ready) first = Math.min(first, at);
		let last = -Infinity;
		for (const at of ready) if (at <= first + togetherMs) last = Math.max(last, at);
		return ready.length === 0 ? undefined : Math.max(last, this.#stormEndsAt());
	}

	/** Paths that are ready, all those of a moment or none; they stay here until they are forgotten. */
	due(now: number): Set<Path> {
		const due = new Set<Path>();
		// A timer may come a little early, when only some of them are.
		if (now < (this.nextAt() ?? Infinity)) return due;
		for (const [path, waiting] of this.#waiting) if (this.#readyAt(waiting) <= now) due.add(path);
		return due;
	}

	/** Lets a path wait on; never beyond the longest wait. */
	hold(path: Path, untilMs: number): void {
		const waiting = this.#waiting.get(path);
		if (waiting) waiting.heldUntil = Math.max(waiting.heldUntil, untilMs);
	}

	/** When a path that waits will have been quiet for the whole quiet time. */
	quietAt(path: Path): number {
		return (this.#waiting.get(path)?.lastAt ?? -Infinity) + this.#times.quietMs;
	}

	/** True once a path has waited as long as any may. */
	isOverdue(path: Path, now: number): boolean {
		const waiting = this.#waiting.get(path);
		return waiting !== undefined && now - waiting.firstAt >= this.#times.maxWaitMs;
	}

	forget(path: Path): void {
		this.#waiting.delete(path);
	}

	#readyAt({firstAt, lastAt, heldUntil}: Waiting): number {
		return Math.min(Math.max(lastAt + this.#times.briefMs, heldUntil), firstAt + this.#times.maxWaitMs);
	}

	/** Until when everything waits because much is going on; in the past when not. */
	#stormEndsAt(): number {
		if (this.#waiting.size <= stormPaths) return -Infinity;
		// The map is in the order of first events.
		const [oldest] = this.#waiting.values();
		return Math.min(this.#lastEventAt + this.#times.quietMs, oldest!.firstAt + this.#times.maxStormMs);
	}
}
