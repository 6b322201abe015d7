/**
 * Reads objects through one long-lived `git cat-file --batch-command`: a request costs a round trip on a pipe and no
 * process. Answers come in order. A child that dies or hangs is replaced and its open requests are asked again, once.
 */
import {type ChildProcessWithoutNullStreams} from 'node:child_process';
import {type Oid} from '../protocol/content.js';
import {startGit} from './git-child.js';
import {maxHeaderBytes, type ObjectInfo, parseHeader} from './cat-file-header.js';
import {storeDamaged} from './store-failure.js';
import {damageWords} from './store-words.js';

/** An answer takes well under a millisecond; a child that says nothing for this long hangs. */
const silenceMs = 30_000;

/** `content` is missing where the object is larger than the request allowed. */
export type ReadObject = ObjectInfo & {readonly content?: Buffer};

type Request = {
	readonly oid: Oid;
	/** undefined: only type and size are wanted. */
	readonly maxBytes?: number;
	readonly resolve: (object: ReadObject | undefined) => void;
	readonly reject: (error: Error) => void;
	askedAgain: boolean;
};

type Body = {readonly info: ObjectInfo; readonly content?: Buffer; filled: number};

export class CatFile {
	readonly #gitDir: string;
	#child: ChildProcessWithoutNullStreams | undefined;
	#open: Request[] = [];
	#answered = 0;
	#rest: Buffer = Buffer.alloc(0);
	#body: Body | undefined;
	#watch: NodeJS.Timeout | undefined;
	#isStale = false;
	#closed = false;

	constructor(gitDir: string) {
		this.#gitDir = gitDir;
	}

	/** Type and size; undefined if there is no such object. */
	async info(oid: Oid): Promise<ObjectInfo | undefined> {
		return this.#ask(oid);
	}

	/** The object, its content only up to `maxBytes`; undefined if there is no such object. */
	async read(oid: Oid, maxBytes: number): Promise<ReadObject | undefined> {
		return this.#ask(oid, maxBytes);
	}

	/** Ends the child as soon as its answers are out; the next request starts a new one, which opens the packs anew. */
	restart(): void {
		this.#isStale = true;
		this.#endIfStale();
	}

	/** Puts another child in its place at once: what this one still sees may be gone. Open requests are asked again. */
	replace(): void {
		const requests = this.#open.slice(this.#answered);
		const child = this.#child;
		this.#forget();
		child?.kill('SIGKILL');
		for (const request of requests) {
			this.#send(request);
		}
	}

	async close(): Promise<void> {
		this.#closed = true;
		const child = this.#child;
		this.#fail(new Error('the store was closed'));
		this.#forget();
		if (child && child.exitCode === null && child.signalCode === null) {
			await new Promise<void>((resolve) => {
				child.once('close', () => {
					resolve();
				});
				child.kill('SIGKILL');
			});
		}
	}

	async #ask(oid: Oid, maxBytes?: number): Promise<ReadObject | undefined> {
		if (this.#closed) {
			throw new Error('the store was closed');
		}

