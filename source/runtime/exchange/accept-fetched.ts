/** The end of a want: what was fetched becomes part of the store's graph, or it is said why not. */
import {type Oid} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {type GraphEntry} from './graph-batches.js';
import {type ObjectStore} from './object-store.js';

/** Lets the commit in, the ids behind it first; answers with the failure where something is missing or wrong. */
export async function acceptFetched(
	store: ObjectStore,
	commit: Oid,
	graph: readonly GraphEntry[],
): Promise<Failure | undefined> {
	try {
		if (graph.length > 0) await store.graph.add(graph.map(([oid, ...parents]) => ({oid: oid!, parents})));
		await store.acceptCommit(commit);
		return undefined;
	} catch (error) {
		if (error instanceof Failure) return error;
		throw error;
	}
}
