/** Draws a running session until the person quits, the session ends or a signal comes. */
import {type Session} from '../core/session.js';
import {loadScreens} from './load-screens.js';
import {type EditText, type KeepText, type MergeTool} from './session-context.js';
import {type SettingsDoor} from './settings-rows.js';
import {onStage, type StageOptions} from './terminal/stage.js';

export type SessionScreenOptions = StageOptions & {
	/** Opens the person's editor; without it the key for it says that there is none. */
	readonly editText?: EditText;
	/** Opens the person's merge tool; without it the key for it says that there is none. */
	readonly mergeTool?: MergeTool;
	/** Keeps what was written by hand and not taken. */
	readonly keepText?: KeepText;
	/** Where settings are kept; without it none can be changed. */
	readonly settings?: SettingsDoor;
	/** Where the screen reads the time; for tests. */
	readonly clock?: () => number;
};

/** Why the screen ended. The session itself is the caller's to stop. */
export type SessionScreenEnd = {readonly reason: 'quit' | 'stopped' | NodeJS.Signals};

/** Rejects with what a fault of the screen itself threw. */
export async function runSessionScreen(
	session: Session,
	options: SessionScreenOptions = {},
): Promise<SessionScreenEnd> {
	return onStage(options, async (stage) => {
		const {drawSession} = await loadScreens();
		const end = await drawSession(stage, session, options);
		return {reason: end.kind === 'done' ? end.value : end.signal};
	});
}
