/** A wait that an AbortSignal ends. */
import {failureOf} from '../deadline.js';

/** Rejects with the signal's reason as soon as it is aborted. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) throw failureOf(signal.reason);
	if (ms <= 0) return;
	await new Promise<void>((resolve, reject) => {
		const aborted = () => {
			clearTimeout(timer);
			reject(failureOf(signal.reason));
		};
		const timer = setTimeout(() => {
			signal.removeEventListener('abort', aborted);
			resolve();
		}, ms);
		signal.addEventListener('abort', aborted, {once: true});
	});
}
