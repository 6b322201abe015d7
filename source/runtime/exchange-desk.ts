/**
 * Serves what peers want of our store and fetches what we lack: routes the messages of the exchange to supplier and
 * fetcher, and turns their progress into events, at most ten a second.
 */
import {type Event} from '../core/event.js';
import {type PeerId} from '../core/state.js';
import {failureSentence} from '../core/text.js';
import {type Oid} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {type PeerMessage} from '../protocol/peer-messages.js';
import {type Tier} from '../protocol/tiers.js';
import {type PeerChannel} from '../transport/peer-channel.js';
import {type Store} from '../git/store.js';
import {type ExchangeCallbacks} from './channel-desk.js';
import {Fetcher} from './exchange/fetcher.js';
import {Supplier} from './exchange/supplier.js';
import {type ExchangeProgress} from './exchange/progress.js';

/** A screen cannot show more, and a script should not have to read more. */
const progressEveryMs = 100;
/** Commits that were fetched and may wait to be integrated. */
const maxWaiting = 16;

export class ExchangeDesk {
	readonly #store: Store;
	readonly #have: () => readonly Oid[];
	readonly #supplier: Supplier;
	readonly #fetcher: Fetcher;
	readonly #dispatch: (event: Event) => void;
	readonly #lastProgress = new Map<string, number>();
	readonly #tierOf: (peerId: PeerId) => Tier | undefined;
	/** Commits fetched in this run. */
	readonly #finished = new Set<Oid>();
	#fetchingFrom: PeerId | undefined;

	constructor(options: {
		store: Store;
		/** Commits of our history that others may know, newest first. */
		have: () => readonly Oid[];
		/** The file that holds the running want over a restart. */
		wantFile: string;
		/** Where packs of a first join are kept for the next joiner. */
		cacheFolder: string;
		tierOf: (peerId: PeerId) => Tier | undefined;
		dispatch: (event: Event) => void;
	}) {
		const {store, wantFile, cacheFolder} = options;
		this.#store = store;
		this.#have = options.have;
		this.#dispatch = options.dispatch;
		this.#tierOf = options.tierOf;
		this.#supplier = new Supplier({
			store,
			cacheFolder,
			onProgress: (progress) => this.#progressed('out', progress),
		});
		this.#fetcher = new Fetcher({
			store,
			statePath: wantFile,
			onProgress: (progress) => this.#progressed('in', progress),
		});
	}

	readonly callbacks: ExchangeCallbacks = {
		message: (channel, message) => this.#message(channel, message),
		bulk: (channel, kind, header, bytes) => this.#fetcher.bulk(channel, kind, header, bytes),
		objects: (channel, chunk) => this.#fetcher.objects(channel, chunk),
		closed: (channel) => {
			this.#supplier.closed(channel);
			this.#fetcher.closed(channel);
		},
	};

	/** Fetches a commit with all that we lack of it, and says how it ended. */
	async fetch(
		{fetch, commit, whole}: {fetch: number; commit: Oid; whole: boolean},
		channel: PeerChannel | undefined,
	): Promise<void> {
		try {
			if (!channel) throw new Failure('no_path');
			this.#fetchingFrom = channel.peerId;
			await this.#finishPending(commit, channel);
			await this.#fetcher.fetch({commit, have: whole ? [] : this.#haves(), channel});
			this.#finished.add(commit);
			this.#dispatch({type: 'fetch-ended', fetch, commit});
		} catch (error) {
			const failure = error instanceof Failure ? error : new Failure('failed', {cause: error});
			const hostile = failure.severity === 'hostile';
			if (hostile) channel?.close('hostile data');
			this.#dispatch({type: 'fetch-ended', fetch, commit, code: failure.code, hostile});
			if (failure.severity === 'transient') return;
			const sentence = failureSentence(failure.code, failure.details);
			const message = `${channel?.hello.name ?? 'a peer'}: ${sentence}`;
			this.#dispatch({type: 'problem-found', problem: {code: failure.code, message}});
		} finally {
			if (this.#finished.size > 256) this.#finished.clear();
			this.#fetchingFrom = undefined;
		}
	}

	/** What an earlier run began to fetch comes first: most of it may be here, and the newest head builds on it. */
	async #finishPending(commit: Oid, channel: PeerChannel): Promise<void> {
		const pending = await this.#fetcher.pending();
		if (pending === undefined || pending.commit === commit) return;
		try {
			await this.#fetcher.fetch({commit: pending.commit, have: pending.have, channel});
			this.#finished.add(pending.commit);
		} catch (error) {
			if (!(error instanceof Failure) || error.code !== 'unknown_commit') throw error;
			await this.#fetcher.forget();
		}
	}

	/** Commits whose contents are all here: what was fetched and waits, and a sample of our own history. */
	#haves(): readonly Oid[] {
		return [...new Set([...[...this.#finished].slice(-maxWaiting), ...this.#have()])];
	}

	/** A running fetch from this peer goes on over another channel. */
	moveTo(channel: PeerChannel): void {
		if (this.#fetchingFrom === channel.peerId) void this.#fetcher.moveTo(channel);
	}

	/** Stores the pack that came along with a head, if all that it builds on is here. */
	async storeInline(commit: Oid, pack: string): Promise<void> {
		let stored = false;
		try {
			await this.#store.indexPack(Buffer.from(pack, 'base64'));
			await this.#store.acceptCommit(commit);
			stored = true;
		} catch {
			// What is missing, or not right, is asked for by the ordinary way, which says why.
		}
		this.#dispatch({type: 'inline-stored', commit, stored});
	}

	async stop(): Promise<void> {
		await this.#fetcher.cancel();
		await this.#supplier.close();
	}

	#message(channel: PeerChannel, message: PeerMessage): void {
		switch (message.type) {
			case 'want':
				return this.#supplier.want(channel, message);
			case 'ack':
				return this.#supplier.ack(channel, message);
			case 'cancel':
				return this.#supplier.cancel(channel, message);
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

	#progressed(direction: 'in' | 'out', progress: ExchangeProgress): void {
		const {peerId, arrivingBytes: _, doneBytes, totalBytes, ...facts} = progress;
		const isDone = totalBytes !== undefined && doneBytes >= totalBytes;
		const key = `${peerId} ${direction}`;
		const now = Date.now();
		if (!isDone && now - (this.#lastProgress.get(key) ?? 0) < progressEveryMs) return;
		this.#lastProgress.set(key, now);
		const tier = this.#tierOf(peerId);
		if (tier === undefined) return;
		this.#dispatch({type: 'transfer-progressed', peerId, direction, tier, doneBytes, totalBytes, ...facts});
		if (isDone && direction === 'out') this.#dispatch({type: 'transfer-ended', peerId, direction});
	}
}
