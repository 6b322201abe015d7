/**
 * How two peers come to agree on a tunnel, by the tunnel's key: what a peer that asked lets us send, what we asked and wait
 * for, and what was agreed a moment ago and has no end attached yet.
 */
import {Failure} from '../protocol/failure.js';
import {failureOf} from './deadline.js';
import {remember} from './remember.js';

type Answer = {resolve: (creditBytes: number) => void; reject: (failure: Failure) => void};

export class TunnelAgreements {
	/** Windows of requests that wait for our answer. */
	readonly #windows = new Map<string, number>();
	readonly #answers = new Map<string, Answer>();
	/** Tunnels that the peer has just agreed to and that nobody has attached to yet, with what ended them meanwhile. */
	readonly #agreed = new Map<string, Failure | undefined>();

	/** Those that somebody of us waits for. */
	keys(): string[] {
		return [...this.#answers.keys(), ...this.#agreed.keys()];
	}

	/** The peer asks, and lets us send so much at first. */
	asked(key: string, windowBytes: number): void {
		remember(this.#windows, key, windowBytes);
	}

	windowOf(key: string): number | undefined {
		return this.#windows.get(key);
	}

	forgetWindow(key: string): void {
		this.#windows.delete(key);
	}

	forgetWindows(): void {
		this.#windows.clear();
	}

	/** Resolves with the start credit when the peer accepts; rejects with its reason or the signal's. */
	async answer(key: string, signal: AbortSignal): Promise<number> {
		let abort = () => {};
		let answer: Answer | undefined;
		try {
			return await new Promise<number>((resolve, reject) => {
				this.#answers.get(key)?.reject(new Failure('closed'));
				answer = {resolve, reject};
				this.#answers.set(key, answer);
				abort = () => reject(failureOf(signal.reason));
				signal.addEventListener('abort', abort, {once: true});
				if (signal.aborted) abort();
			});
		} finally {
			signal.removeEventListener('abort', abort);
			if (this.#answers.get(key) === answer) this.#answers.delete(key);
		}
	}

	accepted(key: string, creditBytes: number): void {
		const answer = this.#answers.get(key);
		this.#answers.delete(key);
		// Whoever asked goes on a moment later; what is said until then must not be lost.
		if (answer) remember(this.#agreed, key, undefined);
		answer?.resolve(creditBytes);
	}

	rejected(key: string, failure: Failure): void {
		this.#answers.get(key)?.reject(failure);
	}

	/** The tunnel has an end here now; says what ended it before that, if anything did. */
	attached(key: string): Failure | undefined {
		const lost = this.#agreed.get(key);
		this.#agreed.delete(key);
		this.#windows.delete(key);
		return lost;
	}

	/** The tunnel is over before it had an end here. */
	ended(key: string, failure: Failure): void {
		this.#windows.delete(key);
		this.rejected(key, failure);
		if (this.#agreed.has(key)) this.#agreed.set(key, failure);
	}
}
