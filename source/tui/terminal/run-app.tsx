/**
 * Runs one Ink app full-screen on a stage until it ends.
 *
 * Ink only lays out here; canvas.tsx makes the frames and frame-writer.ts puts them on the terminal. That avoids what Ink 6
 * does to a full screen: erasing and rewriting all lines for each change, clearing the scrollback when a frame is as tall
 * as the terminal (vadimdemedes/ink#450, #935) and drawing nothing where CI is set.
 */
import {render} from 'ink';
import {type ReactNode, useState} from 'react';
import {Canvas} from '../components/canvas.js';
import {KeySource} from '../components/key-source.js';
import {AppControlContext} from '../hooks/use-app-control.js';
import {LookContext} from '../hooks/use-look.js';
import {type Look} from '../look.js';
import {type Stage, type StageIo} from './stage.js';

/** How a screen ended: a value of its own, or a signal that asks the program to end. */
export type AppEnd<T> =
	{readonly kind: 'done'; readonly value: T} | {readonly kind: 'signal'; readonly signal: NodeJS.Signals};

/** Draws what `view` returns until it calls `done` or a signal comes. The stage stays open, with the last frame on it. */
export async function runApp<T>(
	stage: Stage,
	view: (done: (value: T) => void) => ReactNode,
): Promise<AppEnd<T>> {
	const {io, control} = stage;
	return new Promise<AppEnd<T>>((resolve, reject) => {
		let ended = false;
		const end = (finish: () => void) => {
			if (ended) return;
			ended = true;
			endListening();
			app.unmount();
			finish();
		};
		const endListening = stage.listenForSignals((signal) => end(() => resolve({kind: 'signal', signal})));
		const app = render(
			<Looking stage={stage}>
				<AppControlContext value={control}>
					<Canvas draw={(lines) => stage.draw(lines)}>
						<KeySource>{view((value) => end(() => resolve({kind: 'done', value})))}</KeySource>
					</Canvas>
				</AppControlContext>
			</Looking>,
			{
				stdin: io.stdin,
				stdout: silenced(io.stdout),
				// Lays out at once whatever changes.
				debug: true,
				exitOnCtrlC: false,
				patchConsole: false,
			},
		);
		app.waitUntilExit().then(
			() => {},
			// A component threw: that is a bug, and the caller's crash handling words it.
			(error: unknown) => end(() => reject(error instanceof Error ? error : new Error(String(error)))),
		);
	});
}

/** The look of the stage for all that is drawn on it; a change of it stays for the apps that come later. */
function Looking({stage, children}: {readonly stage: Stage; readonly children: ReactNode}) {
	const [look, setLook] = useState(stage.look);
	const change = (next: Look) => {
		stage.look = next;
		setLook(next);
	};
	return <LookContext value={{look, detected: stage.detected, setLook: change}}>{children}</LookContext>;
}

/** The real stream for everything but writing. */
function silenced(stdout: StageIo['stdout']): StageIo['stdout'] {
	return replaceMethod(stdout, 'write', () => true);
}

function replaceMethod<T extends object>(stream: T, name: keyof T, method: unknown): T {
	return new Proxy(stream, {
		get(target, key) {
			if (key === name) return method;
			const value: unknown = Reflect.get(target, key, target);
			return typeof value === 'function' ? (value.bind(target) as unknown) : value;
		},
	});
}
