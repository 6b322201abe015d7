/**
 * The parent's hold on one child program: starts it, hears and tells it frames, and notices when it is dead, hangs or talks
 * nonsense. All of these are one event, `gone`, with the reason in words.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {type Socket} from 'node:net';
import process from 'node:process';
import {StringDecoder} from 'node:string_decoder';
import {fileURLToPath} from 'node:url';
import {iceWords} from '../path-words.js';
import {encodeFrame, encodeHeader, FrameReader, type FrameType, type TakeFrame} from './pipe-frame.js';

/** The child answers each ping at once. */
const pingMs = 1000;
/** Shorter than the links' own heartbeats, so that the reason is known when they fail; long for a busy machine. */
const silenceMs = 4500;
/** Loading the library on a slow disk. */
const startMs = 7000;
/** What is left of the 2 s that an end may take is for the kernel. */
const endMs = 1500;
/** The last words of native code that aborts; they go to the log. */
const maxWordsLength = 1000;

export class IceProcess {
	readonly #child: ChildProcess;
	readonly #pipe: Socket;
	readonly #gone: (reason: string) => void;
	readonly #pings: NodeJS.Timeout;
	readonly #exited: Promise<void>;
	#reason: string | undefined;
	#isGone = false;
	#isCorked = false;
	#isReady = false;
	#aliveAt = performance.now();
	#pingedAt = performance.now();
	#lastWords = '';

	/** Throws where the system has nothing left for another process: no memory, no files. */
	constructor({
		program = fileURLToPath(new URL('ice-child.js', import.meta.url)),
		take,
		gone,
		exited,
		log,
	}: {
		readonly program?: string;
		readonly take: TakeFrame;
		/** Once; nothing is taken after it. */
		gone: (reason: string) => void;
		/** The process is no more. */
		exited: () => void;
		readonly log: (line: string) => void;
	}) {
		this.#gone = gone;
		const {child, pipe} = start(program);
		this.#child = child;
		this.#pipe = pipe;
		const reader = new FrameReader({
			inPieces: true,
			take: (type, link, payload) => {
				if (type === 'ready') this.#isReady = true;
				if (type !== 'pong' && !this.#isGone) take(type, link, payload);
			},
		});
		this.#pipe.on('data', (chunk: Buffer) => {
			if (this.#isGone) return;
			this.#aliveAt = performance.now();
			try {
				reader.push(chunk);
			} catch {
				this.kill(iceWords.garbage);
			}
		});
		// Its reason is the exit's.
		this.#pipe.on('error', () => undefined);
		this.#listenToErrors(log);
		this.#pings = setInterval(() => this.#ping(), pingMs);
		this.#exited = new Promise((resolve) => {
			const end = (reason: string) => {
				this.#end(reason);
				exited();
				resolve();
			};
			this.#child.once('error', (error) => end(iceWords.notStarted(error.message)));
			this.#child.once('exit', (code, signal) => end(iceWords.ended(signal ?? `code ${code ?? '?'}`)));
		});
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	say(type: FrameType, link = 0, payload: Uint8Array | string = ''): void {
		if (!this.#isGone) this.#write([encodeFrame(type, link, payload)]);
	}

	/** One message of data, which the pieces hold together. */
	sayData(link: number, pieces: readonly Uint8Array[], byteLength: number): void {
		if (!this.#isGone) this.#write([encodeHeader('data', link, byteLength), ...pieces]);
	}

	/** Ends it at once. */
	kill(reason: string): void {
		this.#reason ??= reason;
		this.#child.kill('SIGKILL');
		this.#end(reason);
	}

	/** Ends it in good order, or else at once. */
	async close(): Promise<void> {
		this.#reason ??= iceWords.sessionEnded;
		this.say('end');
		const timer = setTimeout(() => this.kill(iceWords.didNotEnd), endMs);
		await this.#exited;
		clearTimeout(timer);
	}

	/** What is said in one turn of the loop goes in one write. */
	#write(pieces: readonly Uint8Array[]): void {
		if (!this.#isCorked) {
			this.#isCorked = true;
			this.#pipe.cork();
			queueMicrotask(() => {
				this.#isCorked = false;
				this.#pipe.uncork();
			});
		}
		for (const piece of pieces) this.#pipe.write(piece);
	}

	#ping(): void {
		const now = performance.now();
		// Late ourselves (sleep, SIGSTOP, a busy machine): the child gets a fresh period.
		if (now - this.#pingedAt > 2 * pingMs) this.#aliveAt = now;
		this.#pingedAt = now;
		if (now - this.#aliveAt > (this.#isReady ? silenceMs : startMs)) {
			this.kill(this.#isReady ? iceWords.hung : iceWords.didNotStart);
		} else this.say('ping');
	}

	#end(reason: string): void {
		if (this.#isGone) return;
		this.#isGone = true;
		clearInterval(this.#pings);
		this.#pipe.destroy();
		this.#gone(this.#reason ?? reason);
	}

	#listenToErrors(log: (line: string) => void): void {
		const decoder = new StringDecoder();
		this.#child.stderr?.on('data', (chunk: Buffer) => {
			this.#lastWords = (this.#lastWords + decoder.write(chunk)).slice(-maxWordsLength);
		});
		this.#child.stderr?.on('error', () => undefined);
		this.#child.once('close', () => {
			if (this.#lastWords.trim() !== '') log(iceWords.said(this.#lastWords.trim()));
		});
	}
}

function start(program: string): {child: ChildProcess; pipe: Socket} {
	// What debuggers and loaders want of this process is not meant for that one.
	const {NODE_OPTIONS: _, ...env} = process.env;
	const child = spawn(process.execPath, [program], {
		stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
		env,
		windowsHide: true,
	});
	// Without files for its pipes there are none, and the reason comes as an event only.
	child.on('error', () => undefined);
	const pipes: ChildProcess['stdio'] | undefined = child.stdio;
	const pipe = pipes?.[3];
	if (!pipe) throw new Error(iceWords.noPipe);
	return {child, pipe: pipe as Socket};
}
