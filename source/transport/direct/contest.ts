/**
 * The connections of one direct attempt, of which at most one becomes the channel. Whatever opened a connection ends in
 * `contend`, which makes a channel of it or a reason; the first channel ends all the rest.
 */
import {setMaxListeners} from 'node:events';
import {Failure} from '../../protocol/failure.js';
import {type Route} from '../../protocol/tiers.js';
import {type Carrier} from '../carrier.js';
import {openPeerChannel} from '../open-peer-channel.js';
import {pathWords} from '../path-words.js';
import {type PeerCallbacks, type PeerChannel} from '../peer-channel.js';
import {type OpenDirectOptions} from './open-direct.js';
import {type Contender, isTcp, Race} from './race.js';
import {RouteLog} from './route-log.js';

/** What a connection needs to take part. */
export type Place = {
	readonly callbacks: PeerCallbacks;
	readonly beforeHello: (() => Promise<void>) | undefined;
	/** It turned out to run another way than it set out. */
	enter(route: Route): void;
};

/** Reasons that hold for every connection to this peer, so there is no point in another one. */
export const decisiveCodes: ReadonlySet<string> = new Set(['pinned', 'unsupported_version']);

export class Contest {
	readonly log: RouteLog;
	/** Resolves with the channel; rejects by `fail`. */
	readonly result: Promise<PeerChannel>;
	readonly #options: OpenDirectOptions;
	readonly #race: Race;
	readonly #changed: () => void;
	readonly #stop = new AbortController();
	#settle: {resolve(channel: PeerChannel): void; reject(failure: Failure): void} | undefined;
	#winner: PeerChannel | undefined;
	#tcpRunning = 0;
	#iceRunning = 0;

	/** `changed` is called after every end of a connection; `mayPunch` tells whether one may still come of that. */
	constructor(options: OpenDirectOptions, hooks: {changed(): void; mayPunch(): boolean}) {
		this.#options = options;
		this.#changed = () => hooks.changed();
		this.#race = new Race(() => this.#tcpRunning > 0 || hooks.mayPunch());
		this.log = new RouteLog((record) => options.route(record));
		// Each connection hears it, more than once; how many there are is bounded where they begin.
		setMaxListeners(0, this.#stop.signal);
		this.result = new Promise((resolve, reject) => (this.#settle = {resolve, reject}));
		// The attempt may have been given up before anybody waited for this.
		this.result.catch(() => undefined);
	}

	/** Aborted as soon as there is a channel or a failure. */
	get signal(): AbortSignal {
		return this.#stop.signal;
	}

	get isOver(): boolean {
		return this.#settle === undefined;
	}

	/** True while a connection is being opened. */
	get isRunning(): boolean {
		return this.#tcpRunning > 0 || this.#iceRunning > 0;
	}

	get winner(): PeerChannel | undefined {
		return this.#winner;
	}

	/** Makes a channel of a connection, or a reason; false if it became none. Never rejects. */
	async contend(route: Route, open: (place: Place) => Promise<PeerChannel>): Promise<boolean> {
		let current = route;
		let contender: Contender | undefined;
		const beforeHello = async () => {
			contender = this.#race.enter(current);
			await contender.chosen();
		};
		const isIce = !isTcp(route);
		if (isIce) this.#iceRunning++;
		else this.#tcpRunning++;
		this.log.begin(route);
		try {
			const channel = await open({
				callbacks: this.#callbacks(),
				beforeHello: this.#options.leader ? beforeHello : undefined,
				enter: (actual) => {
					current = actual;
					this.log.begin(actual);
				},
			});
			return this.#win(channel);
		} catch (error) {
			this.log.note(current, error);
			if (error instanceof Failure && decisiveCodes.has(error.code)) this.fail(error);
			contender?.leave();
			return false;
		} finally {
			if (isIce) this.#iceRunning--;
			else this.#tcpRunning--;
			this.review();
			this.#changed();
		}
	}

	/** Makes a channel of an open carrier. */
	openOver(
		carrier: Carrier,
		role: 'client' | 'server',
		{callbacks, beforeHello}: Place,
	): Promise<PeerChannel> {
		const {peer, identity, instance, keys, hello, limiter} = this.#options;
		return openPeerChannel({
			carrier,
			role,
			psk: keys.psk,
			sessionId: keys.sessionId,
			identity,
			instance,
			peer,
			hello,
			limiter,
			callbacks,
			saysWho: true,
			beforeHello,
			signal: this.signal,
		});
	}

	/** Looks whether somebody can be chosen now. */
	review(): void {
		if (!this.isOver) this.#race.review();
	}

	/** Ends the attempt; what `otherwise` says is the reason where no route has one. */
	fail(failure?: Failure, otherwise: string = pathWords.nothingToTry): void {
		if (!this.#settle) return;
		const settle = this.#end(undefined, this.#settle);
		const {signal} = this.#options;
		const isTheirs = failure !== undefined && (signal.aborted || decisiveCodes.has(failure.code));
		const message = this.log.summary() ?? otherwise;
		settle.reject(isTheirs ? failure : new Failure('no_path', {message, cause: failure}));
	}

	#win(channel: PeerChannel): boolean {
		if (!this.#settle) {
			channel.close(pathWords.notNeeded);
			return false;
		}
		this.#winner = channel;
		this.#end(channel.route, this.#settle).resolve(channel);
		return true;
	}

	#end<Settle>(winner: Route | undefined, settle: Settle): Settle {
		this.#settle = undefined;
		this.#race.close();
		this.log.finish(winner);
		this.#stop.abort(new Failure('closed', {message: pathWords.notNeeded}));
		return settle;
	}

	/** Only the one channel that is given out is heard of; one too many ends in silence. */
	#callbacks(): PeerCallbacks {
		const {callbacks} = this.#options;
		return {
			message: (channel, message) => {
				if (channel === this.#winner) callbacks.message(channel, message);
			},
			bulk: (channel, kind, header, bytes) => {
				if (channel === this.#winner) callbacks.bulk(channel, kind, header, bytes);
			},
			closed: (channel, end) => {
				if (channel === this.#winner) callbacks.closed(channel, end);
			},
		};
	}
}
