/**
 * Plans of the last wants, and packs of the newest commit that is more than a segment: who asks the same again, as the
 * next joiner or over another path, costs no second count and no second packing.
 */
import {join} from 'node:path';
import {type Oid} from '../../protocol/content.js';
import {sumBytes} from './cut-units.js';
import {segmentTargetBytes} from './limits.js';
import {type ObjectPlan, type ObjectStore} from './object-store.js';
import {PackCache} from './pack-cache.js';
import {type PreparedPlan} from './supply-job.js';

/** Each holds a list of its objects: a first join and what runs beside it. */
const maxPlans = 3;

type Wanted = {readonly commit: Oid; readonly have: readonly Oid[]; readonly history: boolean};

export class PlanShelf {
	readonly #store: ObjectStore;
	readonly #cacheFolder: string | undefined;
	/** Least recently wanted first. */
	readonly #plans = new Map<string, Promise<ObjectPlan>>();
	#packs: {readonly commit: Oid; readonly cache: PackCache} | undefined;

	constructor(store: ObjectStore, cacheFolder: string | undefined) {
		this.#store = store;
		this.#cacheFolder = cacheFolder;
	}

	async take(wanted: Wanted): Promise<PreparedPlan> {
		const plan = await this.#plan(wanted);
		const isLarge = sumBytes(plan.objects, 0, plan.objects.length) > segmentTargetBytes;
		return {plan, have: wanted.have, cache: isLarge ? this.#cache(wanted.commit) : undefined};
	}

	/** Forgets everything, on disk too. */
	async clear(): Promise<void> {
		this.#plans.clear();
		await this.#packs?.cache.clear();
		this.#packs = undefined;
	}

	#plan({commit, have, history}: Wanted): Promise<ObjectPlan> {
		const key = [commit, history, ...[...have].sort()].join(' ');
		const plan = this.#plans.get(key) ?? this.#store.enumerate(commit, {have, history});
		this.#plans.delete(key);
		this.#plans.set(key, plan);
		plan.catch(() => {
			if (this.#plans.get(key) === plan) this.#plans.delete(key);
		});
		for (const oldest of this.#plans.keys()) {
			if (this.#plans.size <= maxPlans) break;
			this.#plans.delete(oldest);
		}
		return plan;
	}

	#cache(commit: Oid): PackCache | undefined {
		if (this.#cacheFolder === undefined) return undefined;
		if (this.#packs?.commit === commit) return this.#packs.cache;
		void this.#packs?.cache.clear();
		const cache = new PackCache(join(this.#cacheFolder, commit));
		this.#packs = {commit, cache};
		return cache;
	}
}
