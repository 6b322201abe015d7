/** The oracle's world: commits, and peers with a disk, an index of what it showed, and a head. No bytes, no network, no git. */
import {createHash} from 'node:crypto';
import {
	at,
	equal,
	isUnder,
	mergeModelTrees,
	merge3,
	type ModelTree,
	normaliseModel,
	nothing,
	pick,
	put,
	same,
	sorted,
	unique,
} from './model.js';

export type ModelCommit = {
	readonly id: string;
	readonly parents: readonly string[];
	readonly tree: ModelTree;
	/** `path|content` of everything that can be reached from here. */
	readonly seen: ReadonlySet<string>;
	/** Line merges: `path|side` went into `path|merged`. */
	readonly derived: readonly (readonly [string, string])[];
};

export type Dirty = Map<string, {shown: string | undefined; disk: string}>;
export type Take = 'mine' | 'theirs' | 'base' | 'both' | 'merged';

/** What the model did, told to whoever compares it with other functions. */
export type Observer = {
	committed?(id: string, commit: ModelCommit): void;
	merged?(facts: {one: string; other: string; base: ModelTree | undefined; result: ModelTree}): void;
	snapshotted?(facts: {head: ModelTree; dirty: Dirty; result: ModelTree}): void;
	planned?(facts: {
		values: ModelTree;
		shown: ReadonlyMap<string, string>;
		paths: readonly string[];
		plan: readonly (readonly [string, string])[];
	}): void;
	resolved?(facts: {head: ModelTree; settled: Map<string, string>; result: ModelTree}): void;
};

export class World {
	readonly commits = new Map<string, ModelCommit>();
	readonly peers: Peer[] = [];
	readonly faults: string[] = [];
	readonly settled = new Set<string>();
	readonly superseded = new Set<string>();
	readonly derived = new Map<string, Set<string>>();
	readonly root: string;
	merges = 0;
	snapshots = 0;
	serial = 0;
	#ancestors = new Map<string, Set<string>>();
	#virtual = new Map<string, ModelTree>();

	constructor(readonly observer: Observer = {}) {
		this.root = this.commit([], {}, 'root');
	}

	get(id: string): ModelCommit {
		return this.commits.get(id)!;
	}

	commit(
		parents: readonly string[],
		tree: ModelTree,
		who: string,
		derived: ModelCommit['derived'] = [],
	): string {
		const id = createHash('sha1')
			.update(JSON.stringify([parents, sorted(tree), who]))
			.digest('hex');
		if (this.commits.has(id)) return id;
		const seen = new Set(parents.flatMap((parent) => [...this.get(parent).seen]));
		for (const path of Object.keys(tree)) for (const x of tree[path]!.v) seen.add(`${path}|${x}`);
		const commit = {id, parents, tree: sorted(tree), seen, derived};
		this.commits.set(id, commit);
		this.observer.committed?.(id, commit);
		const clean = Object.keys(tree).filter((p) => tree[p]!.v.length === 1);
		for (const p of clean)
			if (clean.some((q) => isUnder(q, p))) this.faults.push(`bad tree: ${p} is file and folder`);
		return id;
	}

	ancestors(id: string): Set<string> {
		const known = this.#ancestors.get(id);
		if (known) return known;
		const all = new Set([id, ...this.get(id).parents.flatMap((parent) => [...this.ancestors(parent)])]);
		this.#ancestors.set(id, all);
		return all;
	}

	common(ones: readonly string[], others: readonly string[]): string[] {
		const left = new Set(ones.flatMap((id) => [...this.ancestors(id)]));
		const right = new Set(others.flatMap((id) => [...this.ancestors(id)]));
		const both = [...left].filter((id) => right.has(id));
		return both.filter((x) => !both.some((y) => y !== x && this.ancestors(y).has(x))).sort();
	}

	virtual(ids: readonly string[]): ModelTree {
		if (ids.length === 1) return this.get(ids[0]!).tree;
		const key = ids.join();
		const known = this.#virtual.get(key);
		if (known) return known;
		const [left, right] = [ids.slice(0, -1), ids.at(-1)!];
		const bases = this.common(left, [right]);
		const base = bases.length > 0 ? this.virtual(bases) : undefined;
		const tree = mergeModelTrees(base, this.virtual(left), this.get(right).tree, true);
		this.#virtual.set(key, tree);
		return tree;
	}

	merge(x: string, y: string): string {
		const [one, other] = [x, y].sort() as [string, string];
		const bases = this.common([one], [other]);
		const base = bases.length > 0 ? this.virtual(bases) : undefined;
		const derived: (readonly [string, string])[] = [];
		const [a, c] = [this.get(one).tree, this.get(other).tree];
		const result = mergeModelTrees(base, a, c, true, {
			text(p, left, right, made) {
				for (const side of [left, right]) derived.push([`${p}|${side}`, `${p}|${made}`]);
			},
		});
		if (!same(result, mergeModelTrees(base, c, a, true))) this.faults.push(`asymmetric: ${one} ${other}`);
		this.observer.merged?.({one, other, base, result});
		this.merges++;
		return this.commit([one, other], result, 'merge', derived);
	}
}

