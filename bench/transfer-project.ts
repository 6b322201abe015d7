/** The project that benchmarks of transfers send: texts and random binaries, the same sizes every time. */
import {randomBytes} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {Store} from '../source/git/store.js';
import {formatContent, type Oid, type Value} from '../source/protocol/content.js';

export type ProjectSize = {readonly texts: number; readonly binaries: number; readonly binaryBytes: number};

/** A store with one snapshot of such a project. */
export async function makeProject(folder: string, size: ProjectSize): Promise<{store: Store; commit: Oid}> {
	const files: {path: string; mode: 'file'}[] = [];
	const add = async (name: string, bytes: Uint8Array) => {
		const file = path.join(folder, name);
		await writeFile(file, bytes);
		files.push({path: file, mode: 'file'});
	};
	await mkdir(folder, {recursive: true});
	for (let index = 0; index < size.texts; index++) {
		await add(`text-${index}.txt`, Buffer.from(`file ${index}\n`.repeat(20 + (index % 300))));
	}
	for (let index = 0; index < size.binaries; index++) {
		await add(`binary-${index}.bin`, randomBytes(size.binaryBytes));
	}
	const store = await Store.open(path.join(folder, '.pulsync'));
	const changes = new Map<string, Value>();
	for await (const result of store.writeBlobFiles(files)) {
		if ('error' in result) throw new Error('a file of the project could not be read');
		const name = path.basename(files[result.index]!.path);
		changes.set(`folder-${result.index % 40}/${name}`, {contents: [formatContent('100644', result.oid)]});
	}
	const tree = await store.writeTree(undefined, changes);
	const author = {name: 'bench', peerId: 'a'.repeat(26)};
	const commit = await store.writeCommit({tree, parents: [], author, atMs: Date.now(), message: 'snapshot'});
	await store.writeHead(commit);
	return {store, commit};
}
