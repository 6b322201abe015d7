/** Asks what a folder without a session shall do: host, join, or go on with a recent one. */
import {Box} from 'ink';
import process from 'node:process';
import {useEffect, useState} from 'react';
import {Lines} from './components/lines.js';
import {useKeys} from './hooks/use-keys.js';
import {useAppControl} from './hooks/use-app-control.js';
import {ClockContext, useNow} from './hooks/use-now.js';
import {useWindowSize} from './hooks/use-window-size.js';
import {initialStart, type StartFacts, type StartResult, updateStart} from './start-state.js';
import {type AppIo, runApp} from './terminal/run-app.js';
import {startFooter, startRows} from './views/start.js';

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
	const {stdin = process.stdin, stdout = process.stdout, stderr = process.stderr, colours, clock} = options;
	const end = await runApp<StartResult>({stdin, stdout, stderr, colours}, (done) => {
		const app = <StartApp options={options} onDone={done} />;
		return clock ? <ClockContext value={clock}>{app}</ClockContext> : app;
	});
	return end.kind === 'done' ? end.value : {choice: 'quit'};
}

export type StartAppProps = {
	readonly options: StartScreenOptions;
	readonly onDone: (result: StartResult) => void;
};

export function StartApp({options, onDone}: StartAppProps) {
	const {columns: width, rows} = useWindowSize();
	const now = useNow(false);
	const control = useAppControl();
	const [state, setState] = useState(() =>
		initialStart(options.prefilledInvite, options.name ?? '', options.relayUrl ?? ''),
	);
	useKeys((input) => {
		if (input.type === 'key' && input.key === 'ctrl-z') control.suspend();
		else if (input.type === 'key' && input.key === 'ctrl-l') control.redraw();
		else setState(updateStart(options, state, input));
	});
	const result = state.step.kind === 'done' ? state.step.result : undefined;
	useEffect(() => {
		if (result) onDone(result);
	}, [result, onDone]);
	const view = {facts: options, state, projectName: options.projectName, now, width};
	return (
		<Box flexDirection="column" width={width} height={rows} overflow="hidden">
			<Box flexDirection="column" height={Math.max(0, rows - 1)} overflow="hidden">
				<Lines rows={startRows(view).slice(0, Math.max(0, rows - 1))} width={width} />
			</Box>
			<Lines rows={[startFooter(view)]} width={width} />
		</Box>
	);
}
