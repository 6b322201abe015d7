/** A file that is written ahead of its place in the project, and how it gets to the disk. */
import {closeSync, fdatasync, open as openWith} from 'node:fs';
import {open, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {type Oid} from '../protocol/content.js';
import {type NewFiles} from './new-files.js';
import {type StagedFile} from './stage-file.js';

const openFile = promisify(openWith);
const datasync = promisify(fdatasync);

/** Larger contents are written by another thread: the copy alone would hold up everything else. */
const maxWrittenHereBytes = 64 * 1024;

/** One that was begun. There are many of them for as long as a join lasts, so each is small. */
export class AheadFile implements StagedFile {
	/** Whether the disk took it; a promise of that, which never rejects, until it is known. */
	isWritten: boolean | Promise<boolean> = false;
	/** Makes a file durable; this one is, unless something else is said. */
	syncBy: (path: string) => Promise<void> = async () => undefined;
	readonly #folder: string;
	readonly #oid: Oid;
	readonly bytes: number;

	/** `folder` is the absolute path of the one it is to lie in. */
	constructor(folder: string, oid: Oid, bytes: number) {
		this.#folder = folder;
		this.#oid = oid;
		this.bytes = bytes;
	}

	get path(): string {
		return join(this.#folder, this.#oid);
	}

	async sync(): Promise<void> {
		await this.syncBy(this.path);
	}

	async discard(): Promise<void> {
		await rm(this.path, {force: true});
	}

	/** Notes how writing it ends. */
	async follow(writing: Promise<void>): Promise<boolean> {
		const isWritten = writing.then(
			() => true,
			() => false,
		);
		this.isWritten = isWritten;
		this.isWritten = await isWritten;
		return this.isWritten;
	}
}

/** Resolves when the disk has said to each of them whether it took it. */
export async function written(files: readonly AheadFile[]): Promise<void> {
	await Promise.all(files.map(async ({isWritten}) => isWritten));
}

/** Writes a new file of one content, durably if that is asked for; a small one by `files`, which never do that. */
export async function writeFile(
	path: string,
	content: Uint8Array,
	{isSynced, files}: {isSynced: boolean; files: NewFiles},
): Promise<void> {
	if (content.length > maxWrittenHereBytes) {
		const file = await open(path, 'wx', 0o666);
		try {
			for (let at = 0; at < content.length;) at += (await file.write(content, at)).bytesWritten;
			if (isSynced) await file.datasync();
		} finally {
			await file.close();
		}
		return;
	}
	await files.write(path, content);
}

/** Makes a file durable that is written. */
export async function syncFile(path: string): Promise<void> {
	const file = await openFile(path, 'r');
	try {
		await datasync(file);
	} finally {
		closeSync(file);
	}
}
