import {useLayoutEffect, useState} from 'react';
import {type Conflict} from '../../core/state.js';
import {type Path} from '../../protocol/content.js';
import {type Action} from '../binding.js';

/** So long it takes a person to see that another conflict has come to where the cursor stands. */
const seenMs = 250;

/** Settled ones are gone from the state a moment later; should one stay, the keys do not stay dead. */
const longestMs = 1000;

/** Keys that settle a conflict, or begin to. */
export const settlingActions: ReadonlySet<Action> = new Set([
	'take-mine',
	'take-theirs',
	'take-base',
	'take-both',
	'whole-mine',
	'whole-theirs',
	'whole-base',
	'whole-both',
	'edit',
	'tool',
]);

/** Keeps a key that was typed ahead from settling a conflict that nobody has seen yet. */
export type SettleGuard = {
	/** Holds from the key that settles until those conflicts are seen to be gone. */
	readonly during: <T>(paths: readonly Path[], work: () => Promise<T>) => Promise<T>;
	/** Holds for a moment: another conflict stands at the cursor than before. */
	readonly another: () => void;
	/** Whether this key has to be passed over, and whether that is because something is being settled still. */
	readonly holds: (action: Action) => 'no' | 'unseen' | 'under-way';
};

/** One for the whole screen: who settles a conflict in its own view comes back to the list. */
export function useSettleGuard(conflicts: readonly Conflict[]): SettleGuard {
	const [guard] = useState(() => new Guard());
	// Before a frame shows them: a key is never quicker than that.
	useLayoutEffect(() => guard.drawn(conflicts), [guard, conflicts]);
	return guard;
}

class Guard implements SettleGuard {
	readonly #leaving = new Set<Path>();
	#underWay = 0;
	#until = 0;

	readonly during = async <T>(paths: readonly Path[], work: () => Promise<T>): Promise<T> => {
		this.#underWay++;
		for (const path of paths) this.#leaving.add(path);
		try {
			const result = await work();
			if (this.#leaving.size > 0) this.#hold(longestMs);
			return result;
		} catch (error) {
			for (const path of paths) this.#leaving.delete(path);
			throw error;
		} finally {
			this.#underWay--;
		}
	};

	readonly another = () => this.#hold(seenMs);

	readonly holds: SettleGuard['holds'] = (action) => {
		if (!settlingActions.has(action)) return 'no';
		if (this.#underWay > 0) return 'under-way';
		return performance.now() < this.#until ? 'unseen' : 'no';
	};

	/** These are on the screen now. */
	drawn(conflicts: readonly Conflict[]): void {
		if (this.#leaving.size === 0) return;
		const shown = new Set(conflicts.map(({path}) => path));
		for (const path of this.#leaving) if (!shown.has(path)) this.#leaving.delete(path);
		if (this.#leaving.size === 0) this.#until = performance.now() + seenMs;
	}

	#hold(ms: number): void {
		this.#until = Math.max(this.#until, performance.now() + ms);
	}
}
