import test from 'ava';
import fc from 'fast-check';
import {encodeCommit, mergeAuthor, parseCommit} from '../../source/git/commit-format.js';
import {emptyTreeOid, hashObject} from '../../source/git/object-format.js';
import {fsck, git, makeStore} from './make-store.js';

const tree = emptyTreeOid;
const person = 'Ann <a@pulsync> 1 +0000';
const good = `tree ${tree}\nauthor ${person}\ncommitter ${person}\n\nmessage\n`;

test('a commit has the bytes and the id that git gives it', async (t) => {
	const {store} = await makeStore(t);
	const one = await store.writeCommit({
		tree,
		parents: [],
		author: {name: 'Änn Ø', peerId: 'annsid'},
		atMs: 1_234_567_890_999,
		message: 'one',
	});
	const who = {NAME: 'Änn Ø', EMAIL: 'annsid@pulsync', DATE: '1234567890 +0000'};
	const text = `tree ${tree}\nauthor ${who.NAME} <${who.EMAIL}> ${who.DATE}\ncommitter ${who.NAME} <${who.EMAIL}> ${who.DATE}\n\none\n`;
	t.is(git(store, ['hash-object', '-t', 'commit', '--stdin'], text), one);
	t.deepEqual(await store.readCommit(one), {
		oid: one,
		tree,
		parents: [],
		author: {name: 'Änn Ø', peerId: 'annsid'},
		atMs: 1_234_567_890_000,
		message: 'one',
	});
});

test('the same merge is the same commit, whoever makes it', (t) => {
	const parents = ['a'.repeat(40), 'b'.repeat(40)];
	const facts = {tree, parents, author: mergeAuthor, message: 'merge'};
	t.deepEqual(encodeCommit({...facts, atMs: 5000}), encodeCommit({...facts, atMs: 5999}));
	t.true(encodeCommit({...facts, atMs: 5000}).includes('author pulsync <merge@pulsync> 5 +0000\n'));
	t.is(
		hashObject('commit', encodeCommit({...facts, atMs: 5000})),
		hashObject('commit', encodeCommit({...facts, atMs: 5000})),
	);
});

test('a commit of any name and message is one that git’s strict check passes', async (t) => {
	const {store} = await makeStore(t);
	const text = fc.oneof(
		fc.string({unit: 'binary', maxLength: 30}),
		fc.constantFrom('', ' ', '<>', '.', '\0', 'a\nb', '"', '\ud800', ' . ', 'x'.repeat(200), '\r\n', '\\'),
	);
	let last: string | undefined;
	await fc.assert(
		fc.asyncProperty(
			text,
			text,
			text,
			fc.integer({min: -5, max: 4e12}),
			async (name, peerId, message, atMs) => {
				const parents = last === undefined ? [] : [last];
				last = await store.writeCommit({tree, parents, author: {name, peerId}, atMs, message});
				const commit = await store.readCommit(last);
				t.deepEqual(
					encodeCommit(commit),
					encodeCommit({tree, parents, author: {name, peerId}, atMs, message}),
				);
			},
		),
		{numRuns: 60},
	);
	await store.writeHead(last ?? '');
	t.is(fsck(store), '');
});

const refused: ReadonlyArray<[what: string, text: string | Buffer]> = [
	['nothing', ''],
	['no tree', good.slice(good.indexOf('author'))],
	['a short tree', good.replace(tree, tree.slice(1))],
	['an id in capitals', good.replace(tree, tree.toUpperCase())],
	['no author', good.replace(/^author .*\n/m, '')],
	['no committer', good.replace(/^committer .*\n/m, '')],
	['author and committer in the wrong order', good.replace(/^(author .*\n)(committer .*\n)/m, '$2$1')],
	['two trees', good.replace('author', `tree ${tree}\nauthor`)],
	['two authors', good.replace('committer', `author ${person}\ncommitter`)],
	['a parent twice', good.replace('author', `parent ${tree}\nparent ${tree}\nauthor`)],
	[
		'too many parents',
		good.replace(
			'author',
			`${Array.from({length: 65}, (_, at) => `parent ${String(at).padStart(40, '0')}\n`).join('')}author`,
		),
	],
	['no email', good.replaceAll('<a@pulsync>', '')],
	['no date', good.replaceAll(' 1 +0000', '')],
	['a date with a zero before it', good.replaceAll(' 1 +', ' 01 +')],
	['a date that overflows', good.replaceAll(' 1 +', ' 99999999999999999999 +')],
	['a negative date', good.replaceAll(' 1 +', ' -1 +')],
	['a header that is none', good.replace('\n\n', '\nX\n\n')],
	['a NUL', good.replace('message', 'mess\0age')],
	['bytes that are not UTF-8', Buffer.concat([Buffer.from(good), Buffer.from([0xff])])],
	['more than 64 KiB', good + 'x'.repeat(70_000)],
];

test('the commit that the refused ones are made from is good, also with headers of later versions', (t) => {
	t.true(parseCommit(Buffer.from(good)).ok);
	t.true(parseCommit(Buffer.from(good.replace('\n\n', '\nx-later yes\n and more\n\n'))).ok);
});

for (const [what, text] of refused) {
	test(`a commit with ${what} is refused`, (t) => {
		t.false(parseCommit(Buffer.from(text)).ok);
	});
}
