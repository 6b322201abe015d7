/**
 * The private bare repository `repo.git` and its settings, written by us and not by `git init`, so that no template or
 * setting of the user gets in. Opening it again repairs settings and sweeps up what a crash left.
 */
import {mkdir, readdir, readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {replaceFile, syncFolder} from './durable-file.js';
import {systemCode} from './store-failure.js';

/** Where things are. `temporary` is on the same file system as the objects, so renames are atomic. */
export type Layout = {
	readonly gitDir: string;
	readonly objects: string;
	readonly packs: string;
	readonly temporary: string;
	/** Resumable large objects; kept over restarts. */
	readonly incoming: string;
	readonly graph: string;
	readonly shallow: string;
	/** What commits changed; may be lost. */
	readonly changes: string;
};

const settings = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	bigFileThreshold = 512k
	compression = 1
	looseCompression = 1
	autocrlf = false
	safecrlf = false
	protectNTFS = true
	protectHFS = true
	symlinks = true
	fsmonitor = false
	hooksPath = /dev/null
	quotePath = false
	logAllRefUpdates = false
	packedGitWindowSize = 32m
	packedGitLimit = 256m
	fsync = all
[gc]
	auto = 0
[maintenance]
	auto = false
[pack]
	threads = 1
	compression = 1
	writeReverseIndex = false
[repack]
	writeBitmaps = false
	updateServerInfo = false
[protocol]
	allow = never
[merge]
	conflictStyle = merge
`;

const attributes = '* -text -filter -ident -eol -working-tree-encoding !merge !diff\n';

function layoutOf(folder: string): Layout {
	const gitDir = path.join(folder, 'repo.git');
	return {
		gitDir,
		objects: path.join(gitDir, 'objects'),
		packs: path.join(gitDir, 'objects', 'pack'),
		temporary: path.join(gitDir, 'tmp'),
		incoming: path.join(folder, 'tmp', 'incoming'),
		graph: path.join(gitDir, 'graph'),
		shallow: path.join(gitDir, 'shallow'),
		changes: path.join(gitDir, 'changed-paths'),
	};
}

/** Makes the repository, or opens it: missing parts are added, leftovers of a crash removed. */
export async function openLayout(folder: string): Promise<Layout> {
	const layout = layoutOf(folder);
	const {gitDir} = layout;
	let isNew = false;
	for (const part of [
		layout.packs,
		path.join(layout.objects, 'info'),
		path.join(gitDir, 'refs', 'heads'),
		path.join(gitDir, 'refs', 'tags'),
		path.join(gitDir, 'refs', 'pulsync'),
		path.join(gitDir, 'info'),
		layout.temporary,
		layout.incoming,
	]) {
		isNew = (await mkdir(part, {recursive: true, mode: 0o700})) !== undefined || isNew;
	}

	if (isNew) {
		// The refs are in there: a power cut must not take the folders away from under them.
		for (const made of [folder, gitDir, path.join(gitDir, 'refs'), layout.objects]) {
			await syncFolder(made);
		}
	}

	await sweep(layout);
	// HEAD names a branch that is never born: git asks for a HEAD, and nothing of ours hangs on it.
	await keepFile(layout, 'HEAD', 'ref: refs/heads/none\n');
	await keepFile(layout, 'config', settings);
	await keepFile(layout, path.join('info', 'attributes'), attributes);
	return layout;
}

/** The folders that hold objects. */
export async function objectFolders({objects}: Layout): Promise<string[]> {
	const names = await readdir(objects);
	return [objects, ...names.filter((name) => name !== 'info').map((name) => path.join(objects, name))];
}

async function keepFile(layout: Layout, name: string, text: string): Promise<void> {
	const file = path.join(layout.gitDir, name);
	const present = await readFile(file, 'utf8').catch(() => undefined);
	if (present !== text) {
		await replaceFile(file, Buffer.from(text), path.join(layout.temporary, 'setting'));
	}
}

/** One process owns the store, so temporary files and locks that are here before we wrote any are leftovers. */
async function sweep({gitDir, temporary, packs}: Layout): Promise<void> {
	for (const name of await readdir(temporary)) {
		await rm(path.join(temporary, name), {recursive: true, force: true});
	}

	for (const name of await readdir(packs)) {
		if (/^(tmp_|\.tmp-)|\.lock$/.test(name)) {
			await rm(path.join(packs, name), {force: true});
		}
	}

	for (const name of ['shallow.lock', 'config.lock', 'HEAD.lock', 'packed-refs.lock']) {
		await rm(path.join(gitDir, name), {force: true});
	}

	await removeLocks(path.join(gitDir, 'refs', 'pulsync'));
}

async function removeLocks(folder: string): Promise<void> {
	try {
		for (const entry of await readdir(folder, {withFileTypes: true})) {
			const full = path.join(folder, entry.name);
			if (entry.isDirectory()) {
				await removeLocks(full);
			} else if (entry.name.endsWith('.lock')) {
				await rm(full, {force: true});
			}
		}
	} catch (error) {
		if (systemCode(error) !== 'ENOENT') {
			throw error;
		}
	}
}
