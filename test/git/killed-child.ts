/** Saves again and again in a store until it is killed; prints each head once it is durable. */
import {randomBytes} from 'node:crypto';
import {Store} from '../../source/git/store.js';

const store = await Store.open(process.argv[2] ?? '');
let head = await store.readHead();
let tree = head === undefined ? undefined : (await store.readCommit(head)).tree;
for (let at = 0; ; at++) {
	const oid = await store.writeBlob(at % 5 === 0 ? randomBytes(700_000) : Buffer.from(`${head} ${at}`));
	tree = await store.writeTree(tree, new Map([[`d${at % 7}/f${at % 3}`, {contents: [`${oid}-100644`]}]]));
	const parents = head === undefined ? [] : [head];
	const next = await store.writeCommit({
		tree,
		parents,
		author: {name: 'A', peerId: 'a'},
		atMs: at * 1000,
		message: '',
	});
	await store.writeHead(next, head);
	head = next;
	process.stdout.write(`${head}\n`);
}
