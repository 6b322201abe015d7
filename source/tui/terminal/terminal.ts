/**
 * Takes over a terminal and gives it back as it was, on every way out: the end of the screen, a crash, an exit, a
 * signal, a suspension and its return.
 *
 * While the screen is up, what others write to stderr is held back and shown after it; nothing scribbles over a frame.
 */
import {once} from 'node:events';
import process from 'node:process';
import {type ReadStream, type WriteStream} from 'node:tty';
import {onExit} from 'signal-exit';
import {setBlocking} from './blocking.js';
import {keyboardOf} from './keyboard.js';

// Alternate buffer, cursor hidden, bracketed paste, no wrapping of lines that a terminal measures differently.
const enterSequence = '\u001B[?1049h\u001B[?25l\u001B[?2004h\u001B[?7l';
const leaveSequence = '\u001B[?2026l\u001B[?2004l\u001B[?7h\u001B[0m\u001B[?1049l\u001B[?25h';

/** Characters of stderr that are kept while the screen is up. */
const maxHeldLength = 65_536;

/** How long a process that asked to be stopped waits before it takes the terminal back. */
const stopGraceMs = 200;

export type TerminalIo = {
	readonly stdin: ReadStream;
	readonly stdout: WriteStream;
	readonly stderr?: WriteStream;
};

export type TerminalCallbacks = {
	/** The terminal is ours (again) and shows nothing. */
	readonly entered: () => void;
	/** The terminal is about to be given back. */
	readonly leaving: () => void;
	/** A signal asks the program to end. The terminal is still ours. */
	readonly signalled: (signal: NodeJS.Signals) => void;
};

const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export class Terminal {
	private active = false;
	private stopped = false;
	private lent = false;
	private lastGiven: Promise<void> = Promise.resolve();
	private held = '';
	/** Shows what was held back; undefined while nothing is. */
	private restoreErrors: (() => void) | undefined;
	private readonly cleanups: (() => void)[] = [];

	constructor(
		private readonly io: TerminalIo,
		private readonly callbacks: TerminalCallbacks,
	) {}

	/** Takes the terminal over until `stop`. */
	start(): void {
		const restore = () => this.leave();
		// Runs before a crash is reported, whoever reports it.
		process.on('uncaughtExceptionMonitor', restore);
		this.cleanups.push(
			() => process.off('uncaughtExceptionMonitor', restore),
			onExit(restore, {alwaysLast: false}),
		);
		for (const signal of endingSignals) {
			const ended = () => {
				// A ^C in an editor reaches the whole job, but is meant for the editor.
				if (this.lent && signal === 'SIGINT') return;
				// Later, since we stop listening then: signal-exit (ours and Ink's) kills the process where it finds, in the
				// same turn, that nobody else listens any more.
				setImmediate(() => this.callbacks.signalled(signal));
			};
			process.on(signal, ended);
			this.cleanups.push(() => process.off(signal, ended));
		}
		// A keyboard that has ended cannot even quit, so it is a terminal that hung up.
		const hungUp = () => this.callbacks.signalled('SIGHUP');
		this.io.stdin.once('end', hungUp);
		this.cleanups.push(() => this.io.stdin.off('end', hungUp));
		const continued = () => {
			if (this.stopped || this.lent) return;
			// The shell or whoever had the terminal meanwhile may have changed everything.
			this.active = false;
			this.enter();
		};
		process.on('SIGCONT', continued);
		this.cleanups.push(() => process.off('SIGCONT', continued));
		this.enter();
	}

	/** Gives the terminal back for good. */
	stop(): void {
		this.leave();
		this.stopped = true;
		for (const cleanup of this.cleanups.splice(0)) cleanup();
	}

	/** Writes something that is not part of the screen, such as a clipboard sequence. */
	write(text: string): void {
		if (this.active) this.io.stdout.write(text);
	}

	/** Stops the program as ^Z does in a program without a screen, and its whole job with it. */
	async suspend(): Promise<void> {
		await this.giveAway(async () => {
			// Where nobody could continue us (no job control), the system ignores the signal and the deadline brings us back.
			const signal = AbortSignal.timeout(stopGraceMs);
			const continued = once(process, 'SIGCONT', {signal});
			process.kill(0, 'SIGTSTP');
			await continued.catch(() => undefined);
		});
	}

	/** Gives the terminal away while the work runs, for instance to an editor. */
	async lend<T>(work: () => Promise<T>): Promise<T> {
		return this.giveAway(async () => {
			this.lent = true;
			try {
				return await work();
			} finally {
				this.lent = false;
			}
		});
	}

	/** One after the other: what is typed ahead may ask for it again before the terminal is back. */
	private giveAway<T>(work: () => Promise<T>): Promise<T> {
		const given = this.lastGiven.then(async () => {
			const keyboard = keyboardOf(this.io.stdin);
			await keyboard.hush();
			this.leave();
			try {
				return await work();
			} finally {
				if (!this.stopped) {
					this.enter();
					keyboard.resume();
				}
			}
		});
		this.lastGiven = given.then(
			() => undefined,
			() => undefined,
		);
		return given;
	}

	private enter(): void {
		if (this.active) return;
		this.active = true;
		this.holdErrors();
		if (this.io.stdin.isTTY) this.io.stdin.setRawMode(true);
		// Who was stopped, or had lent the terminal away, was not told of another size.
		process.emit('SIGWINCH');
		setBlocking(this.io.stdout, false);
		this.io.stdout.write(enterSequence);
		this.callbacks.entered();
	}

	private leave(): void {
		if (!this.active) return;
		this.active = false;
		this.callbacks.leaving();
		try {
			// The process may end at once. Where the terminal has not taken all, it may never do: nobody waits for it.
			if (this.io.stdout.writableLength === 0) setBlocking(this.io.stdout, true);
			this.io.stdout.write(leaveSequence);
			if (this.io.stdin.isTTY) this.io.stdin.setRawMode(false);
		} catch {
			// The terminal is gone (hang-up); there is nothing to give back.
		}
		this.releaseErrors();
	}

	private holdErrors(): void {
		const {stderr} = this.io;
		// Whoever is continued without having left the terminal holds them already.
		if (!stderr?.isTTY || this.restoreErrors) return;
		const write = stderr.write.bind(stderr);
		stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
			this.held = (this.held + (typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk))).slice(
				-maxHeldLength,
			);
			const done = rest.at(-1);
			if (typeof done === 'function') queueMicrotask(() => void Reflect.apply(done, undefined, []));
			return true;
		};
		this.restoreErrors = () => {
			stderr.write = write;
			if (this.held !== '') write(this.held);
			this.held = '';
		};
	}

	private releaseErrors(): void {
		this.restoreErrors?.();
		this.restoreErrors = undefined;
	}
}
