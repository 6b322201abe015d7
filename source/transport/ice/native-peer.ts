/** What a link needs of the library, and nothing else of it: `ice-child.ts` has the library behind this, tests a fake. */
import {type CandidatePair} from './ice-route.js';
import {type IceServerEntry} from './ice-servers.js';

export type NativeOptions = {
	readonly servers: readonly IceServerEntry[];
	/** The one address to use; every interface's without it. */
	readonly bindAddress?: string;
};

/** None is called from inside a call of the peer's methods, nor after `close`. */
export type NativeEvents = {
	/** A local candidate more; with `isLast` there will be no other one. */
	gathered(isLast: boolean): void;
	/** `connecting`, `connected`, `disconnected`, `failed`, `closed`. */
	state(state: string): void;
	opened(): void;
	closed(): void;
	text(text: string): void;
	data(bytes: Buffer): void;
};

/** One connection with its one data channel. Methods throw what the library throws. */
export type NativePeer = {
	offer(): void;
	/** Answers an offer. */
	answer(offer: string): void;
	/** Takes the answer to our offer. */
	accept(answer: string): void;
	addCandidate(candidate: string): void;
	/** With the candidates found so far. */
	description(): string | undefined;
	pair(): CandidatePair | undefined;
	/** The bytes are copied. */
	send(bytes: Uint8Array): void;
	sendText(text: string): void;
	/** What was given and has not left yet. */
	queuedBytes(): number;
	close(): void;
};

export type OpenNativePeer = (options: NativeOptions, events: NativeEvents) => NativePeer;
