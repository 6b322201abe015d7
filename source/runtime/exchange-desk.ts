/**
 * Serves what peers want of our store and fetches what we lack: routes the messages of the exchange to supplier and
 * fetcher, and turns their progress into events, at most ten a second.
 */
import {setTimeout as delay} from 'node:timers/promises';
import {type Event} from '../core/event.js';
import {type PeerId} from '../core/state.js';
import {failureSentence} from '../core/text.js';
import {type Oid} from '../protocol/content.js';
import {Failure, type FailureCode} from '../protocol/failure.js';
import {type PeerMessage} from '../protocol/peer-messages.js';
import {type PeerChannel} from '../transport/peer-channel.js';
import {type Store} from '../git/store.js';
import {type ExchangeCallbacks} from './channel-desk.js';
import {sessionWords} from './session-words.js';
import {Fetcher} from './exchange/fetcher.js';
import {Supplier} from './exchange/supplier.js';
import {ProgressBoard} from './exchange/progress-board.js';

/** A carrier that is not used any more stays for a moment: words may be on their way that come only once. */
const lastWordsMs = 1000;
/** A person waits; a look costs nothing. */
const asidePollMs = 50;
/** Commits that were fetched and may wait to be integrated. */
const maxWaiting = 16;
/** What came to nothing so often is given up where something newer can be had. */
const maxVainTries = 3;
/** Another supplier, or the same one a moment later, may do better. */
const vainCodes: ReadonlySet<string> = new Set<FailureCode>(['want_failed', 'incomplete', 'damaged_object']);

export class ExchangeDesk {
	readonly #store: Store;
	readonly #have: () => readonly Oid[];
	readonly #isBehind: (commit: Oid) => boolean;
	readonly #isInPlace: () => Promise<boolean>;
	readonly #supplier: Supplier;
	readonly #fetcher: Fetcher;
	readonly #dispatch: (event: Event) => void;
	readonly #board: ProgressBoard;
	readonly #closed = new WeakSet<PeerChannel>();
	/** Commits fetched in this run. */
	readonly #finished = new Set<Oid>();
	/** How often an earlier want came to nothing. */
	#vain: {readonly commit: Oid; readonly times: number} | undefined;
	/** The channel of the running fetch. */
	#via: PeerChannel | undefined;

