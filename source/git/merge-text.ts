/** Merges the text of one file by `git merge-file`, the same whichever side is called first. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {type Oid} from '../protocol/content.js';
import {type ObjectReader} from './object-reader.js';
import {gitFailed, runGit} from './git-child.js';
import {type Layout} from './repository-layout.js';
import {withStoreFailures} from './store-failure.js';

/** Larger texts are not merged by line: they are data, and the diff of a hostile one takes minutes. */
const maxMergedBytes = 4 * 1024 * 1024;

/** Git looks this far for a NUL to tell binary from text. */
const binarySampleBytes = 8000;

const deadlineMs = 20_000;

/** The merged text; undefined where it conflicts, is binary or too large. `one` and `other` may come in any order. */
export async function mergeTexts(
	layout: Layout,
	objects: ObjectReader,
	base: Oid,
	one: Oid,
	other: Oid,
	signal?: AbortSignal,
): Promise<Buffer | undefined> {
	const [first, second] = one < other ? [one, other] : [other, one];
	const texts: Buffer[] = [];
	for (const oid of [first, base, second]) {
		const text = await readText(objects, oid);
		if (!text) {
			return undefined;
		}

		texts.push(text);
	}

	return withStoreFailures(async () => {
		const folder = await mkdtemp(path.join(layout.temporary, 'merge-'));
		try {
			const names = ['first', 'base', 'second'].map((name) => path.join(folder, name));
			await Promise.all(names.map(async (name, at) => writeFile(name, texts[at] ?? '')));
			return await runMerge(layout.gitDir, names, signal);
		} finally {
			await rm(folder, {recursive: true, force: true});
		}
	});
}

async function runMerge(
	gitDir: string,
	names: readonly string[],
	signal?: AbortSignal,
): Promise<Buffer | undefined> {
	const args = ['merge-file', '-p', '-q', ...names];
	const {exitCode, output, message} = await runGit(gitDir, args, {
		maxOutputBytes: 4 * maxMergedBytes,
		deadlineMs,
		signal,
	});
	// 0: clean; 1 to 127: so many conflicts; above: an error, one of which is binary content.
	if (exitCode > 127 && !message.includes('binary')) {
		throw gitFailed(args, message);
	}

	return exitCode === 0 && output.length <= maxMergedBytes ? output : undefined;
}

async function readText(objects: ObjectReader, oid: Oid): Promise<Buffer | undefined> {
	const info = await objects.info(oid);
	if (info?.type !== 'blob' || info.bytes > maxMergedBytes) {
		return undefined;
	}

	const content = (await objects.read(oid, maxMergedBytes))?.content;
	return content?.subarray(0, binarySampleBytes).includes(0) ? undefined : content;
}
