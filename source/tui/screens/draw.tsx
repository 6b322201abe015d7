/** The two apps on a terminal. Loaded by load-screens.ts alone. */
import {type ReactNode} from 'react';
import {type Session} from '../../core/session.js';
import {ClockContext} from '../hooks/use-now.js';
import {type SessionScreenOptions} from '../session-screen.js';
import {type StartScreenOptions} from '../start-screen.js';
import {type StartResult} from '../start-state.js';
import {type AppEnd, type AppIo, runApp} from '../terminal/run-app.js';
import {SessionApp} from './session-app.js';
import {StartApp} from './start-app.js';

export async function drawSession(
	io: AppIo,
	session: Session,
	{editText, clock}: SessionScreenOptions,
): Promise<AppEnd<'quit' | 'stopped'>> {
	return runApp<'quit' | 'stopped'>(io, (done) => {
		void session.stopped.then(() => done('stopped'));
		return withClock(clock, <SessionApp session={session} editText={editText} onQuit={() => done('quit')} />);
	});
}

export async function drawStart(io: AppIo, options: StartScreenOptions): Promise<AppEnd<StartResult>> {
	return runApp<StartResult>(io, (done) =>
		withClock(options.clock, <StartApp options={options} onDone={done} />),
	);
}

function withClock(clock: (() => number) | undefined, app: ReactNode): ReactNode {
	return clock ? <ClockContext value={clock}>{app}</ClockContext> : app;
}
