/**
 * A program that saves files without pause, as editors do: it reads a file, changes a line of its own, and writes all of it
 * back in one of three ways. Each line of its input is a round of work; it answers with the versions of its own that somebody
 * else replaced meanwhile, which must be kept, and with those that stood there last.
 */
import {
	closeSync,
	ftruncateSync,
	openSync,
	readFileSync,
	renameSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import process from 'node:process';
import {createInterface} from 'node:readline';

/** The three ways in which programs save. */
export type WayToSave = 'in-place' | 'truncate' | 'rename';

export type EditorRound = {
	readonly how: WayToSave;
	readonly files: readonly string[];
	/** How often it saves, one file after the other. */
	readonly saves: number;
	readonly periodMs: number;
};

/** Texts by file; `failed` are saves that the system refused. */
export type EditorAnswer = {
	readonly replaced: readonly (readonly [file: string, text: string])[];
	readonly last: readonly (readonly [file: string, text: string])[];
	readonly failed: readonly string[];
};

const ways: Record<WayToSave, (file: string, text: string) => void> = {
	'in-place': (file, text) => {
		const handle = openSync(file, 'r+');
		try {
			writeSync(handle, text, 0);
			ftruncateSync(handle, Buffer.byteLength(text));
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

let count = 0;

async function work({how, files, saves, periodMs}: EditorRound): Promise<EditorAnswer> {
	const mine = new Map<string, string>();
	const replaced: [string, string][] = [];
	const failed: string[] = [];
	for (let at = 0; at < saves; at++) {
		const file = files[at % files.length]!;
		try {
			const found = readFileSync(file, 'utf8');
			const before = mine.get(file);
			if (before !== undefined && before !== found) replaced.push([file, before]);
			const text = found.replace(/^editor .*$/m, `editor ${++count}`);
			ways[how](file, text);
			mine.set(file, text);
		} catch (error) {
			failed.push(`${how} ${file}: ${String(error)}`);
		}
		await new Promise((resolve) => setTimeout(resolve, periodMs));
	}
	return {replaced, last: [...mine], failed};
}

if (process.argv[1]?.endsWith('editor-program.js')) {
	for await (const line of createInterface({input: process.stdin})) {
		process.stdout.write(`${JSON.stringify(await work(JSON.parse(line) as EditorRound))}\n`);
	}
}
