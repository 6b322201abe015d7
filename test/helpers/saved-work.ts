/** Work of several people on one project that says itself what it saved, so that what is torn or lost is found. */
import {createHash} from 'node:crypto';
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {type Random} from './random.js';

/** Content that says itself whether it is whole: text that git merges line by line is checked line by line. */
function wholeBytes(random: Random, length: number): Buffer {
	const bytes = random.bytes(length);
	return Buffer.concat([bytes, createHash('sha1').update(bytes).digest()]);
}

const wholeLine = (text: string) => `${text} ${createHash('sha1').update(text).digest('hex')}`;

function isWhole(name: string, bytes: Buffer): boolean {
	if (name.endsWith('.bin')) {
		const body = bytes.subarray(0, -20);
		return createHash('sha1').update(body).digest().equals(bytes.subarray(-20));
	}
	const lines = bytes.toString().split('\n');
	return lines.pop() === '' && lines.every((line) => line === wholeLine(line.slice(0, -41)));
}

export function filesBelow(folder: string): string[] {
	return readdirSync(folder, {recursive: true, withFileTypes: true})
		.filter((entry) => entry.isFile())
		.map(({parentPath, name}) => path.join(parentPath, name));
}

/** Files of a project that are torn. */
export function tornFiles(root: string): string[] {
	const folders = readdirSync(root).filter((name) => name !== '.pulsync');
	const files = folders.flatMap((name) => filesBelow(path.join(root, name)));
	return files.filter((file) => !isWhole(file, readFileSync(file)));
}

/** Saved as a careful program saves, so that what is torn was not torn by the test. */
export function save(file: string, content: Buffer | string): void {
	mkdirSync(path.dirname(file), {recursive: true});
	writeFileSync(`${file}.new`, content);
	renameSync(`${file}.new`, file);
}

/** Changes one line; looks at the file once more just before it is replaced, as a careful editor does. */
function edit(file: string, place: number, line: string): void {
	for (;;) {
		const before = traceOf(file);
		const lines = readLines(file);
		lines[place] = line;
		mkdirSync(path.dirname(file), {recursive: true});
		writeFileSync(`${file}.new`, `${lines.join('\n')}\n`);
		if (traceOf(file) !== before) continue;
		renameSync(`${file}.new`, file);
		return;
	}
}

function traceOf(file: string): string {
	const stat = statSync(file, {throwIfNoEntry: false});
	return `${stat?.ino} ${stat?.mtimeMs}`;
}

/** What one person saved last: the lines of texts that both edit, and files of their own by digest, undefined for removed. */
export type Saved = {
	readonly lines: Map<string, Map<number, string>>;
	readonly files: Map<string, string | undefined>;
};

/** A burst of work on one peer's disk: texts that both edit, many small files, a large one, moves and removals. */
export function work(folder: string, who: string, round: number, random: Random, saved: Saved): void {
	for (let at = 0; at < 10; at++) {
		const name = `both/text-${random.below(20)}.txt`;
		const file = path.join(folder, name);
		const place = who === 'ada' ? random.below(20) : 30 + random.below(20);
		const line = wholeLine(`${who} ${round}.${at}`);
		edit(file, place, line);
		const places = saved.lines.get(name) ?? new Map<number, string>();
		saved.lines.set(name, places.set(place, line));
	}
	const saveOwn = (name: string, bytes: Buffer) => {
		save(path.join(folder, name), bytes);
		saved.files.set(name, digestOf(bytes));
	};
	const set = `${who}/set-${round % 4}`;
	if (random.below(5) === 0) {
		rmSync(path.join(folder, set), {recursive: true, force: true});
		for (const name of saved.files.keys()) if (name.startsWith(`${set}/`)) saved.files.set(name, undefined);
	}
	for (let at = 0; at < 60; at++) saveOwn(`${set}/${at}.bin`, wholeBytes(random, 1 + random.below(4000)));
	if (random.below(3) === 0) saveOwn(`${who}/large-${random.below(3)}.bin`, wholeBytes(random, 6_000_000));
}

const digestOf = (bytes: Buffer) => createHash('sha1').update(bytes).digest('hex');

/** What was saved and stands on no disk: a line is there if one of the two sides of a conflict has it. */
export function lostSaves(
	folders: readonly string[],
	{lines, files}: Saved,
	isSavedOver: (name: string, line: string) => boolean,
): string[] {
	const lost: string[] = [];
	for (const [name, places] of lines) {
		const there = new Set(folders.flatMap((folder) => readLines(path.join(folder, name))));
		for (const [place, line] of places) {
			if (there.has(line)) continue;
			if (isSavedOver(name, line)) places.delete(place);
			else lost.push(`${name}: ${line}`);
		}
	}
	for (const [name, digest] of files) {
		for (const folder of folders) {
			const file = path.join(folder, name);
			const found = existsSync(file) ? digestOf(readFileSync(file)) : undefined;
			if (found !== digest) lost.push(file);
		}
	}
	return lost;
}

export function readLines(file: string): string[] {
	try {
		return readFileSync(file, 'utf8').trimEnd().split('\n');
	} catch {
		return Array.from({length: 60}, (_, at) => wholeLine(`line ${at}`));
	}
}
