/**
 * A program that saves files without pause, as editors do: it reads a file, changes a line of its own, and writes all of it
 * back in one of four ways. A line of its input is a round of work, which an empty line ends; it answers with the versions of its
 * own that somebody else replaced meanwhile, which must be kept, with those that stood there last, and with how close it came to
 * the others.
 */
import {
	closeSync,
	fstatSync,
	ftruncateSync,
	lstatSync,
	openSync,
	readFileSync,
	renameSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import process from 'node:process';
import {createInterface} from 'node:readline';

/** The ways in which programs save. `held`: through a handle that was opened before somebody else replaced the file. */
export type WayToSave = 'in-place' | 'truncate' | 'rename' | 'held';

export type EditorRound = {
	readonly how: WayToSave;
	readonly files: readonly string[];
	/** How often it saves at least, one file after the other, until it is told to stop. A handle is held once for each file. */
	readonly saves: number;
	readonly periodMs: number;
};

/** Texts by file; `failed` are saves that the system refused. */
export type EditorAnswer = {
	readonly saves: number;
	readonly replaced: readonly (readonly [file: string, text: string])[];
	readonly last: readonly (readonly [file: string, text: string])[];
	readonly failed: readonly string[];
	/** Files that somebody replaced within `nearMs` of a save, before or after it. */
	readonly near: number;
	/** Saves into files that somebody had replaced since they were opened, no longer than `heldMs` before the save. */
	readonly held: number;
	/** Such saves that came later: nobody promises to find them. */
	readonly late: number;
};

export const nearMs = 100;

/**
 * The program looks for the last time 25 ms after a file lost its name, or later; this counts from the last moment at which the file
 * is known to have had it.
 */
export const heldMs = 15;

type Saved = {readonly text: string; readonly atMs: number};

const ways: Record<Exclude<WayToSave, 'held'>, (file: string, text: string) => void> = {
	'in-place': (file, text) => {
		const handle = openSync(file, 'r+');
		try {
			overwrite(handle, text);
		} finally {
			closeSync(handle);
		}
	},
	truncate: (file, text) => writeFileSync(file, text),
	rename: (file, text) => {
		writeFileSync(`${file}~`, text);
		renameSync(`${file}~`, file);
	},
};

function overwrite(handle: number, text: string): void {
	writeSync(handle, text, 0);
	ftruncateSync(handle, Buffer.byteLength(text));
}

let count = 0;

/** One round of work. */
class Round {
	/** It was told to stop. */
	isOver = false;
	readonly #round: EditorRound;
	readonly #mine = new Map<string, Saved>();
	readonly #replaced: [string, string][] = [];
	readonly #failed: string[] = [];
	#saves = 0;
	#near = 0;
	#held = 0;
	#late = 0;

	constructor(round: EditorRound) {
		this.#round = round;
	}

	async work(): Promise<EditorAnswer> {
		const {how, files, saves, periodMs} = this.#round;
		if (how === 'held') {
			await Promise.all(files.map((file) => this.#try(file, () => this.#hold(file))));
		} else {
			// Each file once more, to see what became of its last save.
			for (let [at, end] = [0, Infinity]; at < end; at++) {
				if (this.isOver && end === Infinity) end = Math.max(saves, at + files.length);
				const file = files[at % files.length]!;
				await this.#try(file, () => {
					const text = this.#edit(file, readFileSync(file, 'utf8'));
					ways[how](file, text);
					this.#saved(file, text);
				});
				await new Promise((resolve) => setTimeout(resolve, periodMs));
			}
		}
		return {
			saves: this.#saves,
			replaced: this.#replaced,
			last: [...this.#mine].map(([file, {text}]) => [file, text]),
			failed: this.#failed,
			near: this.#near,
			held: this.#held,
			late: this.#late,
		};
	}

	async #try(file: string, step: () => void | Promise<void>): Promise<void> {
		try {
			await step();
		} catch (error) {
			this.#failed.push(`${this.#round.how} ${file}: ${String(error)}`);
		}
	}

	/** The next text for a file that holds this one; notes what somebody else did to the last one. */
	#edit(file: string, found: string): string {
		const before = this.#mine.get(file);
		if (before && before.text !== found) {
			this.#replaced.push([file, before.text]);
			const replacedAt = lstatSync(file).ctimeMs;
			if (Math.min(Math.abs(replacedAt - before.atMs), Date.now() - replacedAt) <= nearMs) this.#near++;
		}
		return found.replace(/^editor .*$/m, `editor ${++count}`);
	}

	#saved(file: string, text: string): void {
		this.#saves++;
		this.#mine.set(file, {text, atMs: Date.now()});
	}

	/** Opens a file, waits until another one has its name, and saves into the one that it opened. */
	async #hold(file: string): Promise<void> {
		const handle = openSync(file, 'r+');
		try {
			const {ino} = fstatSync(handle, {bigint: true});
			const text = this.#edit(file, readFileSync(handle, 'utf8'));
			const isNamed = () => lstatSync(file, {bigint: true}).ino === ino;
			let namedAt = Date.now();
			for (let now = namedAt; isNamed() && !this.isOver; now = Date.now()) {
				namedAt = now;
				await new Promise((resolve) => setTimeout(resolve, 1));
			}
			overwrite(handle, text);
			const isInTime = Date.now() - namedAt <= heldMs;
			if (isNamed()) return this.#saved(file, text);
			if (isInTime) {
				this.#held++;
				this.#saved(file, text);
			} else {
				this.#late++;
			}
		} finally {
			closeSync(handle);
		}
	}
}

if (process.argv[1]?.endsWith('editor-program.js')) {
	let round: Round | undefined;
	for await (const line of createInterface({input: process.stdin})) {
		if (line === '') {
			if (round) round.isOver = true;
			continue;
		}
		round = new Round(JSON.parse(line) as EditorRound);
		void round.work().then((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`));
	}
}
