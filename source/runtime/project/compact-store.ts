/** The project's part in writing its store anew: what has to stay for it, and that nobody writes meanwhile. */
import {type Compacted} from '../../git/compact.js';
import {type Oid} from '../../protocol/content.js';
import {completeRef} from './open-state.js';
import {type ProjectState} from './project-state.js';

/** Undefined where there is no snapshot yet. Rejects as Store.compact does. */
export async function compactStore(
	state: ProjectState,
	exclusive: <T>(work: () => Promise<T>) => Promise<T>,
	{sinceMs, heads, signal}: {sinceMs: number; heads: readonly Oid[]; signal?: AbortSignal},
): Promise<Compacted | undefined> {
	const {head, store, ancestry} = state;
	if (head === undefined) return undefined;
	const theirs = heads.filter((oid) => store.graph.has(oid));
	const bases = theirs.flatMap((oid) => ancestry.commonAncestors([head], [oid]));
	return store.compact({
		head,
		sinceMs,
		nowMs: state.now(),
		anchors: [...theirs, ...bases],
		signal,
		exclusive,
		// It says by being there, not by where it is; it must not name what is gone.
		beforeCut: async () => {
			if ((await store.readNamedRef(completeRef)) !== undefined) {
				await store.writeNamedRef(completeRef, state.head ?? head);
			}
		},
	});
}
