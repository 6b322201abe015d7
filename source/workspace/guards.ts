/**
 * When to stop and ask instead of syncing: the project is not where or what it was, most of it vanished at once, or the
 * disk has no room. Each guard throws a fatal Failure; none changes anything.
 */
import {lstat, readFile, statfs} from 'node:fs/promises';
import {join} from 'node:path';
import {Failure} from '../protocol/failure.js';
import {errorCode} from './disk-entry.js';
import {writeDurably} from './durable.js';

/** Deleting this many files at once is normal work whatever the size of the project. */
const fewDeletions = 200;

/** The share of a project whose deletion at once is taken for an accident. */
const manyDeletionsShare = 0.25;

/** Left free on the disk for everybody else. */
const reserveBytes = 64 * 1024 * 1024;

/** What `checkRoot` compares with: taken when the project is opened. */
export type RootIdentity = {readonly mark: string; readonly device: number; readonly ino: number};

/** Writes the mark, which says which session and which copy of the project a folder is. */
export async function writeMark(folder: string, mark: string): Promise<void> {
	await writeDurably(join(folder, 'mark'), `${mark}\n`, 0o600);
}

/** True if this is the mark of what stands there now. */
export async function hasMark(folder: string, mark: string): Promise<boolean> {
	const text = await readFile(join(folder, 'mark'), 'utf8').catch(() => undefined);
	return text?.trimEnd() === mark;
}

/** The identity of a project at this moment. Throws Failure `root_missing`. */
export async function readRootIdentity(root: string, mark: string): Promise<RootIdentity> {
	const stats = await lstat(root).catch(() => undefined);
	if (!stats?.isDirectory()) throw stop('root_missing', {root});
	return {mark, device: stats.dev, ino: stats.ino};
}

/**
 * Throws Failure `root_missing` (the folder, or its `.pulsync`, is gone or no folder), `other_filesystem` (something is
 * mounted there now), `root_replaced` (another folder, or the mark of another session or copy).
 */
export async function checkRoot(options: {
	root: string;
	folder: string;
	identity: RootIdentity;
}): Promise<void> {
	const {root, folder, identity} = options;
	const stats = await lstat(root).catch(() => undefined);
	if (!stats?.isDirectory()) throw stop('root_missing', {root});
	if (stats.dev !== identity.device) throw stop('other_filesystem', {root});
	const state = await lstat(folder).catch(() => undefined);
	if (!state?.isDirectory()) throw stop('root_missing', {root});
	const mark = await readFile(join(folder, 'mark'), 'utf8').catch((error: unknown) => {
		throw stop(errorCode(error) === 'ENOENT' ? 'root_replaced' : 'state_unreadable', {root});
	});
	if (mark.trimEnd() !== identity.mark || stats.ino !== identity.ino) throw stop('root_replaced', {root});
}

/**
 * Judges a scan before anything is made of it. `shown` counts the files that were shared before, `gone` those missing
 * now, `left` those still there, new ones included. Throws Failure `root_emptied` or `mass_deletion`.
 */
export function checkDeletions({shown, gone, left}: {shown: number; gone: number; left: number}): void {
	if (shown >= 2 && gone >= shown && left === 0) throw stop('root_emptied', {gone});
	if (gone > Math.max(fewDeletions, shown * manyDeletionsShare)) throw stop('mass_deletion', {gone, shown});
}

/** Throws Failure `disk_full`, which names the reserve as needed too, if a plan that writes so many bytes does not fit. */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
	const {bavail, bsize} = await statfs(folder);
	const free = bavail * bsize;
	const neededBytes = bytes + Math.min(reserveBytes, bytes);
	if (free < neededBytes) throw new Failure('disk_full', {details: {neededBytes, freeBytes: free}});
}

function stop(code: string, details: Record<string, string | number>): Failure {
	return new Failure(code, {severity: 'fatal', details});
}
