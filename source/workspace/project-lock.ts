/**
 * One running instance a project: a lock file that names its process. A lock whose process is gone is taken over; the
 * process's start time tells a process that merely got the same number.
 */
import {readFileSync} from 'node:fs';
import {link, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {randomBytes} from 'node:crypto';
import {Failure} from '../protocol/failure.js';
import {errorCode} from './disk-entry.js';
import {toFailure} from './durable.js';

export type ProjectLock = {release(): Promise<void>};

/** Two that take over at the same moment: one wins, the other looks again. */
const maxAttempts = 5;

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
			await moveAside(path, theirs, `${own}.stale`);
		}
		throw new Failure('already_running', {severity: 'fatal', details: {pid: 0}});
	} catch (error) {
		throw toFailure(error, 'state_unreadable');
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

/** Moves a stale lock away; if another process took it over meanwhile, what was moved is theirs and goes back. */
async function moveAside(path: string, stale: string, aside: string): Promise<void> {
	try {
		await rename(path, aside);
		if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path).catch(() => undefined);
	} catch (error) {
		if (errorCode(error) !== 'ENOENT') throw error;
	} finally {
		await rm(aside, {force: true});
	}
}

async function release(path: string, mine: string): Promise<void> {
	if ((await readLock(path)) === mine) await rm(path, {force: true});
}
