/** What the start screen says about a folder before anything is decided: roughly how much is in it. */
import {lstatSync, existsSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import path from 'node:path';

export type FolderFacts = {
	readonly files: number;
	readonly bytes: number;
	readonly isGit: boolean;
	/** False: there is more than could be counted in time. */
	readonly isComplete: boolean;
};

/** Counting goes on only as long as a person waits without noticing. */
const deadlineMs = 300;
/** What no project means by its files. */
const skipped: ReadonlySet<string> = new Set(['.git', '.pulsync', 'node_modules']);

/** Counts files without following links; in a large folder, those that were found in time. */
export async function countFolder(root: string): Promise<FolderFacts> {
	const until = Date.now() + deadlineMs;
	const folders = [root];
	let [files, bytes] = [0, 0];
	while (folders.length > 0 && Date.now() < until) {
		const folder = folders.pop()!;
		const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
		for (const entry of entries) {
			const file = path.join(folder, entry.name);
			if (entry.isDirectory() && !skipped.has(entry.name)) folders.push(file);
			if (!entry.isFile()) continue;
			files++;
			bytes += lstatSync(file, {throwIfNoEntry: false})?.size ?? 0;
		}
	}
	return {files, bytes, isGit: existsSync(path.join(root, '.git')), isComplete: folders.length === 0};
}
