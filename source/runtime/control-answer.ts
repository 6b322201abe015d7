/**
 * What a running session says to a command: first whose it is, then one answer. Read without the schema library, which
 * would take longer to load than everything else that a command does.
 */

/** A diff of a large change; more than a person reads. */
export const maxAnswerBytes = 64 * 1024 * 1024;

export type ControlGreeting = {readonly pulsync: 1; readonly root: string};

export type ControlAnswer =
	| {readonly result: Record<string, unknown>}
	| {readonly error: {readonly code: string; readonly message: string}};

/** Undefined for a line that is no greeting. */
export function parseGreeting(line: string): ControlGreeting | undefined {
	const value = parseJson(line);
	if (!isRecord(value) || value.pulsync !== 1 || typeof value.root !== 'string') return undefined;
	return {pulsync: 1, root: value.root};
}

/** Undefined for a line that is no answer. */
export function parseAnswer(line: string): ControlAnswer | undefined {
	const value = parseJson(line);
	if (!isRecord(value)) return undefined;
	const {result, error} = value;
	if (isRecord(result)) return {result};
	if (!isRecord(error) || typeof error.code !== 'string' || typeof error.message !== 'string')
		return undefined;
	return {error: {code: error.code, message: error.message}};
}

/** JSON as a value: undefined for text that is none. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
