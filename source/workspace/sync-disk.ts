/**
 * Makes all files of a disk durable at once, which for thousands of small ones is many times as quick as one after the other.
 * Node has no such call, so it is coreutils' `sync -f`, and only where what that does is known: elsewhere, or where it
 * fails, the answer is no, and each file has to be synced by itself.
 */
import {spawn} from 'node:child_process';
import {statfs} from 'node:fs/promises';
import {release} from 'node:os';

/** Local disks whose syncfs writes all data and flushes what holds it: ext4, xfs, btrfs, f2fs, tmpfs. */
const knownTypes: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x01021994]);

/** Before this version of Linux syncfs did not say that data could not be written. */
const firstRelease = [5, 8] as const;

/** Others may have written gigabytes that go to the disk as well: then file by file is quicker. */
const deadlineMs = 15_000;

/** True if the disk that `folder`, a place of our own, is on can be asked for that. Never rejects. */
export async function canSyncDisk(folder: string): Promise<boolean> {
	try {
		return tellsOfErrors() && knownTypes.has((await statfs(folder)).type);
	} catch {
		return false;
	}
}

/** True if all that was written before to that disk is durable. Never rejects. */
export async function syncDisk(folder: string): Promise<boolean> {
	try {
		return (await canSyncDisk(folder)) && (await runSync(folder));
	} catch {
		return false;
	}
}

function tellsOfErrors(): boolean {
	if (process.platform !== 'linux') return false;
	const [major = 0, minor = 0] = release().split('.').map(Number);
	return major > firstRelease[0] || (major === firstRelease[0] && minor >= firstRelease[1]);
}

async function runSync(folder: string): Promise<boolean> {
	return new Promise((resolve) => {
		const child = spawn('sync', ['-f', '.'], {
			cwd: folder,
			env: {PATH: process.env['PATH'], LC_ALL: 'C'},
			stdio: 'ignore',
		});
		const timer = setTimeout(() => {
			child.kill('SIGKILL');
			child.unref(); // one that waits for a disk ends when that answers
			resolve(false);
		}, deadlineMs);
		child.on('error', () => resolve(false));
		child.on('close', (code) => {
			clearTimeout(timer);
			resolve(code === 0);
		});
	});
}
