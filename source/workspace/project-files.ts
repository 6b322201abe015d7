/**
 * The `.pulsync` folder of a project: made private, hidden from the user's git, never through a link, and locked for one
 * instance. Temporary files of an earlier run go; what was received half and what a race left behind stays.
 */
import {chmod, lstat, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {Failure} from '../protocol/failure.js';
import {makeFolderIn, toFailure, writeDurably} from './durable.js';
import {noteModes, probeModes} from './file-modes.js';
import {racedPrefix, settleLeftBehind} from './kept-files.js';
import {lockProject, type ProjectLock} from './project-lock.js';

export type ProjectFolder = {
	/** Absolute path of `.pulsync`. */
	readonly folder: string;
	/** For whole files on the same file system as the project. */
	readonly tmp: string;
	/** Lets another instance open the project. */
	close(): Promise<void>;
};

export function pulsyncFolderOf(root: string): string {
	return join(root, '.pulsync');
}

/** True if nothing but `.pulsync` is in the folder. */
export async function isEmptyProject(root: string): Promise<boolean> {
	return (await readdir(root)).every((name) => name === '.pulsync');
}

/** True if the project has been opened before. */
export async function hasProjectFolder(root: string): Promise<boolean> {
	return lstat(pulsyncFolderOf(root)).then(
		(stats) => stats.isDirectory(),
		() => false,
	);
}

/**
 * Makes or opens `.pulsync` and locks it. Throws Failure `already_running` (`details.pid`), `state_unreadable` (it is not
 * a folder, or cannot be written), `disk_full`.
 */
export async function openProjectFolder(root: string): Promise<ProjectFolder> {
	const folder = pulsyncFolderOf(root);
	const tmp = join(folder, 'tmp');
	let lock: ProjectLock | undefined;
	try {
		await makeFolder(folder);
		// First of all: whatever happens next, the user's git sees nothing of it.
		await writeDurably(join(folder, '.gitignore'), '*\n', 0o644);
		lock = await lockProject(folder);
		noteModes(folder, probeModes(folder));
		await makeFolder(tmp);
		await emptyTmp(tmp);
	} catch (error) {
		await lock?.release();
		throw toFailure(error, 'state_unreadable', folder);
	}
	return {folder, tmp, close: () => lock.release()};
}

async function makeFolder(path: string): Promise<void> {
	await makeFolderIn(path);
	const stats = await lstat(path);
	if (!stats.isDirectory()) throw new Failure('state_unreadable', {severity: 'fatal', details: {path}});
	if ((stats.mode & 0o077) !== 0) await chmod(path, 0o700).catch(() => undefined);
}

async function emptyTmp(tmp: string): Promise<void> {
	for (const name of await readdir(tmp)) {
		// What a race left behind may be the only copy of it: a person is told at each start, and takes it away.
		if (name === 'incoming' || name.startsWith(racedPrefix) || settleLeftBehind(tmp, name)) continue;
		await rm(join(tmp, name), {recursive: true, force: true});
	}
}
