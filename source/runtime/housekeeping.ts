/**
 * Keeps the store small and its size known: a look now and then, when nothing else is going on. Old history goes when its days
 * are over, or earlier where it takes too much room.
 */
import {type Event} from '../core/event.js';
import {type State} from '../core/state.js';
import {failureSentence} from '../core/text.js';
import {Failure} from '../protocol/failure.js';
import {type Store} from '../git/store.js';
import {type Project} from './project/project.js';
import {type KeptHistory, planTidying} from './tidying.js';

/** History grows old by itself, also where nothing happens. */
const lookAnywayMs = 3_600_000;

/** What failed now, such as for want of room, fails again a moment later. */
const restMs = 10 * 60_000;

/** A long history is noted in many looks, so that none of them is felt. */
const indexMs = 2000;

export type Housekeeping = {
	/** Tidies at once, whatever is planned, and keeps only these days of history where that is said. */
	tidy(days?: number): Promise<{readonly bytes: number; readonly cut: number}>;
	/** Ends the look that is under way and all later ones. */
	stop(): Promise<void>;
};

/** Measures at once and then at each look after which the head has moved; tidies when the session is quiet. */
export function startHousekeeping({
	project,
	kept,
	state,
	dispatch,
	cutOff,
	releaseMemory,
	log,
	now = Date.now,
	firstLookMs = 2000,
	lookEveryMs = 30_000,
}: {
	project: Pick<Project, 'compact' | 'indexHistory'> & {
		readonly store: Pick<Store, 'size' | 'repackIfNeeded' | 'oldestMs'>;
	};
	kept: KeptHistory;
	state: () => State;
	dispatch: (event: Event) => void;
	/** History was cut off: what was planned to be sent of it cannot be. */
	cutOff: () => void;
	/** Called at each look at which nothing else goes on. */
	releaseMemory: () => void;
	log: (line: Readonly<Record<string, unknown>>) => void;
	now?: () => number;
	firstLookMs?: number;
	/** A look costs a listing of the store's folders; nobody reads its size more often. */
	lookEveryMs?: number;
}): Housekeeping {
	const {store} = project;
	const abort = new AbortController();
	let measuredAt: string | undefined;
	let lookedAt = -Infinity;
	let restUntil = -Infinity;
	let oldest: {readonly at: number; readonly ms: number | undefined} | undefined;
	let isTooLarge = false;
	let isIndexed = false;
	let running: Promise<void> = Promise.resolve();

	const compact = async (sinceMs: number) => {
		const heads = [...state().peers.values()].flatMap(({head}) => head ?? []);
		const done = await project.compact({sinceMs, heads, signal: abort.signal});
		if (!done) return 0;
		oldest = undefined;
		log({message: 'store tidied', ...done});
		if (done.cut > 0) cutOff();
		return done.cut;
	};

	const tell = async () => dispatch({type: 'store-measured', bytes: (await store.size()).bytes});

	/** Looking for it walks all of history, and it changes slowly. */
	const oldestOf = (head: string) => {
		if (!oldest || now() - oldest.at > lookAnywayMs) oldest = {at: now(), ms: store.oldestMs(head, now())};
		return oldest.ms;
	};

	const tidyAsPlanned = async (head: string) => {
		const size = await store.size();
		const plan = planTidying({
			size,
			projectBytes: state().project.bytes,
			oldestMs: oldestOf(head),
			nowMs: now(),
			kept,
		});
		if (plan.kind === 'compact') await compact(plan.sinceMs);
		else await store.repackIfNeeded(abort.signal);
		if (plan.kind === 'too-large') {
			const message = failureSentence('store_large', {bytes: size.bytes});
			dispatch({type: 'problem-found', problem: {code: 'store_large', message}});
		} else if (isTooLarge) dispatch({type: 'problem-solved', code: 'store_large'});
		isTooLarge = plan.kind === 'too-large';
	};

	const look = async () => {
		const {head} = state().project;
		const isSame = head === measuredAt && isIndexed && now() - lookedAt < lookAnywayMs;
		if (head === undefined || isSame || abort.signal.aborted) return;
		try {
			if (isQuiet(state()) && now() >= restUntil) {
				await tidyAsPlanned(head);
				isIndexed = await project.indexHistory({signal: abort.signal, maxMs: indexMs});
				lookedAt = now();
			}
			await tell();
			measuredAt = head;
		} catch (error) {
			// A store that cannot be tidied now can be tidied later; what is really wrong shows in the work on it.
			restUntil = now() + restMs;
			log({message: 'store not tidied', code: error instanceof Failure ? error.code : String(error)});
			await tell().catch(() => undefined);
		}
	};

	const next = () => {
		running = running.then(look).then(() => {
			if (isQuiet(state()) && !abort.signal.aborted) releaseMemory();
		});
	};
	const timer = setInterval(next, lookEveryMs);
	const first = setTimeout(next, firstLookMs);
	return {
		async tidy(days) {
			const {head} = state().project;
			if (head === undefined) throw new Failure('no_head');
			const work = running.then(async () => compact(now() - (days ?? kept.days) * 24 * 3_600_000));
			running = work.then(
				() => undefined,
				() => undefined,
			);
			const cut = await work;
			const {bytes} = await store.size();
			dispatch({type: 'store-measured', bytes});
			return {bytes, cut};
		},
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
		project.mode.kind !== 'halted' &&
		project.activity.kind === 'idle' &&
		[...peers.values()].every((peer) => !peer.transferIn && !peer.transferOut)
	);
}
