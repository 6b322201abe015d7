/**
 * Which objects a peer needs to get a commit. In three phases, blobs, trees, commits, each in the order of ids: so an
 * interrupted transfer goes on where it stopped, from any peer, and a commit comes last, when all it names is there.
 */
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type ObjectReader} from './object-reader.js';
import {Breath, mapInGroups} from './gate.js';
import {type Graph} from './graph.js';
import {emptyTreeOid, type ObjectType, streamedAboveBytes} from './object-format.js';
import {isFolder} from './tree-format.js';
import {type TreeReader} from './tree-read.js';

type PlannedObject = {
	readonly oid: Oid;
	readonly type: ObjectType;
	readonly bytes: number;
	/** Of a large blob: what the other side has in its place. */
	readonly base?: Oid;
};

/** All objects of a transfer in the order in which they travel. */
export type ObjectPlan = {readonly objects: readonly PlannedObject[]; readonly bytes: number};

export type Wanted = {
	/** Commits that the other side has with all they reach; unknown ones are ignored. */
	readonly have: readonly Oid[];
	/** The commits behind it as well, as far as they are here. */
	readonly history?: boolean;
};

/** Up to here an answer may hold objects the other side has elsewhere; beyond, looking pays. */
const fewObjects = 128;

/** Folders that are asked for ahead of their turn. */
const readAhead = 64;

const phases: readonly ObjectType[] = ['blob', 'tree', 'commit'];

type Sources = {
	readonly objects: ObjectReader;
	readonly reader: TreeReader;
	readonly graph: Graph;
	readonly treeOf: (commit: Oid) => Promise<Oid>;
};

/** Rejects with Failure `missing_object` if the commit is not here in full. */
export async function enumerateObjects(
	sources: Sources,
	commit: Oid,
	{have, history = false}: Wanted,
): Promise<ObjectPlan> {
	const {graph, treeOf} = sources;
	if (!graph.isPresent(commit)) {
		throw new Failure('missing_object', {details: {oid: commit}});
	}

	const theirs = reachable(graph, have);
	const commits = theirs.has(commit)
		? []
		: history || have.some((oid) => graph.has(oid))
			? missingCommits(graph, commit, theirs)
			: [commit];
	const found = new Map<Oid, ObjectType>();
	const walk = new TreeWalk(sources.reader);
	const edges = await Promise.all([...edgeCommits(graph, commits, theirs, have)].map(treeOf));
	for (const oid of commits) {
		found.set(oid, 'commit');
		await walk.collect(await treeOf(oid), edges, found);
	}

	// A save differs in a few places, and those are all. A moved folder differs as a whole and is still there: so for
	// larger answers everything that the other side has is looked through.
	if (edges.length > 0 && found.size > fewObjects) {
		for (const oid of await walk.reachable(edges)) {
			found.delete(oid);
		}
	}

	return sizes(sources.objects, found, walk.bases);
}

async function sizes(
	objects: ObjectReader,
	found: ReadonlyMap<Oid, ObjectType>,
	bases: ReadonlyMap<Oid, Oid>,
): Promise<ObjectPlan> {
	const sorted = [...found].sort(
		([a, one], [b, other]) => phases.indexOf(one) - phases.indexOf(other) || (a < b ? -1 : 1),
	);
	let bytes = 0;
	const planned = await mapInGroups(sorted, 512, async ([oid, type]) => {
		const info = await objects.info(oid);
		if (!info) {
			throw new Failure('missing_object', {details: {oid}});
		}

		bytes += info.bytes;
		const base = type === 'blob' && info.bytes > streamedAboveBytes ? bases.get(oid) : undefined;
		return {oid, type, bytes: info.bytes, ...(base !== undefined && {base})};
	});
	return {objects: planned, bytes};
}

/** The commits and all behind them that are in the graph. */
function reachable(graph: Graph, from: readonly Oid[]): Set<Oid> {
	const seen = new Set<Oid>();
	const open = from.filter((oid) => graph.has(oid));
	for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
		if (!seen.has(oid)) {
			seen.add(oid);
			open.push(...(graph.parents(oid) ?? []));
		}
	}

	return seen;
}

/** What is present from the commit on and not theirs, oldest last. */
function missingCommits(graph: Graph, commit: Oid, theirs: ReadonlySet<Oid>): Oid[] {
	const missing = new Set<Oid>();
	const open = [commit];
	for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
		if (!theirs.has(oid) && !missing.has(oid) && graph.isPresent(oid)) {
			missing.add(oid);
			open.push(...(graph.parents(oid) ?? []));
		}
	}

	return [...missing];
}

/** Their commits whose trees tell what need not be sent: parents of missing ones, and what they named themselves. */
function edgeCommits(
	graph: Graph,
	commits: readonly Oid[],
	theirs: ReadonlySet<Oid>,
	have: readonly Oid[],
): Set<Oid> {
	const candidates = [...commits.flatMap((oid) => graph.parents(oid) ?? []), ...have.slice(0, 16)];
	return new Set(candidates.filter((oid) => theirs.has(oid) && graph.isPresent(oid)));
}

class TreeWalk {
	readonly #reader: TreeReader;
	/** Blobs that were found, and what one of the others has in their place. */
	readonly bases = new Map<Oid, Oid>();
	readonly #breath = new Breath();

	constructor(reader: TreeReader) {
		this.#reader = reader;
	}

	/** Adds what of a tree is not yet found and not at the same place of one of the others. */
	async collect(tree: Oid, others: readonly Oid[], found: Map<Oid, ObjectType>): Promise<void> {
		if (tree === emptyTreeOid || found.has(tree) || others.includes(tree)) {
			return;
		}

		found.set(tree, 'tree');
		await this.#breath.take();
		const entries = await this.#reader.entries(tree);
		for (const folder of entries.filter(isFolder).slice(0, readAhead)) {
			// Asks for all folders in one go; each is awaited, with its errors, when its turn comes.
			this.#reader.entries(folder.oid).catch(() => undefined);
		}

		for (const entry of entries) {
			const there = await Promise.all(others.map(async (other) => this.#reader.entry(other, entry.name)));
			if (!isFolder(entry)) {
				if (!found.has(entry.oid) && there.every((other) => other?.oid !== entry.oid)) {
					found.set(entry.oid, 'blob');
					const former = there.find((other) => other && !isFolder(other));
					if (former) {
						this.bases.set(entry.oid, former.oid);
					}
				}

				continue;
			}

			const folders = there.flatMap((other) => (other && isFolder(other) ? [other.oid] : []));
			await this.collect(entry.oid, folders, found);
		}
	}

	/** The ids of some trees and all below them. */
	async reachable(trees: readonly Oid[]): Promise<Set<Oid>> {
		const seen = new Set(trees);
		let level = [...seen];
		while (level.length > 0) {
			const next: Oid[] = [];
			for (const entries of await mapInGroups(level, 64, async (tree) => this.#reader.entries(tree))) {
				await this.#breath.take();
				for (const entry of entries) {
					if (isFolder(entry) && !seen.has(entry.oid)) {
						next.push(entry.oid);
					}

					seen.add(entry.oid);
				}
			}

			level = next;
		}

		return seen;
	}
}
