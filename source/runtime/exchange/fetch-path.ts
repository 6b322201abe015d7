/**
 * The channel that a want goes over: the one in use, the one that is to follow it, and, while there is neither, the
 * wait for the next one.
 */
import {Failure} from '../../protocol/failure.js';
import {type Channel} from './channel.js';
import {type Condition} from './condition.js';
import {absentGraceMs} from './limits.js';

/** How long a want waits for a path. */
export type Grace = {
	readonly graceMs: number;
	/** False for a peer that nobody sees any more: it is waited for less long. */
	readonly isAbout: (peerId: string) => boolean;
};

export class FetchPath {
	readonly #grace: Grace;
	/** Notified by the owner after every change, failures included. */
	readonly #condition: Condition;
	readonly #closed = new WeakSet<Channel>();
	#channel: Channel;
	#next: Channel | undefined;

	constructor(channel: Channel, grace: Grace, condition: Condition) {
		this.#channel = channel;
		this.#grace = grace;
		this.#condition = condition;
	}

	/** True if the channel is the newest one that was given. */
	is(channel: Channel): boolean {
		return channel === (this.#next ?? this.#channel);
	}

	/** The next question goes over this channel. False if that is so already. */
	moveTo(channel: Channel): boolean {
		if (this.is(channel)) return false;
		this.#next = channel;
		return true;
	}

	closed(channel: Channel): void {
		this.#closed.add(channel);
		if (channel === this.#next) this.#next = undefined;
	}

	/** The channel to ask on, which may have to be waited for. Rejects with the failure that comes meanwhile, or `carrier_lost`. */
	async take(failure: () => Failure | undefined): Promise<Channel> {
		const {graceMs, isAbout} = this.#grace;
		const isHere = () => {
			const failed = failure();
			if (failed) throw failed;
			return this.#next !== undefined || !this.#closed.has(this.#channel);
		};
		const shortMs = Math.min(graceMs, absentGraceMs);
		if (!(await this.#condition.until(isHere, {timeoutMs: shortMs}))) {
			const timeoutMs = isAbout(this.#channel.peerId) ? graceMs - shortMs : 0;
			if (!(await this.#condition.until(isHere, {timeoutMs}))) throw new Failure('carrier_lost');
		}
		this.#channel = this.#next ?? this.#channel;
		this.#next = undefined;
		return this.#channel;
	}
}
