/**
 * Runs one Ink app full-screen until it ends.
 *
 * Ink only computes frames here (its debug mode hands each one over whole); frame-writer.ts puts them on the terminal.
 * That avoids what Ink 6 does to a full screen: erasing and rewriting all lines for each change, clearing the
 * scrollback when a frame is as tall as the terminal (vadimdemedes/ink#450, #935) and drawing nothing where CI is set.
 */
import {render} from 'ink';
import {type ReactNode} from 'react';
import {KeySource} from '../components/key-source.js';
import {ColoursContext} from '../components/lines.js';
import {AppControlContext, type AppControl} from '../hooks/use-app-control.js';
import {FrameWriter} from './frame-writer.js';
import {Terminal, type TerminalIo} from './terminal.js';

export type AppIo = TerminalIo & {
	/** False draws without colours; the default asks NO_COLOR, TERM and the terminal. */
	readonly colours?: boolean;
};

/** How a screen ended: a value of its own, or a signal that asks the program to end. */
export type AppEnd<T> =
	{readonly kind: 'done'; readonly value: T} | {readonly kind: 'signal'; readonly signal: NodeJS.Signals};

/** Draws what `view` returns until it calls `done`, a signal comes or `until` settles. The terminal is restored then. */
export async function runApp<T>(
	io: AppIo,
	view: (done: (value: T) => void) => ReactNode,
): Promise<AppEnd<T>> {
	const writer = new FrameWriter(io.stdout);
	return new Promise<AppEnd<T>>((resolve, reject) => {
		let ended = false;
		const end = (finish: () => void) => {
			if (ended) return;
			ended = true;
			terminal.stop();
			app.unmount();
			io.stdout.off('resize', resized);
			finish();
		};
		const terminal = new Terminal(io, {
			entered: () => writer.start(),
			leaving: () => writer.stop(),
			signalled: (signal) => end(() => resolve({kind: 'signal', signal})),
		});
		const resized = () => writer.redraw();
		const control: AppControl = {
			suspend: () => terminal.suspend(),
			redraw: () => writer.redraw(),
			write: (text) => terminal.write(text),
			lend: (work) => terminal.lend(work),
		};
		terminal.start();
		io.stdout.on('resize', resized);
		const app = render(
			<ColoursContext value={io.colours ?? wantsColours(io.stdout)}>
				<AppControlContext value={control}>
					<KeySource>{view((value) => end(() => resolve({kind: 'done', value})))}</KeySource>
				</AppControlContext>
			</ColoursContext>,
			{
				stdin: io.stdin,
				stdout: frameStream(io.stdout, (frame) => writer.draw(frame)),
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

function wantsColours(stdout: TerminalIo['stdout']): boolean {
	return stdout.isTTY && stdout.hasColors();
}

/** The stream that Ink writes frames to; everything but writing is the real one's. */
function frameStream(stdout: TerminalIo['stdout'], draw: (frame: string) => void): TerminalIo['stdout'] {
	const write = (text: string): boolean => {
		// Ink shows the cursor as it ends; the cursor is the terminal's business here.
		if (!text.startsWith('\u001B[?25')) draw(text);
		return true;
	};
	return new Proxy(stdout, {
		get(target, name) {
			if (name === 'write') return write;
			const value: unknown = Reflect.get(target, name, target);
			return typeof value === 'function' ? (value.bind(target) as unknown) : value;
		},
	});
}
