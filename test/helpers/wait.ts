/** Waiting for a condition, never for a time: what does not come within the deadline fails, and says what it was. */

export const defaultDeadlineMs = 30_000;

/** Asks again and again until the answer is not undefined or false. */
export async function waitUntil<T>(
	what: string,
	ask: () => T | undefined | false | Promise<T | undefined | false>,
	deadlineMs = defaultDeadlineMs,
): Promise<T> {
	const until = Date.now() + deadlineMs;
	for (;;) {
		const answer = await ask();
		if (answer !== undefined && answer !== false) return answer;
		if (Date.now() > until) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}
