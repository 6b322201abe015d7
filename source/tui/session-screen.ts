/** Draws a running session until the person quits, the session ends or a signal comes. */
import process from 'node:process';
import {type Session} from '../core/session.js';
import {loadScreens} from './load-screens.js';
import {type EditText} from './session-context.js';
import {type AppIo} from './terminal/run-app.js';

export type SessionScreenOptions = Partial<AppIo> & {
	/** Opens the person's editor; without it the key for it says that there is none. */
	readonly editText?: EditText;
	/** Where the screen reads the time; for tests. */
	readonly clock?: () => number;
};

/** Why the screen ended. The session itself is the caller's to stop. */
export type SessionScreenEnd = {readonly reason: 'quit' | 'stopped' | NodeJS.Signals};

/** The terminal is as it was when the promise settles. Rejects with what a fault of the screen itself threw. */
export async function runSessionScreen(
	session: Session,
	options: SessionScreenOptions = {},
): Promise<SessionScreenEnd> {
	const {stdin = process.stdin, stdout = process.stdout, stderr = process.stderr, colours} = options;
	const {drawSession} = await loadScreens(() => import('./screens/draw.js'));
	const end = await drawSession({stdin, stdout, stderr, colours}, session, options);
	return {reason: end.kind === 'done' ? end.value : end.signal};
}
