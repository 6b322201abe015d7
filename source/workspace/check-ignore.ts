/**
 * One long-lived `git check-ignore` that answers whether paths are ignored: about 3 µs a path, no process a question.
 * git caches rule files of folders it is in, so the owner starts a new one when a rule file changed.
 */
import {type ChildProcessWithoutNullStreams} from 'node:child_process';
import {type Path} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {gitStartFailure, spawnGit} from './git-child.js';
import {gitWords} from './git-words.js';

type Question = {
	/** Answers still missing. */
	left: number;
	readonly answers: boolean[];
	readonly resolve: (answers: readonly boolean[]) => void;
	readonly reject: (error: Error) => void;
};

/** A healthy child answers in microseconds; only a dead disk takes this long. */
const answerTimeoutMs = 20_000;

/** Paths sent in one go, so that neither side's buffers grow without bound. */
const maxPathsAtOnce = 8192;

export class CheckIgnore {
	readonly #args: readonly string[];
	readonly #root: string;
	#child: ChildProcessWithoutNullStreams | undefined;
	#questions: Question[] = [];
	#rest: Buffer = Buffer.alloc(0);
	#timer: NodeJS.Timeout | undefined;
	/** How many are being answered, each in as many questions to git as it takes. */
	#asking = 0;
	#isRetired = false;

	constructor(root: string, args: readonly string[]) {
		this.#root = root;
		this.#args = args;
	}

	/**
	 * For each path, in order, whether a rule ignores it or a folder above it. No path may lie beyond a symbolic link:
	 * git ends then, and the answer is a Failure `git_failed`.
	 */
	async ask(paths: readonly Path[]): Promise<readonly boolean[]> {
		const all: boolean[] = [];
		this.#asking++;
		try {
			for (let start = 0; start < paths.length; start += maxPathsAtOnce) {
				const slice = paths.slice(start, start + maxPathsAtOnce);
				const answers = await this.#askOnce(slice);
				for (const answer of answers) all.push(answer);
			}
		} finally {
			this.#asking--;
			this.#endIfUnused();
		}
		return all;
	}

	/** Ends the child when all that was asked is answered; nothing more may be asked. */
	retire(): void {
		this.#isRetired = true;
		this.#endIfUnused();
	}

	/** Ends the child; questions under way are rejected. The next question starts a new one. */
	close(): void {
		const child = this.#child;
		this.#child = undefined;
		this.#fail(new Failure('aborted'));
		child?.stdin.end();
		child?.kill('SIGKILL');
	}

	#endIfUnused(): void {
		if (this.#isRetired && this.#asking === 0) this.close();
	}

	#askOnce(paths: readonly Path[]): Promise<readonly boolean[]> {
		return new Promise((resolve, reject) => {
			const child = (this.#child ??= this.#start());
			this.#questions.push({left: paths.length, answers: [], resolve, reject});
			this.#watchTime();
			setReferenced(child, true);
			// `./` keeps names that begin with `:` from being pathspec magic.
			child.stdin.write(paths.map((path) => `./${path}\0`).join(''));
		});
	}

	#start(): ChildProcessWithoutNullStreams {
		const child = spawnGit(
			[...this.#args, 'check-ignore', '--stdin', '-z', '--verbose', '--non-matching', '--no-index'],
			{cwd: this.#root},
		);
		this.#rest = Buffer.alloc(0);
		child.stdin.on('error', () => undefined); // the close event tells
		child.stderr.resume();
		child.stdout.on('data', (chunk: Buffer) => {
			if (this.#child === child) this.#read(chunk);
		});
		child.on('error', (error) => {
			this.#ended(child, gitStartFailure(error));
		});
		child.on('close', () => {
			this.#ended(child, new Failure('git_failed', {details: {message: gitWords.checkIgnoreEnded}}));
		});
		return child;
	}

	#ended(child: ChildProcessWithoutNullStreams, failure: Failure): void {
		if (this.#child !== child) return;
		this.#child = undefined;
		this.#fail(failure);
	}

	#fail(failure: Failure): void {
		const questions = this.#questions;
		this.#questions = [];
		this.#watchTime();
		for (const question of questions) question.reject(failure);
	}

	/** Answers are records of four fields that end in NUL: rule file, line, pattern, path. No rule file: no match. */
	#read(chunk: Buffer): void {
		const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
		let at = 0;
		for (;;) {
			const source = data.indexOf(0, at);
			const line = source < 0 ? -1 : data.indexOf(0, source + 1);
			const pattern = line < 0 ? -1 : data.indexOf(0, line + 1);
			const path = pattern < 0 ? -1 : data.indexOf(0, pattern + 1);
			if (path < 0) break;
			const negated = data[line + 1] === 0x21; // `!`
			this.#answer(source > at && !negated);
			at = path + 1;
		}
		this.#rest = data.subarray(at);
	}

	#answer(ignored: boolean): void {
		const question = this.#questions[0];
		if (!question) return;
		question.answers.push(ignored);
		if (--question.left > 0) return;
		this.#questions.shift();
		this.#watchTime();
		question.resolve(question.answers);
	}

	/** One deadline for the oldest question; an idle child keeps no process alive. */
	#watchTime(): void {
		clearTimeout(this.#timer);
		const child = this.#child;
		if (this.#questions.length === 0) {
			if (child) setReferenced(child, false);
			return;
		}
		this.#timer = setTimeout(() => {
			this.#child = undefined;
			child?.kill('SIGKILL');
			this.#fail(new Failure('git_failed', {details: {message: gitWords.timeout}}));
		}, answerTimeoutMs);
	}
}

/** Pipes of a child are sockets underneath; whether they keep the event loop alive is set on each. */
function setReferenced(child: ChildProcessWithoutNullStreams, referenced: boolean): void {
	for (const handle of [child, child.stdin, child.stdout, child.stderr]) {
		if (referenced && 'ref' in handle && typeof handle.ref === 'function') handle.ref();
		if (!referenced && 'unref' in handle && typeof handle.unref === 'function') handle.unref();
	}
}
