/** Disks of a test's own: images with a file system that are mounted, and taken away again under the program. Needs root. */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, truncateSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';

const run = (command: string, ...args: string[]) => execFileSync(command, args, {stdio: 'pipe'}).toString();

/** Whether the programs that a kind of disk needs can be had here. */
function whyNot(kind: DiskKind): string | undefined {
	if (process.getuid?.() !== 0) return 'needs root to mount';
	if (kind === 'ext4' && !existsSync('/dev/loop-control')) return 'needs loop devices';
	if (kind === 'fat' && !existsSync('/dev/fuse')) return 'needs FUSE';
	const missing = programs[kind].find(
		(name) => !['/usr/bin', '/usr/sbin', '/sbin', '/bin'].some((folder) => existsSync(`${folder}/${name}`)),
	);
	return missing && `needs ${missing}`;
}

/** `fat`: blind to case, without links and without many names. */
type DiskKind = 'ext4' | 'tmpfs' | 'fat';

const programs: Record<DiskKind, readonly string[]> = {
	ext4: ['mkfs.ext4', 'mount'],
	tmpfs: ['mount'],
	fat: ['mkfs.vfat', 'fusefat'],
};

/** Declares a test that mounts: skipped, with the reason in its title, where that cannot be; failed in CI. */
export function diskTest(kind: DiskKind, title: string, body: (t: ExecutionContext) => Promise<void>): void {
	const reason = whyNot(kind);
	if (reason === undefined) test.serial(title, body);
	// In CI nobody would notice what is not run.
	else if (process.env['CI']) test.serial(title, (t) => t.fail(reason));
	else test.serial.skip(`${title} (${reason})`, body);
}

export class MountedDisk {
	readonly folder: string;
	readonly #kind: DiskKind;
	readonly #image: string;

	/** Makes it and mounts it at the folder. It is unmounted after the test. */
	constructor(t: ExecutionContext, {kind, folder, bytes}: {kind: DiskKind; folder: string; bytes: number}) {
		this.folder = folder;
		this.#kind = kind;
		this.#image = `${folder}.img`;
		mkdirSync(folder, {recursive: true});
		writeFileSync(this.#image, '');
		truncateSync(this.#image, bytes);
		if (kind === 'ext4') run('mkfs.ext4', '-q', '-F', '-m', '0', this.#image);
		if (kind === 'fat') run('mkfs.vfat', this.#image);
		this.mount();
		t.teardown(() => {
			while (this.isMounted) this.unmount();
		});
	}

	get isMounted(): boolean {
		return run('cat', '/proc/self/mounts').includes(` ${path.resolve(this.folder)} `);
	}

	mount(): void {
		const {folder} = this;
		if (this.#kind === 'ext4') run('mount', '-o', 'loop', this.#image, folder);
		else if (this.#kind === 'fat') run('fusefat', '-o', 'rw+', this.#image, folder);
		else run('mount', '-t', 'tmpfs', 'pulsync-test', folder);
	}

	/** Takes it away even from programs that use it. */
	unmount(): void {
		run('umount', '-l', this.folder);
	}
}
