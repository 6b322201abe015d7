/** What a store is put together from, each part made once and given to those that need it, and how it comes to be there. */
import {Failure} from '../protocol/failure.js';
import {ObjectReader} from './object-reader.js';
import {ChangedPaths} from './changed-paths.js';
import {DirtyFolders} from './dirty-folders.js';
import {checkGit} from './git-version.js';
import {Graph} from './graph.js';
import {sweepIncoming} from './incoming-object.js';
import {KnownCommits} from './known-commits.js';
import {LooseObjects} from './loose-object.js';
import {emptyTreeOid} from './object-format.js';
import {ObjectWriter} from './object-writer.js';
import {Refs, selfRef} from './refs.js';
import {type Layout, objectFolders, openLayout} from './repository-layout.js';
import {storeDamaged, withStoreFailures} from './store-failure.js';
import {damageWords} from './store-words.js';
import {TreeReader} from './tree-read.js';

export type StoreParts = {
	readonly layout: Layout;
	readonly graph: Graph;
	readonly objects: ObjectReader;
	readonly refs: Refs;
	/** Folders with names that are not durable yet. */
	readonly dirty: DirtyFolders;
	readonly loose: LooseObjects;
	readonly writer: ObjectWriter;
	readonly reader: TreeReader;
	readonly commits: KnownCommits;
	readonly changes: ChangedPaths;
};

/**
 * Opens the parts of the store below a `.pulsync` folder, or makes them. Rejects with Failure `git_missing`,
 * `git_too_old`, `store_damaged` or `disk_full`.
 */
export async function openParts(folder: string): Promise<StoreParts> {
	await checkGit();
	const layout = await withStoreFailures(async () => openLayout(folder));
	await withStoreFailures(async () => sweepIncoming(layout, Date.now()));
	const parts = wire(layout, await Graph.open(layout.graph));
	try {
		// An earlier run may have ended between giving names to objects and making the names durable.
		for (const part of await withStoreFailures(async () => objectFolders(layout))) {
			parts.dirty.add(part);
		}

		await parts.writer.writeSmall('tree', Buffer.alloc(0), emptyTreeOid);
		await learnHead(parts);
	} catch (error) {
		await closeParts(parts);
		throw error;
	}

	return parts;
}

/** Ends the children and closes the files. */
export async function closeParts({objects, graph}: StoreParts): Promise<void> {
	await objects.close();
	await graph.close();
}

function wire(layout: Layout, graph: Graph): StoreParts {
	const objects = new ObjectReader(layout);
	const dirty = new DirtyFolders();
	const loose = new LooseObjects(layout, dirty);
	return {
		layout,
		graph,
		objects,
		refs: new Refs(layout.gitDir),
		dirty,
		loose,
		writer: new ObjectWriter(layout, loose, dirty, objects),
		reader: new TreeReader(objects),
		commits: new KnownCommits(layout, objects, graph),
		changes: new ChangedPaths(layout.changes),
	};
}

/** The newest snapshot, where there is one, has to be there. */
async function learnHead({refs, commits, reader}: StoreParts): Promise<void> {
	const head = await refs.read(selfRef);
	if (head === undefined) {
		return;
	}

	try {
		await commits.learn(head);
		await reader.entries((await commits.read(head)).tree);
	} catch (error) {
		const isMissing = error instanceof Failure && ['missing_object', 'too_large'].includes(error.code);
		throw isMissing ? storeDamaged(damageWords.noHead, {oid: head}) : error;
	}
}
