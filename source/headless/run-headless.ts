/** The view without a screen: the same session, told line by line. */
import {calledName} from '../core/find-peer.js';
import {type PublicEvent} from '../core/public-event.js';
import {type Session, type SessionEnd} from '../core/session.js';
import {formatPlainLine} from './plain-line.js';

/** Where lines go: a stream that says how much of them is still unread. */
export type LineSink = {
	write(text: string): unknown;
	readonly writableLength: number;
};

/** What a reader that stands still may hold up; beyond it, progress is left out. Everything else is kept. */
const maxUnreadBytes = 1024 * 1024;

/** So much may happen before the folder has been read; then nothing waits any longer. */
const maxHeld = 1000;

/** Writes each event until the session has ended, and returns how it ended. As JSON `ready` is the first. */
export async function runHeadless(
	session: Session,
	{json, sink, now}: {readonly json: boolean; readonly sink: LineSink; readonly now: () => number},
): Promise<SessionEnd> {
	const nameOf = (peerId: string) => calledName(session.getSnapshot(), peerId);
	const write = (event: PublicEvent, at: number) => {
		const line = json ? formatJsonLine(event, at) : formatPlainLine(event, nameOf);
		if (line !== undefined) sink.write(`${line}\n`);
	};
	const early = json ? new EarlyEvents(write) : undefined;
	const stop = session.onEvent((event) => {
		if (event.event === 'transfer' && sink.writableLength > maxUnreadBytes) return;
		if (early) early.take(event, now());
		else write(event, now());
	});
	try {
		return await session.stopped;
	} finally {
		stop();
		early?.release();
	}
}

/** Holds what happens before a session is ready, and lets it follow then; a halt is told at once. */
class EarlyEvents {
	#held: {event: PublicEvent; at: number}[] | undefined = [];
	readonly #write: (event: PublicEvent, at: number) => void;

	constructor(write: (event: PublicEvent, at: number) => void) {
		this.#write = write;
	}

	take(event: PublicEvent, at: number): void {
		const isReady = event.event === 'ready';
		if (this.#held && !isReady && event.event !== 'halted' && this.#held.length < maxHeld) {
			this.#held.push({event, at});
			return;
		}
		if (!isReady) this.release();
		this.#write(event, at);
		this.release();
	}

	release(): void {
		const held = this.#held ?? [];
		this.#held = undefined;
		for (const {event, at} of held) this.#write(event, at);
	}
}

/** `event` and `at` first, as a person reads them. */
export function formatJsonLine({event, ...fields}: PublicEvent, at: number): string {
	return JSON.stringify({event, at, ...fields});
}
