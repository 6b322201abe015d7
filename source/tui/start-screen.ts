/** Asks what a folder without a session shall do: host, join, or go on with a recent one. */
import process from 'node:process';
import {loadScreens} from './load-screens.js';
import {type StartFacts, type StartResult} from './start-state.js';
import {type AppIo} from './terminal/run-app.js';

export type StartScreenOptions = Partial<AppIo> &
	StartFacts & {
		readonly projectName: string;
		/** Begins with this invite typed in. */
		readonly prefilledInvite?: string;
		readonly name?: string;
		readonly relayUrl?: string;
		/** Where the screen reads the time; for tests. */
		readonly clock?: () => number;
	};

/** Resolves with what the person chose; `quit` also where a signal ended the screen. */
export async function runStartScreen(options: StartScreenOptions): Promise<StartResult> {
	const {stdin = process.stdin, stdout = process.stdout, stderr = process.stderr, colours} = options;
	const {drawStart} = await loadScreens(() => import('./screens/draw.js'));
	const end = await drawStart({stdin, stdout, stderr, colours}, options);
	return end.kind === 'done' ? end.value : {choice: 'quit'};
}
