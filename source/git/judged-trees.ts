/**
 * The trees that judges read, one acceptance at a time. Looking at them again and again is bounded by how many entries are
 * new, or a few objects that name each other in all combinations would keep us busy for hours.
 */
import {type Oid} from '../protocol/content.js';
import {type ObjectReader} from './object-reader.js';
import {Lru} from './lru.js';
import {entriesProblem} from './object-check.js';
import {readTree} from './read-judged.js';
import {hostileData} from './store-failure.js';
import {treeWords} from './store-words.js';
import {type TreeEntry} from './tree-format.js';

/** Entries of trees that are kept while one acceptance lasts: some 60 MB. */
const keptEntries = 250_000;

/** Entries that may be looked at without being new, … */
const freeLooks = 1_000_000;

/** … and for each that is new: a merge looks at its parents' trees, too. */
const looksPerEntry = 8;

export type JudgedTree = {
	readonly entries: readonly TreeEntry[];
	readonly byName: ReadonlyMap<string, TreeEntry>;
	/** What is wrong with its names: they are judged once, however often the tree is looked at. */
	readonly problem: string | undefined;
	/** Bytes of its longest name. */
	readonly nameBytes: number;
};

export class JudgedTrees {
	readonly #objects: ObjectReader;
	#kept = new Lru<Oid, JudgedTree>(keptEntries, ({entries}) => entries.length + 1);
	readonly #seen = new Set<Oid>();
	#fresh = 0;
	#looks = 0;

	constructor(objects: ObjectReader) {
		this.#objects = objects;
	}

	/** Forgets everything: an acceptance is over, and what is judged in the next one is what git will read then. */
	forget(): void {
		this.#kept = new Lru(keptEntries, ({entries}) => entries.length + 1);
		this.#seen.clear();
		this.#fresh = 0;
		this.#looks = 0;
	}

	/** All entries, to be looked at. Rejects as `readTree` does, and with `hostile_data` when it is one look too many. */
	async read(oid: Oid): Promise<JudgedTree> {
		const tree = await this.#get(oid);
		this.#look(tree.entries.length + 1);
		return tree;
	}

	/** One entry. */
	async find(oid: Oid, name: string): Promise<TreeEntry | undefined> {
		const tree = await this.#get(oid);
		this.#look(1);
		return tree.byName.get(name);
	}

	async #get(oid: Oid): Promise<JudgedTree> {
		const kept = this.#kept.get(oid);
		if (kept) {
			return kept;
		}

		const entries = await readTree(this.#objects, oid);
		if (this.#seen.has(oid)) {
			this.#look(entries.length + 1);
		} else {
			this.#seen.add(oid);
			this.#fresh += entries.length + 1;
		}

		const byName = new Map(entries.map((entry) => [entry.name, entry]));
		const nameBytes = entries.reduce((most, {name}) => Math.max(most, Buffer.byteLength(name)), 0);
		const tree = {entries, byName, problem: entriesProblem(entries), nameBytes};
		this.#kept.set(oid, tree);
		return tree;
	}

	#look(entries: number): void {
		this.#looks += entries;
		if (this.#looks > freeLooks + looksPerEntry * this.#fresh) {
			throw hostileData(treeWords.overAndOver);
		}
	}
}
