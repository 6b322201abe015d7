/**
 * Who descends from whom in the graph of commits: ids and parents alone, also those behind a shallow boundary (merge rule
 * 19). Exact whatever the clocks of the peers say: it walks by generation numbers, not by dates. A commit whose
 * parents nobody knows counts as a root; where somebody lied and the graph has a circle, each walk still ends.
 */
import {type Oid} from '../../protocol/content.js';

export type ParentsOf = (oid: Oid) => readonly Oid[] | undefined;

const fromOne = 1;
const fromOther = 2;
const belowCommon = 4;

export class Ancestry {
	readonly #parentsOf: ParentsOf;
	/** 1 + the largest of the parents: every commit's is larger than all its ancestors'. */
	readonly #generations = new Map<Oid, number>();
	/** Parents that were unknown when they were asked for. Once one of them is known, the numbers above it are wrong. */
	readonly #unknown = new Set<Oid>();

	constructor(parentsOf: ParentsOf) {
		this.#parentsOf = parentsOf;
	}

	/** True if the first commit can be reached from the second, or is the same. */
	isAncestor(ancestor: Oid, descendant: Oid): boolean {
		this.#refresh();
		const lowest = this.#generation(ancestor);
		const seen = new Set<Oid>([descendant]);
		const todo = [descendant];
		for (let oid = todo.pop(); oid !== undefined; oid = todo.pop()) {
			if (oid === ancestor) return true;
			for (const parent of this.#known(oid)) {
				if (seen.has(parent) || this.#generation(parent) < lowest) continue;
				seen.add(parent);
				todo.push(parent);
			}
		}
		return false;
	}

	/** The common ancestors of any of the ones with any of the others that are no ancestors of one another, sorted. */
	commonAncestors(ones: readonly Oid[], others: readonly Oid[]): readonly Oid[] {
		this.#refresh();
		const marks = new Map<Oid, number>();
		const levels = new Map<number, Oid[]>();
		let open = 0; // queued commits that are not yet known to be below a common one
		let level = 0;
		const mark = (oid: Oid, bits: number) => {
			const before = marks.get(oid);
			const after = (before ?? 0) | bits;
			if (before === after) return;
			marks.set(oid, after);
			if (before === undefined) {
				const generation = this.#generation(oid);
				level = Math.max(level, generation);
				const queue = levels.get(generation);
				if (queue) queue.push(oid);
				else levels.set(generation, [oid]);
			}
			const wasOpen = before !== undefined && !(before & belowCommon);
			const isOpen = !(after & belowCommon);
			open += Number(isOpen) - Number(wasOpen);
		};
		for (const oid of ones) mark(oid, fromOne);
		for (const oid of others) mark(oid, fromOther);
		const found: Oid[] = [];
		for (; level > 0 && open > 0; level--) {
			for (const oid of levels.get(level) ?? []) {
				// All that leads here is above, and has been walked: the marks are final.
				const bits = marks.get(oid)!;
				if (!(bits & belowCommon)) open--;
				const isCommon = (bits & fromOne) !== 0 && (bits & fromOther) !== 0;
				if (isCommon && !(bits & belowCommon)) found.push(oid);
				for (const parent of this.#known(oid)) mark(parent, isCommon ? bits | belowCommon : bits);
			}
		}
		return found.sort();
	}

	/** Walks from a commit to its ancestors, each once, children always before their parents. */
	*walk(from: Oid): Generator<Oid> {
		this.#refresh();
		const seen = new Set<Oid>([from]);
		const levels = new Map<number, Oid[]>([[this.#generation(from), [from]]]);
		for (let level = this.#generation(from); level > 0; level--) {
			for (const oid of levels.get(level) ?? []) {
				yield oid;
				for (const parent of this.#known(oid)) {
					if (seen.has(parent)) continue;
					seen.add(parent);
					const generation = this.#generation(parent);
					const queue = levels.get(generation);
					if (queue) queue.push(parent);
					else levels.set(generation, [parent]);
				}
			}
			levels.delete(level);
		}
	}

	#known(oid: Oid): readonly Oid[] {
		return this.#parentsOf(oid) ?? [];
	}

	#refresh(): void {
		for (const oid of this.#unknown) {
			if (this.#parentsOf(oid) === undefined) continue;
			this.#generations.clear();
			this.#unknown.clear();
			return;
		}
	}

	#generation(oid: Oid): number {
		const known = this.#generations.get(oid);
		if (known !== undefined) return known;
		const stack = [oid]; // not recursive: a history of 100,000 snapshots is one long line
		const open = new Set<Oid>(); // between the first and the last of the stack: a parent among them closes a circle
		while (stack.length > 0) {
			const top = stack.at(-1)!;
			const parents = this.#parentsOf(top);
			if (parents === undefined) this.#unknown.add(top);
			open.add(top);
			const missing = (parents ?? []).filter((parent) => !this.#generations.has(parent) && !open.has(parent));
			if (missing.length > 0) {
				stack.push(...missing);
				continue;
			}
			stack.pop();
			open.delete(top);
			if (this.#generations.has(top)) continue;
			const above = (parents ?? []).map((parent) => this.#generations.get(parent) ?? 0);
			this.#generations.set(top, 1 + Math.max(0, ...above));
		}
		return this.#generations.get(oid)!;
	}
}
