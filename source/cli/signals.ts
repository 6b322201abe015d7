/** SIGINT, SIGTERM and SIGHUP end a session in order; a second one ends the program at once. */
import {Failure} from '../protocol/failure.js';

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Watched = (typeof watched)[number];

export type SignalWatch = {
	/** The first signal that came. */
	received(): Watched | undefined;
	/** Calls back on the first signal, at once if it came already. */
	onSignal(listener: () => void): void;
	/** The work's result, or Failure `aborted` if a signal comes first. */
	race<T>(work: Promise<T>): Promise<T>;
	stop(): void;
};

/**
 * conf's when-exit sends each signal once more to its own process, right after the first; a person's second key press
 * comes later than this.
 */
const echoMs = 250;

export function watchSignals(): SignalWatch {
	let received: Watched | undefined;
	let isEchoOver = false;
	const listeners = new Set<() => void>();
	const handle = (signal: Watched) => {
		if (received !== undefined) {
			// A person who presses ctrl-C again does not want to wait for goodbyes.
			if (isEchoOver) process.exit(130);
			return;
		}
		received = signal;
		for (const listener of listeners) listener();
		// What the first one begins may keep the loop busy for longer: the echo waits in it, and is heard before the immediate.
		setTimeout(() => setImmediate(() => (isEchoOver = true)), echoMs).unref();
	};
	for (const signal of watched) process.on(signal, handle);
	const onSignal = (listener: () => void) => {
		if (received === undefined) listeners.add(listener);
		else listener();
	};
	return {
		received: () => received,
		onSignal,
		async race(work) {
			const aborted = new Promise<never>((_, reject) => {
				onSignal(() => reject(new Failure('aborted', {severity: 'fatal'})));
			});
			try {
				return await Promise.race([work, aborted]);
			} finally {
				listeners.clear();
			}
		},
		stop() {
			for (const signal of watched) process.off(signal, handle);
			listeners.clear();
		},
	};
}
