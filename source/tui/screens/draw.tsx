/** The two apps on a stage. Loaded by load-screens.ts alone. */
import {type ReactNode} from 'react';
import {type Session} from '../../core/session.js';
import {ClockContext} from '../hooks/use-now.js';
import {type SessionScreenOptions} from '../session-screen.js';
import {type StartScreenOptions} from '../start-screen.js';
import {type StartResult} from '../start-state.js';
import {type AppEnd, runApp} from '../terminal/run-app.js';
import {type Stage} from '../terminal/stage.js';
import {SessionApp} from './session-app.js';
import {StartApp} from './start-app.js';

export async function drawSession(
	stage: Stage,
	session: Session,
	{editText, mergeTool, keepText, settings, clock}: SessionScreenOptions,
): Promise<AppEnd<'quit' | 'stopped'>> {
	return runApp<'quit' | 'stopped'>(stage, (done) => {
		void session.stopped.then(() => done('stopped'));
		return withClock(
			clock,
			<SessionApp {...{session, editText, mergeTool, keepText, settings}} onQuit={() => done('quit')} />,
		);
	});
}

export async function drawStart(stage: Stage, options: StartScreenOptions): Promise<AppEnd<StartResult>> {
	return runApp<StartResult>(stage, (done) =>
		withClock(options.clock, <StartApp options={options} onDone={done} />),
	);
}

function withClock(clock: (() => number) | undefined, app: ReactNode): ReactNode {
	return clock ? <ClockContext value={clock}>{app}</ClockContext> : app;
}
