/** One question whether a connection still lives, after the network may have become another one. */

/** Time for the answer; then a new connection is the quicker way. */
const deadlineMs = 3000;
/** What arrives sooner may have lain in this machine since before it slept. */
const staleMs = 100;

export class RelayProbe {
	/** Goes into the ping, and comes back in its pong. */
	readonly askedAtMs = Math.round(performance.now());
	readonly #timer: NodeJS.Timeout;

	/** Calls `dead` once if nothing fresh is heard in time. */
	constructor(dead: () => void) {
		this.#timer = setTimeout(dead, deadlineMs);
	}

	/** Something came: on a slow path the pong waits behind what was sent before it. */
	heard(): void {
		if (performance.now() - this.askedAtMs > staleMs) this.stop();
	}

	answered(sentAtMs: number): void {
		if (sentAtMs >= this.askedAtMs) this.stop();
	}

	stop(): void {
		clearTimeout(this.#timer);
	}
}
