/**
 * A terminal that is taken over, and the frames on it, until it is closed.
 *
 * Nothing here needs React, so the first picture is there long before the libraries of the screens are; apps come and
 * go on one stage without giving the terminal back between them.
 */
import process from 'node:process';
import {type AppControl} from '../hooks/use-app-control.js';
import {type WindowSize, windowSize} from '../window-size.js';
import {paintRow} from '../draw/paint.js';
import {fitRow, type Row} from '../draw/row.js';
import {backgroundOf, type Look, type LookWishes} from '../look.js';
import {FrameWriter} from './frame-writer.js';
import {keyboardOf} from './keyboard.js';
import {Terminal, type TerminalIo} from './terminal.js';

export type StageIo = TerminalIo & {
	/** False draws without colours; the default asks NO_COLOR, TERM and the terminal. */
	readonly colours?: boolean;
	/** What the person wants otherwise than the terminal says. */
	readonly wishes?: LookWishes;
};

/** A stage that is there already, or the streams for one; without both, those of the process. */
export type StageOptions = Partial<StageIo> & {readonly stage?: Stage};

/** Rows for a size. */
export type Picture = (size: WindowSize) => readonly Row[];

const interruptByte = '\u0003';
const suspendByte = '\u001A';

export class Stage {
	/** As the terminal and the environment say. */
	readonly detected: Look;
	/** As it is drawn. */
	look: Look;
	readonly control: AppControl;
	readonly #writer: FrameWriter;
	readonly #terminal: Terminal;
	#picture: Picture | undefined;
	#tellSignal: ((signal: NodeJS.Signals) => void) | undefined;
	/** One that came while nobody listened. */
	#signal: NodeJS.Signals | undefined;
	#isOpen = true;

	/** Takes the terminal over. */
	constructor(readonly io: StageIo) {
		this.detected = {
			colours: io.colours ?? (io.stdout.isTTY && io.stdout.hasColors()),
			background: backgroundOf(process.env.COLORFGBG),
			signs: 'unicode',
		};
		this.look = {...this.detected, ...io.wishes};
		this.#writer = new FrameWriter(io.stdout);
		this.#terminal = new Terminal(io, {
			entered: () => this.#writer.start(),
			leaving: () => this.#writer.stop(),
			signalled: (signal) => {
				if (this.#tellSignal) this.#tellSignal(signal);
				else this.#signal = signal;
			},
		});
		this.control = {
			suspend: () => void this.#terminal.suspend(),
			redraw: () => this.#writer.redraw(),
			write: (text) => this.#terminal.write(text),
			lend: (work) => this.#terminal.lend(work),
		};
		this.#terminal.start();
		io.stdout.on('resize', this.#resized);
	}

	/** Draws a picture, again whenever the size changes, until the next one or an app draws. */
	show(picture: Picture): void {
		this.#picture = picture;
		const size = windowSize(this.io.stdout);
		const rows = picture(size).slice(0, size.rows);
		this.#writer.draw(rows.map((row) => paintRow(fitRow(row, size.columns), this.look)));
	}

	/** Draws the frame of an app, whose lines are as wide as the terminal. */
	draw(lines: readonly string[]): void {
		this.#picture = undefined;
		this.#writer.draw(lines);
	}

	/**
	 * Calls back when a person asks to end while no app reads the keyboard; what else they type is kept for the app that
	 * comes. Returns what ends it.
	 */
	listenForQuit(quit: () => void): () => void {
		const {stdin} = this.io;
		const kept: (string | Buffer)[] = [];
		const read = () => {
			for (;;) {
				const chunk = stdin.read() as string | Buffer | null;
				if (chunk === null) return;
				const keys = chunk.toString();
				if (keys === 'q' || keys.includes(interruptByte)) quit();
				else if (keys === suspendByte) this.control.suspend();
				else kept.push(chunk);
			}
		};
		const stopListening = keyboardOf(stdin).listen(read);
		return () => {
			stopListening();
			for (const chunk of kept.reverse()) stdin.unshift(chunk);
		};
	}

	/**
	 * Calls back when a signal asks the program to end; soon, if it came while the app was still being loaded. Returns
	 * what ends it.
	 */
	listenForSignals(tell: (signal: NodeJS.Signals) => void): () => void {
		this.#tellSignal = tell;
		const missed = this.#signal;
		this.#signal = undefined;
		if (missed !== undefined) setImmediate(() => tell(missed));
		return () => {
			this.#tellSignal = undefined;
		};
	}

	/** Gives the terminal back for good. */
	close(): void {
		if (!this.#isOpen) return;
		this.#isOpen = false;
		this.#terminal.stop();
		this.io.stdout.off('resize', this.#resized);
	}

	readonly #resized = (): void => {
		this.#writer.redraw();
		if (this.#picture) this.show(this.#picture);
	};
}

/** Runs work on the stage that is given, or on one of its own that is closed after it. */
export async function onStage<T>(options: StageOptions, work: (stage: Stage) => Promise<T>): Promise<T> {
	if (options.stage) return work(options.stage);
	const {stdin = process.stdin, stdout = process.stdout, stderr = process.stderr, colours, wishes} = options;
	const stage = new Stage({stdin, stdout, stderr, colours, wishes});
	try {
		return await work(stage);
	} finally {
		stage.close();
	}
}
