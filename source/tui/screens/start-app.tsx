/** The app of the start screen. */
import {Box} from 'ink';
import {useEffect, useState} from 'react';
import {Lines} from '../components/lines.js';
import {useAppControl} from '../hooks/use-app-control.js';
import {useKeys} from '../hooks/use-keys.js';
import {useNow} from '../hooks/use-now.js';
import {useWindowSize} from '../hooks/use-window-size.js';
import {type StartScreenOptions} from '../start-screen.js';
import {initialStart, type StartResult, updateStart} from '../start-state.js';
import {startFooter, startRows} from '../views/start.js';

export type StartAppProps = {
	readonly options: StartScreenOptions;
	readonly onDone: (result: StartResult) => void;
};

export function StartApp({options, onDone}: StartAppProps) {
	const {columns: width, rows} = useWindowSize();
	const now = useNow();
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
	const height = Math.max(0, rows - 1);
	const view = {facts: options, state, projectName: options.projectName, now, width, height};
	return (
		<Box flexDirection="column" width={width} height={rows}>
			<Box flexDirection="column" height={height}>
				<Lines rows={startRows(view)} width={width} />
			</Box>
			<Lines rows={[startFooter(view)]} width={width} />
		</Box>
	);
}