export class Peer {
	head: string;
	disk: Record<string, string> = {};
	/** Undefined: nobody knows what this path was last. */
	shown: Record<string, string | undefined> = {};
	readonly ignored = new Set<string>();
	partition = 0;

	constructor(
		readonly world: World,
		readonly name: string,
		head = world.root,
	) {
		this.head = head;
		world.peers.push(this);
	}

	get tree(): ModelTree {
		return this.world.get(this.head).tree;
	}

	at(path: string): string {
		return this.disk[path] ?? nothing;
	}

	shownAt(path: string): string | undefined {
		return path in this.shown ? this.shown[path] : nothing;
	}

	isFolder(path: string): boolean {
		return Object.keys(this.disk).some((other) => isUnder(other, path));
	}

	isBlocked(path: string): boolean {
		return this.isFolder(path) || Object.keys(this.disk).some((other) => isUnder(path, other));
	}

	write(path: string, content: string): boolean {
		if (this.isBlocked(path) || this.at(path) === content) return false;
		this.world.superseded.add(`${path}|${this.at(path)}`);
		this.disk[path] = content;
		return true;
	}

	remove(path: string): boolean {
		if (!(path in this.disk)) return false;
		this.world.superseded.add(`${path}|${this.disk[path]}`);
		delete this.disk[path];
		return true;
	}

	dirty(): string[] {
		const paths = unique([...Object.keys(this.disk), ...Object.keys(this.shown)]);
		return paths.filter((p) => !this.ignored.has(p) && this.at(p) !== this.shownAt(p));
	}

	moveHead(id: string): void {
		const {world} = this;
		if (!world.ancestors(id).has(this.head))
			world.faults.push(`${this.name} went back from ${this.head} to ${id}`);
		for (const [side, made] of world.get(id).derived) {
			world.derived.set(side, new Set([...(world.derived.get(side) ?? []), made]));
		}
		this.head = id;
	}

	/** Rule 11. True if it made a commit. */
	snapshot(only?: readonly string[], crash?: 'before-ref' | 'before-shown'): boolean {
		const paths = this.dirty().filter((p) => !only || only.includes(p));
		const head = this.tree;
		const tree = {...head};
		const facts: Dirty = new Map();
		for (const p of paths) {
			const [shown, disk, before] = [this.shownAt(p), this.at(p), at(head, p)];
			facts.set(p, {shown, disk});
			if (shown === undefined && disk === nothing) continue;
			const {v} = merge3(shown === undefined ? [] : [shown], before, [disk], false);
			put(tree, p, v, before.length > 1 ? head[p]!.base : shown);
			if (disk !== nothing) this.world.settled.add(`${p}|${disk}`);
			if (!v.includes(disk)) this.world.faults.push(`unsaved: ${this.name} ${p}`);
			this.#check(p, before, v, shown);
		}
		normaliseModel(tree);
		this.world.observer.snapshotted?.({head, dirty: facts, result: tree});
		const finish = () => {
			for (const p of paths) this.#show(p, this.at(p));
		};
		if (same(tree, head)) {
			finish();
			return false;
		}
		const id = this.world.commit([this.head], tree, `${this.name} ${++this.world.serial}`);
		this.world.snapshots++;
		if (crash === 'before-ref') return true;
		this.moveHead(id);
		if (crash !== 'before-shown') finish();
		return true;
	}

	plan(): (readonly [string, string])[] {
		const paths = unique([...Object.keys(this.tree), ...Object.keys(this.shown)]).filter(
			(p) => !this.ignored.has(p) && this.shownAt(p) !== undefined && this.at(p) === this.shownAt(p),
		);
		const steps: [string, string, number][] = [];
		for (const p of paths) {
			const [v, shown] = [at(this.tree, p), this.shownAt(p)!];
			if (v.includes(shown)) continue;
			if (v.length === 1) steps.push([p, v[0]!, v.length]);
			else if (shown === nothing) steps.push([p, pick(v)!, v.length]);
		}
		const plan = steps
			.sort(
				(x, y) =>
					Number(y[1] === nothing) - Number(x[1] === nothing) ||
					Number(x[2] > 1) - Number(y[2] > 1) ||
					(x[0] < y[0] ? -1 : 1),
			)
			.map(([p, v]) => [p, v] as const);
		const shown = new Map(paths.map((p) => [p, this.shownAt(p)!]));
		this.world.observer.planned?.({values: this.tree, shown, paths, plan});
		return plan;
	}

