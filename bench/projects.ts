/** Projects to sync, made from a seed: the same ones in each run and on each machine. */
import {cpSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {seededRandom} from '../test/helpers/random.js';
import {makeProject, sampleText} from '../test/helpers/sample-project.js';

export type Size = 'full' | 'small';
type Make = (folder: string, size: Size) => void;

const megabyte = 1024 * 1024;

/** 2,000 texts and 20 random binaries of 5 MB, 104 MB in all. */
const sample: Make = (folder, size) => {
	makeProject(
		folder,
		size === 'full'
			? {texts: 2000, binaries: 20, binaryBytes: 5 * megabyte}
			: {texts: 50, binaries: 2, binaryBytes: 200_000},
	);
};

/** 20 random binaries, 1 GB in all. */
const binaries: Make = (folder, size) => {
	makeProject(folder, {
		texts: 0,
		binaries: 20,
		binaryBytes: size === 'full' ? 50 * 1_000_000 : 100_000,
		seed: 2,
	});
};

/** Many small texts, 4 KB each, in folders of 100: 50,000 are 200 MB. */
function smallFiles(count: number): Make {
	return (folder, size) => {
		const random = seededRandom(3);
		for (let index = 0; index < (size === 'full' ? count : count / 500); index++) {
			const part = path.join(folder, `part-${Math.floor(index / 1000)}`, `${Math.floor(index / 100) % 10}`);
			if (index % 100 === 0) mkdirSync(part, {recursive: true});
			writeFileSync(path.join(part, `file-${index}.txt`), sampleText(random, 190));
		}
	};
}

/** Real sources: the packages that this project was installed with, twice, 30,000 files. */
const sources: Make = (folder, size) => {
	const from = path.resolve('node_modules', size === 'full' ? '' : 'ws');
	for (const copy of ['one', 'two'])
		cpSync(from, path.join(folder, copy), {recursive: true, filter: (file) => !file.endsWith('.node')});
};

export const projects = {
	sample,
	binaries,
	'small-files': smallFiles(50_000),
	'2,000 files': smallFiles(2000),
	'50,000 files': smallFiles(50_000),
	sources,
} as const satisfies Record<string, Make>;
export type ProjectName = keyof typeof projects;
