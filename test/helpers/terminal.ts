/**
 * A program in a real pseudo-terminal, and what a person would see of it: the grid of a headless terminal emulator.
 *
 * Nothing here sleeps: `waitFor` looks after each piece of output until a text is there or a deadline passes.
 */
import {spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';
import {endMark, readToTheEnd} from './read-to-the-end.js';
import {type PictureTheme, rowPictures, screenPicture} from './screen-picture.js';

export type TerminalOptions = {
	readonly file?: string;
	readonly args: readonly string[];
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly columns?: number;
	readonly rows?: number;
};

export type Exit = {readonly code: number; readonly signal: number | undefined};

const defaultDeadlineMs = 15_000;

/** How often a deadline is counted down: a process that was stopped for a while has not waited meanwhile. */
const tickMs = 100;

const keyBytes: Readonly<Record<string, string>> = {
	enter: '\r',
	escape: '\u001B',
	tab: '\t',
	backspace: '\u007F',
	up: '\u001B[A',
	down: '\u001B[B',
	right: '\u001B[C',
	left: '\u001B[D',
	'page-up': '\u001B[5~',
	'page-down': '\u001B[6~',
	home: '\u001B[H',
	end: '\u001B[F',
	space: ' ',
};

function bytesOf(key: string): string {
	const letter = /^ctrl-([a-z])$/.exec(key)?.[1];
	return letter ? String.fromCharCode(letter.charCodeAt(0) - 96) : (keyBytes[key] ?? key);
}

/** A running program and its screen. */
export class TestTerminal {
	readonly exited: Promise<Exit>;
	/** Everything that was written, for the few tests that are about bytes. */
	raw = '';
	private exit: Exit | undefined;
	private readonly listeners = new Set<() => void>();
	private readonly pty: ReturnType<typeof spawn>;
	private readonly mayClose: () => void;
	private readonly screen: InstanceType<typeof xterm.Terminal>;
	private cursorHidden = false;

	constructor({file = process.execPath, args, cwd, env = {}, columns = 80, rows = 24}: TerminalOptions) {
		this.screen = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 1000});
		const merged: Record<string, string> = {};
		// Ink draws nothing where CI is set, and a test decides about colours itself.
		const drop = new Set(['CI', 'CONTINUOUS_INTEGRATION', 'NO_COLOR', 'FORCE_COLOR']);
		for (const [name, value] of Object.entries({...process.env, TERM: 'xterm-256color', TZ: 'UTC', ...env})) {
			if (value !== undefined && (!drop.has(name) || name in env)) merged[name] = value;
		}
		// The library sets TERM to this name, whatever the environment says.
		this.pty = spawn(file, [...args], {name: merged.TERM, cols: columns, rows, cwd, env: merged});
		this.mayClose = readToTheEnd(this.pty);
		this.pty.onData((read) => {
			const data = read.replace(endMark, '');
			this.raw += data;
			this.noteCursor();
			this.screen.write(data, () => this.changed());
		});
		this.exited = new Promise((resolve) => {
			this.pty.onExit(({exitCode, signal}) => {
				this.exit = {code: exitCode, signal: signal === 0 ? undefined : signal};
				// What was written last may still have to be parsed.
				this.screen.write('', () => {
					this.changed();
					resolve({code: exitCode, signal: signal === 0 ? undefined : signal});
				});
			});
		});
	}

	get pid(): number {
		return this.pty.pid;
	}

	/** The visible lines, without blanks at their ends. */
	grid(): string[] {
		const {active} = this.screen.buffer;
		return Array.from({length: this.screen.rows}, (_, row) =>
			(active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
		);
	}

	/** The visible screen as one text. */
	text(): string {
		return this.grid().join('\n');
	}

	/** The visible screen as an SVG. */
	picture(theme?: PictureTheme): string {
		return screenPicture(this.screen, theme);
	}

	/** Each visible row as SVG, as if it were the first. */
	rowPictures(): readonly string[] {
		return rowPictures(this.screen);
	}

	get columns(): number {
		return this.screen.cols;
	}

	/** True once the program has ended. */
	get ended(): boolean {
		return this.exit !== undefined;
	}

	/** Calls back after each whole piece of output; returns what ends it. */
	onChange(listener: () => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	/** True while the program shows its alternate screen. */
	get isAlternate(): boolean {
		return this.screen.buffer.active.type === 'alternate';
	}

	get isCursorHidden(): boolean {
		return this.cursorHidden;
	}

	get isBracketedPaste(): boolean {
		return this.screen.modes.bracketedPasteMode;
	}

	/** Presses keys one after the other: names as `enter` or `ctrl-c`, or characters. */
	press(...keys: readonly string[]): void {
		for (const key of keys) this.pty.write(bytesOf(key));
	}

	/** Pastes as a terminal does, between the marks of a bracketed paste where the program asked for them. */
	paste(text: string): void {
		this.pty.write(this.isBracketedPaste ? `\u001B[200~${text}\u001B[201~` : text);
	}

	resize(columns: number, rows: number): void {
		this.screen.resize(columns, rows);
		try {
			this.pty.resize(columns, rows);
		} catch (error) {
			// The program has just closed its terminal, and its end is told in a moment.
			if (!String(error).includes('EBADF')) throw error;
		}
	}

	kill(signal: NodeJS.Signals = 'SIGTERM'): void {
		this.pty.kill(signal);
	}

	/** Reads nothing until `resume`, as a connection that stands still. */
	pause(): void {
		this.pty.pause();
	}

	resume(): void {
		this.pty.resume();
	}

	/** Takes the terminal away, as the loss of a connection does. */
	hangUp(): void {
		this.mayClose();
		// Known to the library, not to its types: the master's side is closed, and the kernel tells the program.
		if ('destroy' in this.pty && typeof this.pty.destroy === 'function') {
			Reflect.apply(this.pty.destroy, this.pty, []);
		}
	}

	/** Resolves when the text (or a match) is on the screen; rejects with the screen as it was at the deadline. */
	async waitFor(wanted: string | RegExp, deadlineMs = defaultDeadlineMs): Promise<void> {
		const shows = () =>
			typeof wanted === 'string' ? this.text().includes(wanted) : wanted.test(this.text());
		await this.waitUntil(shows, `${String(wanted)} to be shown`, deadlineMs);
	}

	/** Resolves when the text is no longer on the screen. */
	async waitForGone(unwanted: string, deadlineMs = defaultDeadlineMs): Promise<void> {
		await this.waitUntil(() => !this.text().includes(unwanted), `${unwanted} to be gone`, deadlineMs);
	}

	/** Resolves when the condition holds; it is asked again after each piece of output and at the exit. */
	async waitUntil(condition: () => boolean, what: string, deadlineMs = defaultDeadlineMs): Promise<void> {
		if (condition()) return;
		await new Promise<void>((resolve, reject) => {
			const finish = (settle: () => void) => {
				clearInterval(timer);
				this.listeners.delete(look);
				settle();
			};
			const fail = (why: string) =>
				reject(new Error(`${why} while waiting for ${what}. The screen:\n${this.text()}`));
			const look = () => {
				if (condition()) finish(resolve);
				else if (this.exit) finish(() => fail(`The program ended with ${this.exit?.code ?? '?'}`));
			};
			let leftMs = deadlineMs;
			const timer = setInterval(() => {
				leftMs -= tickMs;
				if (leftMs <= 0) finish(() => fail('The deadline passed'));
			}, tickMs);
			this.listeners.add(look);
			look();
		});
	}

	/** Ends the program if it still runs, and frees everything. */
	async close(): Promise<void> {
		if (!this.exit) this.pty.kill('SIGKILL');
		await this.exited;
		this.screen.dispose();
	}

	private changed(): void {
		// Half of a frame is nothing that a person would see.
		if (this.isBehindLast('\u001B[?2026h', '\u001B[?2026l') && !this.exit) return;
		for (const listener of [...this.listeners]) listener();
	}

	/** The emulator keeps the cursor's visibility to itself. */
	private noteCursor(): void {
		this.cursorHidden = this.isBehindLast('\u001B[?25l', '\u001B[?25h');
	}

	/** True if of two sequences the first was written last. */
	private isBehindLast(on: string, off: string): boolean {
		return this.raw.lastIndexOf(on) > this.raw.lastIndexOf(off);
	}
}
