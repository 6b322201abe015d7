/**
 * Run on a disk that is too small: fills it through a store in every way there is to write, and prints what each said
 * as JSON. Every failure must leave the store as it was.
 */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {randomBytes} from 'node:crypto';
import {hashObject} from '../../source/git/object-format.js';
import {Store} from '../../source/git/store.js';
import {Failure} from '../../source/protocol/failure.js';

const [, , disk = '', elsewhere = ''] = process.argv;

async function outcome(work: () => Promise<unknown>): Promise<string> {
	try {
		await work();
		return 'done';
	} catch (error) {
		return error instanceof Failure ? error.code : String(error);
	}
}

const store = await Store.open(disk);
const small = await store.writeBlob(Buffer.from('small'));
const large = randomBytes(6_000_000);
const file = path.join(elsewhere, 'large');
await writeFile(file, large);
const tree = await store.writeTree(undefined, new Map([['a', {contents: [`${small}-100644`]}]]));
const commit = await store.writeCommit({
	tree,
	parents: [],
	author: {name: 'Ann', peerId: 'ann'},
	atMs: 0,
	message: '',
});
await store.writeHead(commit);

const said: Record<string, string> = {
	file: await outcome(async () => store.writeBlobFile(file)),
	files: await outcome(async () => {
		for await (const result of store.writeBlobFiles([{path: file, mode: 'file'}])) {
			if ('error' in result) {
				throw new Error('one file was told to be the problem');
			}
		}
	}),
	part: await outcome(async () => {
		const incoming = await store.openIncoming(hashObject('blob', large), 'blob', large.length, 0);
		try {
			await incoming.write(large);
		} finally {
			await incoming.abandon();
		}
	}),
	// Still room for small things: nothing of what failed may have stayed.
	room: await outcome(async () => store.writeBlob(randomBytes(500_000))),
};

// From here on the disk is full to the last block.
await writeFile(path.join(disk, 'filler'), Buffer.alloc(0));
for (let bytes = 1 << 20; bytes >= 1; bytes >>= 1) {
	while (
		(await outcome(async () => writeFile(path.join(disk, 'filler'), Buffer.alloc(bytes), {flag: 'a'}))) ===
		'done'
	);
}

said['blob'] = await outcome(async () => store.writeBlob(randomBytes(10_000)));
said['head'] = await outcome(async () => {
	const next = await store.writeCommit({
		tree,
		parents: [commit],
		author: {name: 'A', peerId: 'a'},
		atMs: 1000,
		message: '',
	});
	await store.writeHead(next, commit);
});
said['headAfter'] = (await store.readHead()) === commit || said['head'] === 'done' ? 'whole' : 'lost';
await store.close();
process.stdout.write(JSON.stringify(said));
