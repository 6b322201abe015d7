/** The file that `resolve --take merged` takes: one of the disk, or what comes on stdin, kept in a file until it was taken. */
import {createWriteStream, mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {pipeline} from 'node:stream/promises';
import {type Terminal} from './terminal.js';

export type MergedFile = {
	/** Absolute, since the session runs in another folder. */
	readonly file: string;
	readonly remove: () => void;
};

export async function openMergedFile({stdin, folder}: Terminal, word: string): Promise<MergedFile> {
	if (word !== '-') return {file: path.resolve(folder, word), remove: () => undefined};
	const temporary = mkdtempSync(path.join(os.tmpdir(), 'pulsync-merged-'));
	const file = path.join(temporary, 'merged');
	await pipeline(stdin, createWriteStream(file, {mode: 0o600}));
	return {file, remove: () => rmSync(temporary, {recursive: true, force: true})};
}
