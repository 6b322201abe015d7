/** Git's `shallow` file, kept equal to the graph's boundary, so that git itself does not look for what is behind it. */
import {readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {isOid, type Oid} from '../protocol/content.js';
import {replaceFile, syncFolder} from './durable-file.js';
import {type Layout} from './repository-layout.js';
import {systemCode, withStoreFailures} from './store-failure.js';

export async function readShallow({shallow}: Layout): Promise<readonly Oid[]> {
	try {
		return (await readFile(shallow, 'latin1')).split('\n').filter(isOid);
	} catch (error) {
		if (systemCode(error) === 'ENOENT') {
			return [];
		}

		throw error;
	}
}

/** Writes the boundary; an empty one removes the file, since git takes an empty file for a shallow repository. */
export async function writeShallow(layout: Layout, boundary: readonly Oid[]): Promise<void> {
	await withStoreFailures(async () => {
		if (boundary.length === 0) {
			await rm(layout.shallow, {force: true});
			await syncFolder(layout.gitDir);
		} else {
			const text = boundary.map((oid) => `${oid}\n`).join('');
			await replaceFile(layout.shallow, Buffer.from(text), path.join(layout.temporary, 'shallow'));
		}
	});
}
