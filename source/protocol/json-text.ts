/**
 * JSON from outside: size and depth are measured before the parser sees it, and nothing is thrown. The scan looks at
 * no character twice and jumps over strings, which are most of a message.
 */
import {maxJsonDepth, maxTextBytes} from './limits.js';

export type JsonObject = {readonly [name: string]: unknown};

export type JsonResult =
	| {readonly ok: true; readonly value: JsonObject}
	| {readonly ok: false; readonly code: 'bad_message' | 'frame_too_large'; readonly message: string};

/** Parses one JSON object. Limits: `maxBytes` of UTF-8 (checked first by characters) and `maxDepth` of nesting. */
export function parseJsonObject(text: string, maxBytes = maxTextBytes, maxDepth = maxJsonDepth): JsonResult {
	if (text.length > maxBytes) {
		return {ok: false, code: 'frame_too_large', message: `A text frame may have ${maxBytes} bytes.`};
	}

	if (isDeeperThan(text, maxDepth)) {
		return {ok: false, code: 'bad_message', message: `JSON may nest ${maxDepth} deep.`};
	}

	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return {ok: false, code: 'bad_message', message: 'The text is not JSON.'};
	}

	return isJsonObject(value)
		? {ok: true, value}
		: {ok: false, code: 'bad_message', message: 'A message is one JSON object.'};
}

export function isJsonObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const quote = 0x22;
const backslash = 0x5c;

/** True if brackets outside of strings nest deeper. Text that is not JSON may give either answer: the parser judges. */
export function isDeeperThan(text: string, maxDepth: number): boolean {
	let depth = 0;
	for (let index = 0; index < text.length; index++) {
		const code = text.charCodeAt(index);
		if (code === quote) {
			index = endOfString(text, index);
		} else if (code === 0x7b || code === 0x5b) {
			depth++;
			if (depth > maxDepth) return true;
		} else if (code === 0x7d || code === 0x5d) {
			depth--;
		}
	}

	return false;
}

/** The index of the quote that ends the string begun at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
	let end = text.indexOf('"', start + 1);
	while (end !== -1) {
		let escapes = 0;
		while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++;
		if (escapes % 2 === 0) return end;
		end = text.indexOf('"', end + 1);
	}

	return text.length;
}
