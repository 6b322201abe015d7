/** How late this process is: the delay of its event loop, which everything that it forwards suffers too. */
import {type IntervalHistogram, monitorEventLoopDelay} from 'node:perf_hooks';

/** Each look wakes the process. */
const resolutionMs = {program: 10, embedded: 200};
const nanosecond = 1e-9;

export type Lag = {readonly p50: number; readonly p99: number; readonly max: number};

export class LoopLag {
	readonly #resolutionMs: number;
	readonly #delay: IntervalHistogram;

	/** A relay inside of a host's program has one session to serve, and rests with it. */
	constructor(kind: keyof typeof resolutionMs = 'program') {
		this.#resolutionMs = resolutionMs[kind];
		this.#delay = monitorEventLoopDelay({resolution: this.#resolutionMs});
		this.#delay.enable();
	}

	/** In seconds, since the last `take`. */
	take(): Lag {
		const lag = this.look();
		this.#delay.reset();
		return lag;
	}

	/** The same, and leaves what is measured as it is. */
	look(): Lag {
		const [p50, p99, max] = [this.#delay.percentile(50), this.#delay.percentile(99), this.#delay.max];
		const isEmpty = this.#delay.count === 0;
		// What is measured is the time between two ticks of the resolution: that much of it is no delay.
		const plain = (value: number) =>
			isEmpty ? 0 : Math.max(0, value * nanosecond - this.#resolutionMs / 1000);
		return {p50: plain(p50), p99: plain(p99), max: plain(max)};
	}

	stop(): void {
		this.#delay.disable();
	}
}
