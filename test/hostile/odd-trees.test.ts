/** Trees that break no rule of the protocol and are odd all the same: what of them reaches a disk, and where. */
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type Oid} from '../../source/protocol/content.js';
import {git, TestPeer} from '../runtime/project/test-peer.js';
import {type Entry, Forge, packOf} from './forged-objects.js';

/** A project in a folder that holds something precious beside it, and a repository of the user's. */
async function openVictim(t: ExecutionContext): Promise<{peer: TestPeer; outside: string}> {
	const box = mkdtempSync(join(tmpdir(), 'pulsync-odd-'));
	t.teardown(() => rmSync(box, {recursive: true, force: true}));
	const [root, outside] = [join(box, 'project'), join(box, 'outside')];
	mkdirSync(root);
	mkdirSync(outside);
	writeFileSync(join(outside, 'precious'), 'precious');
	git(root, 'init', '-q');
	const peer = await TestPeer.open(t, 'v', {root});
	peer.write('kept', 'kept');
	await peer.project.start();
	return {peer, outside};
}

/** Takes a tree of a peer as a real session does: pack, judge, integrate. */
async function take({project}: TestPeer, entries: (forge: Forge) => readonly Entry[]): Promise<Oid> {
	const forge = new Forge();
	const kept: Entry = ['100644', 'kept', forge.blob('kept')];
	const commit = forge.commit(forge.tree([...entries(forge), kept]), [project.head!]);
	await project.store.indexPack(packOf(forge.sorted()));
	await project.store.acceptCommit(commit);
	await project.integrate(commit, {mayMerge: true});
	return commit;
}

const links: ReadonlyArray<readonly [what: string, target: (outside: string) => string]> = [
	['an absolute path', (outside) => join(outside, 'precious')],
	['a way out', () => '../outside/precious'],
	['a way out through a folder', () => 'folder/../../outside'],
	['a way out with many steps', () => '../'.repeat(40) + 'etc/passwd'],
	['a device', () => '/dev/zero'],
];
for (const [what, target] of links) {
	test(`a link to ${what} is not written, and is told as a problem`, async (t) => {
		const {peer, outside} = await openVictim(t);
		await take(peer, (forge) => [['120000', 'odd', forge.blob(target(outside))]]);
		t.false(peer.has('odd'));
		t.true(peer.problems.some((problem) => problem.startsWith('link_leaves_root odd')));
		t.is(peer.read('kept'), 'kept');
	});
}

const reserved = [
	'.git',
	'.git/hooks',
	'folder/../.git',
	'.pulsync',
	'.pulsync/repo.git',
	'.GIT/hooks',
	'.git ',
];
for (const target of reserved) {
	test(`nothing is ever written through a link to ${JSON.stringify(target)}`, async (t) => {
		const {peer} = await openVictim(t);
		const before = readdirSync(peer.at('.git'), {recursive: true}).sort();
		await take(peer, (forge) => [['120000', 'odd', forge.blob(target)]]);
		await take(peer, (forge) => [
			['40000', 'odd', forge.file('post-checkout', 'touch /tmp/pulsync-was-executed', '100755')],
		]);
		t.deepEqual(readdirSync(peer.at('.git'), {recursive: true}).sort(), before);
		t.false(existsSync(peer.at('.pulsync/post-checkout')));
		t.false(existsSync(peer.at('.pulsync/repo.git/post-checkout')));
		t.is(peer.read('kept'), 'kept');
	});
}

test('nothing is written through a link that stands on the disk where a peer has a folder', async (t) => {
	const {peer, outside} = await openVictim(t);
	symlinkSync(outside, peer.at('way'));
	await peer.project.snapshot();
	const {tree} = peer.project;
	t.truthy(tree);
	await take(peer, (forge) => [
		[
			'40000',
			'way',
			forge.tree([
				['100644', 'precious', forge.blob('evil')],
				['100644', 'new', forge.blob('evil')],
			]),
		],
	]);
	t.is(readFileSync(join(outside, 'precious'), 'utf8'), 'precious');
	t.deepEqual(readdirSync(outside), ['precious']);
});

test('names that differ in case or in Unicode form alone are both kept, or told', async (t) => {
	const {peer} = await openVictim(t);
	const names = ['readme', 'README', 'cafe\u0301', 'caf\u00e9', 'CON', 'nul.txt', 'a:b', 'trailing. '];
	await take(peer, (forge) => names.map((name, at): Entry => ['100644', name, forge.blob(`${at}`)]));
	for (const [at, name] of names.entries()) {
		const isTold = peer.problems.some((problem) => problem.endsWith(` ${name}`));
		if (!isTold) t.is(peer.read(name), `${at}`, name);
	}
});

test('attributes, hooks and configuration files of a peer are only files', async (t) => {
	const {peer} = await openVictim(t);
	const canary = join(peer.root, 'was-executed');
	git(peer.root, 'config', 'filter.evil.smudge', `touch ${canary}; cat`);
	git(peer.root, 'config', 'filter.evil.clean', `touch ${canary}; cat`);
	git(peer.root, 'config', 'merge.evil.driver', `touch ${canary}`);
	await take(peer, (forge) => [
		[
			'100644',
			'.gitattributes',
			forge.blob('* filter=evil merge=evil text eol=crlf working-tree-encoding=UTF-16 ident\n'),
		],
		[
			'100644',
			'.gitmodules',
			forge.blob('[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% was-executed\n'),
		],
		['100755', 'gitconfig', forge.blob(`[core]\n\tfsmonitor = touch ${canary}\n`)],
		['100644', 'text', forge.blob('$Id$\nline\n')],
	]);
	t.is(peer.read('text'), '$Id$\nline\n');
	peer.write('text', 'changed\n');
	await peer.project.snapshot();
	t.false(existsSync(canary));
});
