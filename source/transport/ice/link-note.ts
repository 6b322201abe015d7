/**
 * What the two ends of a data channel tell each other beside the bytes: bytes are binary messages, notes are text ones, in
 * one order. The first message each way is `hello`; `credit` counts all bytes that the reader has taken; `close` says why,
 * after the last byte, and `bye` answers it, so that nothing is torn down while bytes are under way.
 */
import {type IceRoute, iceRoutes} from './ice-route.js';

export type LinkNote =
	| {
			readonly type: 'hello';
			readonly generation: number;
			readonly windowBytes: number;
			readonly route: IceRoute;
	  }
	| {readonly type: 'credit'; readonly total: number}
	| {readonly type: 'close'; readonly code: string}
	| {readonly type: 'bye'};

const version = 'pulsync-ice/1';

export function formatNote(note: LinkNote): string {
	switch (note.type) {
		case 'hello':
			return `hello ${version} ${note.generation} ${note.windowBytes} ${note.route}`;
		case 'credit':
			return `credit ${note.total}`;
		case 'close':
			return `close ${note.code}`;
		case 'bye':
			return 'bye';
	}
}

/** Undefined for what is no note of ours. */
export function parseNote(text: string): LinkNote | undefined {
	if (text.length > 200) return undefined;
	const [type, ...words] = text.split(' ');
	if (type === 'hello' && words.length === 4 && words[0] === version) {
		const [generation, windowBytes] = [parseCount(words[1]), parseCount(words[2])];
		const route = iceRoutes.find((known) => known === words[3]);
		if (generation === undefined || windowBytes === undefined || !route) return undefined;
		return {type, generation, windowBytes, route};
	}
	if (type === 'credit' && words.length === 1) {
		const total = parseCount(words[0]);
		return total === undefined ? undefined : {type, total};
	}
	if (type === 'close' && words.length === 1) {
		return /^[a-z0-9_]{1,64}$/.test(words[0]!) ? {type, code: words[0]!} : undefined;
	}
	return type === 'bye' && words.length === 0 ? {type} : undefined;
}

function parseCount(text: string | undefined): number | undefined {
	if (text === undefined || !/^(0|[1-9]\d{0,15})$/.test(text)) return undefined;
	const count = Number(text);
	return Number.isSafeInteger(count) ? count : undefined;
}