		return new Promise((resolve, reject) => {
			this.#send({oid, maxBytes, resolve, reject, askedAgain: false});
		});
	}

	#send(request: Request): void {
		const {oid, maxBytes} = request;
		try {
			this.#child ??= this.#start();
		} catch (error) {
			// Whoever waits hears of it; this may be the turn of a child that has just ended.
			request.reject(error instanceof Error ? error : storeDamaged(damageWords.catFile));
			return;
		}

		this.#open.push(request);
		this.#child.stdin.write(`${maxBytes === undefined ? 'info' : 'contents'} ${oid}\n`);
		if (!this.#watch) {
			this.#startWatch();
		}
	}

	#start(): ChildProcessWithoutNullStreams {
		const child = startGit(this.#gitDir, ['cat-file', '--batch-command']);
		child.stdout.on('data', (chunk: Buffer) => {
			if (child === this.#child) {
				this.#receive(chunk);
			}
		});
		child.stderr.resume();
		const gone = () => {
			if (child === this.#child) {
				this.#recover();
			}
		};

		child.on('error', gone);
		child.on('close', gone);
		return child;
	}

	/** One timer for all: it is put off by every chunk that comes and stands while requests are open. */
	#startWatch(): void {
		this.#watch = setTimeout(() => {
			this.#watch = undefined;
			if (this.#open.length > this.#answered) {
				this.#child?.kill('SIGKILL');
			}
		}, silenceMs);
	}

	#receive(chunk: Buffer): void {
		this.#watch?.refresh();
		this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
		try {
			while (this.#rest.length > 0 && (this.#body ? this.#takeBody(this.#body) : this.#takeHeader()));
		} catch (error) {
			// Out of step with the child: what follows cannot be told apart, so another child is asked.
			this.#rest = Buffer.alloc(0);
			this.#child?.kill('SIGKILL');
			this.#open[this.#answered]?.reject(error instanceof Error ? error : storeDamaged(damageWords.catFile));
			this.#next();
		}

		if (this.#open.length === this.#answered) {
			clearTimeout(this.#watch);
			this.#watch = undefined;
			this.#endIfStale();
		}
	}

	#endIfStale(): void {
		if (this.#isStale && this.#open.length === this.#answered) {
			const child = this.#child;
			this.#forget();
			child?.stdin.end();
		}
	}

	#takeHeader(): boolean {
		const end = this.#rest.indexOf(10);
		if (end < 0 && this.#rest.length <= maxHeaderBytes) {
			return false;
		}

		const header = parseHeader(this.#rest.toString('latin1', 0, Math.max(0, end)));
		const request = this.#open[this.#answered];
		this.#rest = this.#rest.subarray(end + 1);
		if (!header || !request || header.oid !== request.oid) {
			throw storeDamaged(damageWords.outOfStep);
		}

		const {info} = header;
		if (info && request.maxBytes !== undefined) {
			const content = info.bytes <= request.maxBytes ? Buffer.allocUnsafe(info.bytes) : undefined;
			this.#body = {info, content, filled: 0};
		} else {
			request.resolve(info);
			this.#next();
		}

		return true;
	}

	/** Takes what has come of a content and the line feed after it. */
	#takeBody(body: Body): boolean {
		const {info, content} = body;
		const part = this.#rest.subarray(0, info.bytes - body.filled);
		if (content) {
			part.copy(content, body.filled);
		}

		body.filled += part.length;
		this.#rest = this.#rest.subarray(part.length);
		if (body.filled < info.bytes || this.#rest.length === 0) {
			return false;
		}

		this.#rest = this.#rest.subarray(1);
		this.#body = undefined;
		this.#open[this.#answered]?.resolve({...info, content});
		this.#next();
		return true;
	}

	#next(): void {
		this.#answered++;
		// Shifting one by one is slow for long queues, so answered requests are dropped in bulk.
		if (this.#answered === this.#open.length || this.#answered >= 1024) {
			this.#open = this.#open.slice(this.#answered);
			this.#answered = 0;
		}
	}

	/** The child is gone: those that were asked twice fail, the others are asked again. */
	#recover(): void {
		const requests = this.#open.slice(this.#answered);
		this.#forget();
		for (const [at, request] of requests.entries()) {
			// Only the first can be what killed it; the others were merely behind it.
			if (at === 0 && request.askedAgain) {
				request.reject(storeDamaged(damageWords.unreadable, {oid: request.oid}));
				continue;
			}

			request.askedAgain ||= at === 0;
			this.#send(request);
		}
	}

	#fail(error: Error): void {
		for (const request of this.#open.slice(this.#answered)) {
			request.reject(error);
		}
	}

	#forget(): void {
		clearTimeout(this.#watch);
		this.#watch = undefined;
		this.#child = undefined;
		this.#isStale = false;
		this.#open = [];
		this.#answered = 0;
		this.#rest = Buffer.alloc(0);
		this.#body = undefined;
	}
}