	/** Rule 12. `crashAfter` dies after so many writes to the disk. */
	apply(crashAfter = Infinity): void {
		const before = this.dirty().length;
		let count = 0;
		for (const [p, v] of this.plan()) {
			if (v !== nothing && this.isBlocked(p)) continue;
			const old = this.at(p);
			if (old !== nothing && !this.world.get(this.head).seen.has(`${p}|${old}`)) {
				this.world.faults.push(`overwritten: ${this.name} ${p}=${old}`);
			}
			if (v === nothing) delete this.disk[p];
			else this.disk[p] = v;
			if (++count > crashAfter) return;
			this.#show(p, v);
		}
		if (this.dirty().length > before) this.world.faults.push(`echo: ${this.name}`);
	}

	restart(): void {
		this.snapshot();
		this.apply();
	}

	hear(
		id: string,
		{
			snapshotFirst = true,
			crash,
			forced = false,
		}: {snapshotFirst?: boolean; crash?: 'before-ref' | 'before-apply' | 'apply'; forced?: boolean} = {},
	): 'old' | 'wait' | 'crashed' | 'done' {
		const {world} = this;
		if (world.ancestors(this.head).has(id)) return 'old';
		if (snapshotFirst) this.snapshot();
		let next = id;
		if (!world.ancestors(id).has(this.head)) {
			const leads = !world.peers.some(
				(other) => other.partition === this.partition && other.name < this.name,
			);
			if (!leads && !forced) return 'wait';
			next = world.merge(this.head, id);
		}
		if (crash === 'before-ref') return 'crashed';
		this.moveHead(next);
		if (crash === 'before-apply') return 'crashed';
		this.apply(crash === 'apply' ? 0 : Infinity);
		return crash === 'apply' ? 'crashed' : 'done';
	}

	conflicts(): string[] {
		return Object.keys(this.tree).filter((p) => this.tree[p]!.v.length > 1);
	}

	resolve(path: string, take: Take, fresh: string): boolean {
		this.snapshot();
		const entry = this.tree[path];
		if (!entry || entry.v.length < 2) return false;
		const {world} = this;
		const mine = this.shownAt(path);
		const others = entry.v.filter((x) => x !== mine);
		const settled = new Map<string, string>();
		if (take === 'merged') settled.set(path, fresh);
		else if (take === 'base') settled.set(path, entry.base ?? nothing);
		else if (take === 'theirs') settled.set(path, pick(others) ?? others[0]!);
		else if (take === 'mine') {
			if (mine === undefined || (mine === nothing && !entry.v.includes(nothing))) return false;
			settled.set(path, mine);
		} else {
			const present = entry.v.filter((x) => x !== nothing);
			const first = mine !== undefined && present.includes(mine) ? mine : present[0]!;
			settled.set(path, first);
			let beside = path;
			for (const other of present.filter((x) => x !== first)) {
				do beside += '~';
				while (beside in this.tree || beside in this.disk || this.isFolder(beside));
				settled.set(beside, other);
			}
		}
		const head = this.tree;
		const tree = {...head};
		const content = settled.get(path)!;
		for (const x of entry.v) if (x !== content) world.superseded.add(`${path}|${x}`);
		for (const [p, x] of settled) {
			put(tree, p, [x], undefined);
			if (x !== nothing) world.settled.add(`${p}|${x}`);
		}
		for (const [p, x] of settled) {
			for (const d of Object.keys(tree)) {
				if (x === nothing || !isUnder(d, p)) continue;
				for (const y of tree[d]!.v) world.superseded.add(`${d}|${y}`);
				delete tree[d];
			}
		}
		normaliseModel(tree);
		world.observer.resolved?.({head, settled, result: tree});
		this.moveHead(world.commit([this.head], tree, `${this.name} ${++world.serial}`));
		this.apply();
		return true;
	}

	loseIndex(): void {
		this.shown = Object.fromEntries(Object.keys(this.disk).map((p) => [p, undefined]));
	}

	#show(path: string, content: string): void {
		if (content === nothing) delete this.shown[path];
		else this.shown[path] = content;
	}

	/** A save must neither settle a conflict by itself nor undo what its disk has not seen. */
	#check(path: string, was: readonly string[], is: readonly string[], shown: string | undefined): void {
		const foreign = was.filter((x) => x !== shown);
		const isAdoption = was.length > 1 && equal(is, [this.at(path)]) && was.includes(this.at(path));
		if (was.length > 1 && !isAdoption && foreign.some((x) => !is.includes(x))) {
			this.world.faults.push(`settled silently: ${this.name} ${path}`);
		}
		if (was.length === 1 && shown !== undefined && was[0] !== shown && !is.includes(was[0]!)) {
			this.world.faults.push(`overwrote what it had not seen: ${this.name} ${path}`);
		}
	}
}
