/** A wait with an end: one AbortSignal out of a caller's and a clock. */
import {Failure} from '../protocol/failure.js';

export type Deadline = {readonly signal: AbortSignal; clear(): void};

/** Aborts after `timeoutMs` with Failure `code`, or as soon as `outer` does. Clear it when the wait is over. */
export function startDeadline(timeoutMs: number, code: string, outer?: AbortSignal): Deadline {
	const controller = new AbortController();
	const follow = () => controller.abort(failureOf(outer?.reason));
	const timer = setTimeout(
		() => controller.abort(new Failure(code, {details: {timeout_ms: timeoutMs}})),
		timeoutMs,
	);
	if (outer?.aborted) follow();
	else outer?.addEventListener('abort', follow, {once: true});
	return {
		signal: controller.signal,
		clear() {
			clearTimeout(timer);
			outer?.removeEventListener('abort', follow);
		},
	};
}

/** The Failure in an abort's reason or a caught value; anything else becomes `aborted` with it as the cause. */
export function failureOf(reason: unknown, code = 'aborted'): Failure {
	return reason instanceof Failure ? reason : new Failure(code, {cause: reason});
}
