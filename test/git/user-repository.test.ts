import {execFileSync} from 'node:child_process';
import {mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openUserRepository} from '../../source/git/user-repository.js';

async function makeFolder(t: ExecutionContext): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'user-repository-'));
	t.teardown(async () => rm(folder, {recursive: true}));
	return folder;
}

function git(folder: string, ...args: string[]): string {
	const identity = [
		'-c',
		'user.name=Ann',
		'-c',
		'user.email=ann@example.org',
		'-c',
		'init.defaultBranch=main',
	];
	return execFileSync('git', ['-C', folder, ...identity, ...args], {encoding: 'utf8', stdio: 'pipe'}).trim();
}

test('a folder that is no repository has empty answers', async (t) => {
	const user = await openUserRepository(await makeFolder(t));
	t.false(user.isRepository);
	t.is(await user.branch(), undefined);
	t.is(await user.head(), undefined);
	t.deepEqual(await user.recentCommits(5), []);
	t.deepEqual(await user.trackedFiles(), []);
	t.deepEqual(await user.treeFiles('a'.repeat(40)), new Map());
});

test('a repository without commits has a branch and no head', async (t) => {
	const folder = await makeFolder(t);
	git(folder, 'init', '--quiet');
	const user = await openUserRepository(folder);
	t.true(user.isRepository);
	t.is(await user.branch(), 'main');
	t.is(await user.head(), undefined);
	t.deepEqual(await user.recentCommits(5), []);
});

test('commits, files and contents of a repository can be asked for, and nothing in it is written', async (t) => {
	const folder = await makeFolder(t);
	git(folder, 'init', '--quiet');
	await mkdir(path.join(folder, 'ä b'));
	await writeFile(path.join(folder, 'ä b', 'new\nline.txt'), 'one\n');
	await symlink('ä b', path.join(folder, 'link'));
	git(folder, 'add', '--all');
	git(folder, 'commit', '--quiet', '--message', 'one');
	const first = git(folder, 'rev-parse', 'HEAD');
	await writeFile(path.join(folder, 'run.sh'), 'run\n', {mode: 0o755});
	git(folder, 'add', '--all');
	git(folder, 'commit', '--quiet', '--message', 'two');
	const second = git(folder, 'rev-parse', 'HEAD');
	await writeFile(path.join(folder, 'run.sh'), 'dirty\n');
	const index = path.join(folder, '.git', 'index');
	const before = {bytes: await readFile(index), stat: await stat(index)};

	const user = await openUserRepository(folder);
	t.is(user.gitDir, path.join(folder, '.git'));
	t.is(await user.head(), second);
	t.deepEqual(await user.recentCommits(10), [second, first]);
	t.deepEqual(await user.recentCommits(1), [second]);
	t.true(await user.isAncestor(first));
	t.false(await user.isAncestor('a'.repeat(40)));
	const files = await user.treeFiles(second);
	t.deepEqual([...files.keys()], ['link', 'run.sh', 'ä b/new\nline.txt']);
	t.regex(files.get('run.sh') ?? '', /-100755$/);
	t.regex(files.get('link') ?? '', /-120000$/);
	const oid = files.get('ä b/new\nline.txt')?.slice(0, 40) ?? '';
	t.is((await user.readBlob(oid))?.toString(), 'one\n');
	t.is(await user.readBlob('b'.repeat(40)), undefined);
	t.deepEqual(await user.trackedFiles(), ['link', 'run.sh', 'ä b/new\nline.txt']);

	git(folder, 'checkout', '--quiet', '--force', '--detach', first);
	t.is(await user.branch(), undefined);
	t.false(await user.isAncestor(second));
	git(folder, 'checkout', '--quiet', '--force', 'main');
	await writeFile(path.join(folder, 'run.sh'), 'dirty\n');
	await writeFile(index, before.bytes);
	const {mtimeMs} = await stat(index);
	await user.trackedFiles();
	await user.branch();
	t.is((await stat(index)).mtimeMs, mtimeMs);
});

test('a setting of the caller that would run a program is not obeyed', async (t) => {
	const folder = await makeFolder(t);
	git(folder, 'init', '--quiet');
	const proof = path.join(folder, 'proof');
	const program = path.join(folder, 'program.sh');
	await writeFile(program, `#!/bin/sh\ntouch '${proof}'\n`, {mode: 0o755});
	git(folder, 'config', 'core.fsmonitor', program);
	const user = await openUserRepository(folder);
	await user.trackedFiles();
	await user.head();
	await t.throwsAsync(stat(proof));
});

test('a partial clone is asked for what it has, and fetches nothing', async (t) => {
	const [origin, clone] = [await makeFolder(t), await makeFolder(t)];
	git(origin, 'init', '--quiet');
	git(origin, 'config', 'uploadpack.allowFilter', 'true');
	git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
	for (const text of ['one', 'two']) {
		await writeFile(path.join(origin, 'a'), text);
		git(origin, 'add', 'a');
		git(origin, 'commit', '--quiet', '-m', text);
	}
	git(clone, 'clone', '--quiet', '--filter=blob:none', `file://${origin}`, '.');
	const former = git(origin, 'rev-parse', 'HEAD~1:a');
	const packs = async () => readdir(path.join(clone, '.git/objects/pack'));
	const before = await packs();
	const user = await openUserRepository(clone);
	t.is((await user.readBlob(git(origin, 'rev-parse', 'HEAD:a')))?.toString(), 'two');
	t.is(await user.readBlob(former), undefined);
	t.deepEqual(await packs(), before);
});
