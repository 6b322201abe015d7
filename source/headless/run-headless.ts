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

/** Writes each event until the session has ended, and returns how it ended. */
export async function runHeadless(
	session: Session,
	{json, sink, now}: {readonly json: boolean; readonly sink: LineSink; readonly now: () => number},
): Promise<SessionEnd> {
	const stop = session.onEvent((event) => {
		if (event.event === 'transfer' && sink.writableLength > maxUnreadBytes) return;
		const nameOf = (peerId: string) => calledName(session.getSnapshot(), peerId);
		const line = json ? formatJsonLine(event, now()) : formatPlainLine(event, nameOf);
		if (line !== undefined) sink.write(`${line}\n`);
	});
	try {
		return await session.stopped;
	} finally {
		stop();
	}
}

/** `event` and `at` first, as a person reads them. */
export function formatJsonLine({event, ...fields}: PublicEvent, at: number): string {
	return JSON.stringify({event, at, ...fields});
}
