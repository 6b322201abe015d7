/** Keeps the store small and its size known: a look now and then, when nothing else is going on. */
import {type Event} from '../core/event.js';
import {type State} from '../core/state.js';
import {type Store} from '../git/store.js';

/** A look costs a listing of the store's folders; nobody reads its size more often. */
const lookEveryMs = 30_000;

export type Housekeeping = {
	/** Ends the look that is under way and all later ones. */
	stop(): Promise<void>;
};

/** Measures at once and then at each look after which the head has moved; joins packs when the session is quiet. */
export function startHousekeeping({
	store,
	state,
	dispatch,
}: {
	store: Pick<Store, 'sizeBytes' | 'repackIfNeeded'>;
	state: () => State;
	dispatch: (event: Event) => void;
}): Housekeeping {
	const abort = new AbortController();
	let measuredAt: string | undefined;
	let running: Promise<void> = Promise.resolve();
	const look = async () => {
		const {head} = state().project;
		if (head === measuredAt || abort.signal.aborted) return;
		try {
			if (isQuiet(state())) await store.repackIfNeeded(abort.signal);
			dispatch({type: 'store-measured', bytes: await store.sizeBytes()});
			measuredAt = head;
		} catch {
			// A store that cannot be tidied now can be tidied later; what is really wrong shows in the work on it.
		}
	};
	const next = () => {
		running = running.then(look);
	};
	const timer = setInterval(next, lookEveryMs);
	const first = setTimeout(next, 2000);
	return {
		async stop() {
			clearInterval(timer);
			clearTimeout(first);
			abort.abort();
			await running;
		},
	};
}

function isQuiet({project, peers}: State): boolean {
	return (
		project.activity.kind === 'idle' &&
		[...peers.values()].every((peer) => !peer.transferIn && !peer.transferOut)
	);
}
