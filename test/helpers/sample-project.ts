/** Projects made of nothing but a seed. */
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {type Random, seededRandom} from './random.js';

export type ProjectSize = {
	readonly texts: number;
	readonly binaries: number;
	readonly binaryBytes: number;
	readonly seed?: number;
};

/** The project that speed and memory are promised for. */
export const wholeSize: ProjectSize = {texts: 2000, binaries: 20, binaryBytes: 5 * 1024 * 1024};
export const smallSize: ProjectSize = {texts: 60, binaries: 2, binaryBytes: 200 * 1024};

const words =
	'player enemy score level mesh update render input sound asset network peer commit merge path'.split(' ');

/** Text files in nested folders, some of them executable, binaries, and links; returns the paths of the texts. */
export function makeProject(folder: string, {texts, binaries, binaryBytes, seed = 1}: ProjectSize): string[] {
	const random = seededRandom(seed);
	const paths: string[] = [];
	for (let index = 0; index < texts; index++) {
		const relative = `source/part-${index % 40}/${random.pick(words)}-${index}.ts`;
		write(folder, relative, sampleText(random, 10 + random.below(80)), index % 25 === 0 ? 0o755 : 0o644);
		paths.push(relative);
	}
	for (let index = 0; index < binaries; index++) {
		write(folder, `assets/image-${index}.bin`, random.bytes(binaryBytes), 0o644);
	}
	if (texts > 0) symlinkSync(path.basename(paths[0]!), path.join(folder, path.dirname(paths[0]!), 'link'));
	return paths;
}

export function sampleText(random: Random, lines: number): string {
	let text = '';
	for (let line = 0; line < lines; line++) {
		text += `${random.pick(words)} ${random.pick(words)} ${random.below(1_000_000)};\n`;
	}
	return text;
}

function write(folder: string, relative: string, content: string | Buffer, mode: number): void {
	const file = path.join(folder, relative);
	mkdirSync(path.dirname(file), {recursive: true});
	writeFileSync(file, content, {mode});
}
