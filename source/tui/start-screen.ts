/** Asks what a folder without a session shall do: host, join, or go on with a recent one. */
import {loadScreens} from './load-screens.js';
import {initialStart, type StartFacts, type StartResult} from './start-state.js';
import {onStage, type Picture, type StageOptions} from './terminal/stage.js';
import {startFooter, startRows} from './views/start.js';

export type StartScreenOptions = StageOptions &
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
	return onStage(options, async (stage) => {
		stage.show(firstPicture(options));
		const {drawStart} = await loadScreens();
		const end = await drawStart(stage, options);
		return end.kind === 'done' ? end.value : {choice: 'quit'};
	});
}

/** What the app will draw first, drawn without it: loading it takes longer than everything before. */
function firstPicture(options: StartScreenOptions): Picture {
	const state = initialStart(options.prefilledInvite, options.name ?? '', options.relayUrl ?? '');
	const now = (options.clock ?? Date.now)();
	return ({columns, rows}) => {
		const height = Math.max(0, rows - 1);
		const view = {facts: options, state, projectName: options.projectName, now, width: columns, height};
		const above = startRows(view);
		return [...Array.from({length: height}, (_, row) => above[row] ?? []), startFooter(view)];
	};
}
