/**
 * Whether binary frames pass the network: one to ourselves, and a ping in text behind it. A frame that stays away while the
 * text is answered is held back; while neither comes, the relay or the way to it stands still, and that says nothing.
 */
import {echoDeadlineMs} from '../protocol/limits.js';

/** Behind a late answer the frame is there at once, if it passes at all. */
const lateEchoMs = 1000;

export class BinaryTest {
	/** Undefined where the connection ended before it was known. */
	readonly passes: Promise<boolean | undefined>;
	/** Goes into the ping. */
	readonly askedAtMs = Math.round(performance.now());
	#settle: (passes: boolean | undefined) => void = () => {};
	#timer: NodeJS.Timeout;
	#isAnswered = false;
	#isLate = false;

	/** Begins when it is made. */
	constructor() {
		this.passes = new Promise((resolve) => (this.#settle = resolve));
		this.#timer = setTimeout(() => {
			this.#isLate = true;
			if (this.#isAnswered) this.#settle(false);
		}, echoDeadlineMs);
	}

	/** The frame came back, or another one came. */
	echoed(): void {
		this.#end(true);
	}

	/** A ping of this time was answered; that of another one may have been sent before. */
	answered(sentAtMs: number): void {
		if (sentAtMs < this.askedAtMs || this.#isAnswered) return;
		this.#isAnswered = true;
		if (this.#isLate) this.#timer = setTimeout(() => this.#end(false), lateEchoMs);
	}

	/** The connection is gone. */
	end(): void {
		this.#end(undefined);
	}

	#end(passes: boolean | undefined): void {
		clearTimeout(this.#timer);
		this.#settle(passes);
	}
}
