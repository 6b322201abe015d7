/** How much of each answer may be under way on tier json: what the requester allows, less what it has not taken yet. */
import {type Failure} from '../protocol/failure.js';
import {remember} from './remember.js';

type Answer = {readonly windowBytes: number; sentBytes: number; ackedBytes: number};

export class LaneCredit {
	readonly #answers = new Map<number, Answer>();
	#waiting: (() => void)[] = [];
	#failure: Failure | undefined;

	/** A request that we answer from now on. */
	open(request: number, windowBytes: number): void {
		remember(this.#answers, request, {windowBytes, sentBytes: 0, ackedBytes: 0});
	}

	/** Nobody waits for this answer any more; what waits for credit may leave. */
	close(request: number): void {
		this.#answers.delete(request);
		this.#wake();
	}

	sent(request: number, bytes: number): void {
		const answer = this.#answers.get(request);
		if (answer) answer.sentBytes += bytes;
	}

	/** The requester has taken so many bytes of it so far. */
	acknowledged(request: number, totalBytes: number): void {
		const answer = this.#answers.get(request);
		if (!answer || totalBytes <= answer.ackedBytes) return;
		answer.ackedBytes = totalBytes;
		this.#wake();
	}

	/** Resolves when so many bytes more may leave; one that is larger than the window may, alone. */
	async room(request: number, bytes: number): Promise<void> {
		await this.#until(request, ({sentBytes, ackedBytes, windowBytes}) => {
			const underWay = sentBytes - ackedBytes;
			return underWay <= 0 || underWay + bytes <= windowBytes;
		});
	}

	/** Resolves when all that was sent has been taken. */
	async taken(request: number): Promise<void> {
		await this.#until(request, ({sentBytes, ackedBytes}) => ackedBytes >= sentBytes);
	}

	/** Lets everybody go who waits. */
	end(failure: Failure): void {
		this.#failure ??= failure;
		this.#wake();
	}

	async #until(request: number, holds: (answer: Answer) => boolean): Promise<void> {
		for (;;) {
			const answer = this.#answers.get(request);
			if (this.#failure || !answer || holds(answer)) return;
			await new Promise<void>((resolve) => this.#waiting.push(resolve));
		}
	}

	#wake(): void {
		for (const resolve of this.#waiting.splice(0)) resolve();
	}
}