	constructor(options: {
		store: Store;
		/** Commits of our history that others may know, newest first. */
		have: () => readonly Oid[];
		/** True for a commit of our history, also one that was cut off here. */
		isBehind?: (commit: Oid) => boolean;
		/** False where the store's folder is not ours any more: nothing is written then. */
		isInPlace?: () => Promise<boolean>;
		/** The file that holds the running want over a restart. */
		wantFile: string;
		/** Where packs of a first join are kept for the next joiner. */
		cacheFolder: string;
		/** True while the peer is seen by the relay or otherwise. */
		isAbout: (peerId: PeerId) => boolean;
		dispatch: (event: Event) => void;
	}) {
		const {store, wantFile, cacheFolder} = options;
		this.#store = store;
		this.#have = options.have;
		this.#isBehind = options.isBehind ?? (() => false);
		this.#isInPlace = options.isInPlace ?? (async () => true);
		this.#dispatch = options.dispatch;
		this.#board = new ProgressBoard(options.dispatch);
		this.#supplier = new Supplier({
			store,
			cacheFolder,
			onProgress: (progress) => this.#board.show('out', progress),
			onEnded: (peerId) => this.#board.answerEnded(peerId),
			onFailed: ({code, details}) => {
				const problem = {code, message: failureSentence(code, details)};
				this.#dispatch({type: 'problem-found', problem});
			},
		});
		this.#fetcher = new Fetcher({
			store,
			statePath: wantFile,
			isAbout: options.isAbout,
			onProgress: (progress) => {
				// What has moved to another peer may still say how far it came from the former one.
				if (progress.peerId === this.#via?.peerId) this.#board.show('in', progress);
			},
		});
	}

	readonly callbacks: ExchangeCallbacks = {
		message: (channel, message) => this.#message(channel, message),
		bulk: (channel, kind, header, bytes) => this.#fetcher.bulk(channel, kind, header, bytes),
		objects: (channel, chunk) => this.#fetcher.objects(channel, chunk),
		closed: (channel) => {
			this.#closed.add(channel);
			this.#supplier.closed(channel);
			this.#fetcher.closed(channel);
		},
	};

	/** Fetches a commit with all that we lack of it, and says how it ended. */
	async fetch(
		{fetch, commit, whole}: {fetch: number; commit: Oid; whole: boolean},
		channel: PeerChannel | undefined,
	): Promise<void> {
		let started = false;
		try {
			// Who was away for long says a head that we left behind, and may have cut off: nothing of it is news.
			if (!whole && this.#isBehind(commit)) {
				this.#dispatch({type: 'fetch-ended', fetch, commit});
				return;
			}
			if (!channel) throw new Failure('no_path');
			// Something older is being fetched for a person: this one is tried again in a moment.
			if (this.#via) throw new Failure('busy');
			started = true;
			this.#via = channel;
			// The next look at the disk stops everything, and says why.
			if (!(await this.#isInPlace())) throw new Failure('busy');
			await this.#finishPending(commit);
			await this.#fetchNow(commit, whole ? [] : this.#haves());
			this.#dispatch({type: 'fetch-ended', fetch, commit});
		} catch (error) {
			const failure = error instanceof Failure ? error : new Failure('failed', {cause: error});
			const hostile = failure.severity === 'hostile';
			// Nothing of it is worth to go on with, from whomever.
			if (hostile) await this.#fetcher.forget().catch(() => undefined);
			this.#dispatch({
				type: 'fetch-ended',
				fetch,
				commit,
				code: failure.code,
				hostile,
				reason: String(failure.details.reason ?? failure.message),
			});
			// The core names and cuts off who sent hostile data.
			if (hostile || failure.severity === 'transient') return;
			const sentence = failureSentence(failure.code, failure.details);
			const message = sessionWords.problemWith(this.#via?.hello.name, sentence);
			this.#dispatch({type: 'problem-found', problem: {code: failure.code, message}});
		} finally {
			if (this.#finished.size > 256) this.#finished.clear();
			if (started && this.#via) {
				this.#board.endIn(this.#via.peerId);
				this.#via = undefined;
			}
		}
	}

	/**
	 * Fetches a commit that is part of nobody's head, when no other fetch runs; meanwhile those wait. Rejects with Failure
	 * `timeout`, `no_path`, or as a fetch does.
	 */
	async fetchAside(commit: Oid, channel: PeerChannel | undefined, timeoutMs: number): Promise<void> {
		const until = performance.now() + timeoutMs;
		while (this.#via) {
			if (performance.now() > until) throw new Failure('timeout');
			await delay(asidePollMs);
		}
		if (!channel) throw new Failure('no_path');
		this.#via = channel;
		const timer = setTimeout(() => void this.#fetcher.cancel(), Math.max(0, until - performance.now()));
		try {
			await this.#fetchNow(commit, this.#haves());
			// Nobody else has it, and here it is gone with the next tidying.
			this.#finished.delete(commit);
		} catch (error) {
			await this.#fetcher.forget().catch(() => undefined);
			throw error;
		} finally {
			clearTimeout(timer);
			this.#board.endIn(channel.peerId);
			this.#via = undefined;
		}
	}

	/** What an earlier run began to fetch comes first: most of it may be here, and the newest head builds on it. */
	async #finishPending(commit: Oid): Promise<void> {
		const pending = await this.#fetcher.pending();
		if (pending === undefined || pending.commit === commit) return;
		try {
			await this.#fetchNow(pending.commit, pending.have);
		} catch (error) {
			if (!(error instanceof Failure) || !this.#isInVain(pending.commit, error)) throw error;
			await this.#fetcher.forget();
		}
	}

	/** True for a want that nobody can fulfil any more: what is new does not wait for it. */
	#isInVain(commit: Oid, {code, details}: Failure): boolean {
		if (code === 'unknown_commit') return true;
		if (!vainCodes.has(code) || details['code'] === 'busy') return false;
		const times = this.#vain?.commit === commit ? this.#vain.times + 1 : 1;
		this.#vain = {commit, times};
		return times >= maxVainTries;
	}

	async #fetchNow(commit: Oid, have: readonly Oid[]): Promise<void> {
		const channel = this.#via;
		if (!channel) throw new Failure('no_path');
		const fetched = this.#fetcher.fetch({commit, have, channel});
		// It may have closed before anybody listened.
		if (this.#closed.has(channel)) this.#fetcher.closed(channel);
		await fetched;
		this.#finished.add(commit);
	}

	/** Commits whose contents are all here: what was fetched and waits, and a sample of our own history. */
	#haves(): readonly Oid[] {
		return [...new Set([...[...this.#finished].slice(-maxWaiting), ...this.#have()])];
	}

	/** Ends the running fetch; what has come of it is kept. */
	cancelFetch(): void {
		void this.#fetcher.cancel();
	}

	/** A running fetch from this peer goes on over another channel. */
	moveTo(channel: PeerChannel): void {
		if (this.#via?.peerId === channel.peerId) this.moveFetch(channel);
	}

	/** The running fetch goes on over this channel, whichever peer it was from. */
	moveFetch(channel: PeerChannel): void {
		if (!this.#via || this.#closed.has(channel)) return;
		if (this.#via.peerId !== channel.peerId) this.#board.endIn(this.#via.peerId);
		this.#via = channel;
		this.#fetcher.moveTo(channel);
	}

	/**
	 * Resolves when nothing of ours runs on a channel that is not used any more: what is under way is there, and has been
	 * acknowledged. Not before what was said last had time to arrive, and not after `withinMs`.
	 */
	async drained(channel: PeerChannel, withinMs: number): Promise<void> {
		const until = performance.now() + withinMs;
		const left = () => Math.max(0, until - performance.now());
		await this.#fetcher.released(channel, left());
		await this.#supplier.released(channel, left());
		await Promise.race([channel.closed, delay(Math.min(lastWordsMs, left()), undefined, {ref: false})]);
	}

	/** Stores the pack that came along with a head, if all that it builds on is here. */
	async storeInline(peerId: PeerId, commit: Oid, pack: string): Promise<void> {
		let stored = false;
		let hostile: string | undefined;
		try {
			if (await this.#isInPlace()) {
				await this.#store.indexPack(Buffer.from(pack, 'base64'));
				await this.#store.acceptCommit(commit);
				stored = true;
			}
		} catch (error) {
			// What is missing is asked for by the ordinary way.
			if (error instanceof Failure && error.severity === 'hostile') {
				hostile = String(error.details.reason ?? error.message);
			}
		}
		this.#dispatch({type: 'inline-stored', peerId, commit, stored, ...(hostile !== undefined && {hostile})});
	}

	/** Plans that were made, and what we say that we have, may hold what is not here any more. */
	historyCutOff(): void {
		this.#supplier.forgetPlans();
		this.#finished.clear();
	}

	async stop(): Promise<void> {
		await this.#fetcher.cancel();
		await this.#supplier.close();
		this.#board.close();
	}

	#message(channel: PeerChannel, message: PeerMessage): void {
		switch (message.type) {
			case 'want':
				return this.#supplier.want(channel, message);
			case 'ack':
				return this.#supplier.ack(channel, message);
			case 'cancel':
				this.#supplier.cancel(channel, message);
				// Who has given up confirms nothing any more, and the answer waits for that a minute.
				return this.#board.answerEnded(channel.peerId);
			case 'plan':
			case 'graph':
			case 'segment':
			case 'part':
			case 'end':
			case 'want_failed':
				return this.#fetcher.message(channel, message);
			default:
			// Nothing else is routed here.
		}
	}
}
