/**
 * One running instance a project: a lock file that names its process. A lock whose process is gone is taken over; the
 * process's start time tells a process that merely got the same number.
 */
import {readFileSync} from 'node:fs';
import {link, mkdir, readFile, rename, rm, rmdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {randomBytes} from 'node:crypto';
import {Failure} from '../protocol/failure.js';
import {errorCode} from './disk-entry.js';
import {toFailure} from './durable.js';

export type ProjectLock = {release(): Promise<void>};

/** Tries, and the wait between them, while somebody else takes over a stale lock: that takes microseconds. */
const maxAttempts = 20;
const retryMs = 25;

/** Whoever holds the right to take over for so long has died over it. */
const staleTakeoverMs = 10_000;

/** Throws Failure `already_running` with `details.pid` while another process has the project open. */
export async function lockProject(folder: string): Promise<ProjectLock> {
	const path = join(folder, 'lock');
	const mine = `${process.pid} ${startTimeOf(process.pid)} ${randomBytes(8).toString('hex')}\n`;
	const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
	try {
		await writeFile(own, mine, {mode: 0o600, flag: 'wx'});
		for (let attempt = 1; attempt <= maxAttempts; attempt++) {
			if (await tryLink(own, path)) return {release: () => release(path, mine)};
			const theirs = await readLock(path);
			if (theirs === undefined) continue;
			const pid = findRunning(theirs);
			if (pid !== undefined) throw new Failure('already_running', {severity: 'fatal', details: {pid}});
			if (await takeOver(path, theirs, own)) return {release: () => release(path, mine)};
			await new Promise((resolve) => setTimeout(resolve, retryMs));
		}
		throw new Failure('already_running', {severity: 'fatal', details: {pid: 0}});
	} catch (error) {
		throw toFailure(error, 'state_unreadable', path);
	} finally {
		await rm(own, {force: true});
	}
}

/** The process that a lock names, if it is still that process. */
function findRunning(lock: string): number | undefined {
	const [pidText = '', startTime = ''] = lock.trim().split(' ');
	const pid = Number(pidText);
	if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
	try {
		process.kill(pid, 0);
	} catch (error) {
		if (errorCode(error) === 'ESRCH') return undefined;
	}
	const now = startTimeOf(pid);
	return now === startTime || now === '-' || startTime === '-' ? pid : undefined;
}

/** When a process started, in ticks since boot; `-` where the system does not say. */
function startTimeOf(pid: number): string {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		// The name in the second field may hold spaces and brackets; the 20th field after it is the start time.
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
	} catch {
		return '-';
	}
}

async function tryLink(own: string, path: string): Promise<boolean> {
	try {
		await link(own, path);
		return true;
	} catch (error) {
		if (errorCode(error) === 'EEXIST') return false;
		if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error))) throw error;
		// No hard links here: creating the file exclusively is as good, but for a moment in which it is empty.
		return writeFile(path, await readFile(own), {mode: 0o600, flag: 'wx'}).then(
			() => true,
			() => false,
		);
	}
}

async function readLock(path: string): Promise<string | undefined> {
	return readFile(path, 'utf8').catch((error: unknown) => {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw error;
	});
}

/** Replaces a stale lock by our own. Only one at a time may, so that nobody replaces a lock that was just taken. */
async function takeOver(path: string, stale: string, own: string): Promise<boolean> {
	const right = `${path}.takeover`;
	try {
		await mkdir(right);
	} catch (error) {
		if (errorCode(error) !== 'EEXIST') throw error;
		const since = await stat(right).catch(() => undefined);
		if (since && Date.now() - since.mtimeMs > staleTakeoverMs) await rmdir(right).catch(() => undefined);
		return false;
	}
	try {
		if ((await readLock(path)) !== stale) return false;
		await rename(own, path);
		return true;
	} finally {
		await rmdir(right);
	}
}

async function release(path: string, mine: string): Promise<void> {
	if ((await readLock(path)) === mine) await rm(path, {force: true});
}
