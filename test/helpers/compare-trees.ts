/** What is different between two folders, as a person would look: content, exec bit, links. */
import {createHash} from 'node:crypto';
import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import path from 'node:path';

/** Paths that differ, in words; `.pulsync`, `.git` and what is in `ignored` do not count. Empty: equal. */
export function compareTrees(one: string, other: string, ignored: readonly string[] = []): string[] {
	const [left, right] = [describeTree(one, ignored), describeTree(other, ignored)];
	const differences: string[] = [];
	for (const name of new Set([...left.keys(), ...right.keys()])) {
		const [here, there] = [left.get(name) ?? 'absent', right.get(name) ?? 'absent'];
		if (here !== there) differences.push(`${JSON.stringify(name)}: ${here} | ${there}`);
	}
	return differences.slice(0, 20);
}

/**
 * Each file and link below the folder, by its path, described by all that is synced of it. What goes while it is looked at is
 * not there.
 */
export function describeTree(root: string, ignored: readonly string[] = []): Map<string, string> {
	const found = new Map<string, string>();
	const skipped = new Set(['.pulsync', '.git', ...ignored]);
	const visit = (folder: string) => {
		for (const name of readdirSync(path.join(root, folder))) {
			const relative = folder === '' ? name : `${folder}/${name}`;
			if (skipped.has(relative) || skipped.has(name)) continue;
			unlessGone(() => describe(relative));
		}
	};
	const describe = (relative: string) => {
		const file = path.join(root, relative);
		const stat = lstatSync(file);
		if (stat.isDirectory()) visit(relative);
		else if (stat.isSymbolicLink()) found.set(relative, `link to ${readlinkSync(file)}`);
		else if (stat.isFile()) found.set(relative, describeFile(file, stat.mode));
	};
	visit('');
	return found;
}

function unlessGone(look: () => void): void {
	try {
		look();
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : undefined;
		if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
	}
}

function describeFile(file: string, mode: number): string {
	const bytes = readFileSync(file);
	const digest = createHash('sha1').update(bytes).digest('hex').slice(0, 12);
	return `${mode & 0o100 ? 'program' : 'file'} of ${bytes.length} bytes ${digest}`;
}
