import test from 'ava';
import {execFileSync, spawn} from 'node:child_process';
import {
	chmodSync,
	existsSync,
	linkSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {failureSentence} from '../../source/core/text.js';
import {Failure} from '../../source/protocol/failure.js';
import {lookAt} from '../../source/workspace/disk-entry.js';
import {nameToKeep} from '../../source/workspace/kept-files.js';
import {hasProjectFolder, openProjectFolder} from '../../source/workspace/project-files.js';
import {lockProject} from '../../source/workspace/project-lock.js';
import {
	readKeyFile,
	readSessionFile,
	removeSessionFile,
	type SessionFile,
	writeKeyFile,
	writeSessionFile,
} from '../../source/workspace/session-file.js';
import {diskTest, MountedDisk} from '../helpers/mounted-disk.js';
import {git, makeFolder} from './temp-project.js';

const session: SessionFile = {
	session_id: 'abc',
	secret: 's3cret',
	founder_key: 'key',
	relay_urls: ['ws://127.0.0.1:1/ws'],
	role: 'host',
	name: 'ann',
	mark: 'm',
	created_at: 1,
	relay_port: 8787,
};

test("the folder is private, and the user's git does not see it", async (t) => {
	const root = makeFolder(t);
	git(root, 'init');
	t.false(await hasProjectFolder(root));
	const opened = await openProjectFolder(root);
	await writeSessionFile(opened.folder, session);
	t.true(await hasProjectFolder(root));
	t.is(lstatSync(opened.folder).mode & 0o777, 0o700);
	t.is(git(root, 'status', '--porcelain', '--untracked-files=all'), '');
	await opened.close();
	t.deepEqual(readdirSync(opened.folder).sort(), ['.gitignore', 'session.json', 'tmp']);
});

test('temporary files of an earlier run go; what was half received or raced stays', async (t) => {
	const root = makeFolder(t);
	const tmp = join(root, '.pulsync/tmp');
	mkdirSync(join(tmp, 'incoming'), {recursive: true});
	mkdirSync(join(tmp, 'folder/deep'), {recursive: true});
	for (const name of ['incoming/half', 'folder/deep/x', 'apply-1-1-1', 'raced-apply-1', 'raced-old']) {
		writeFileSync(join(tmp, name), '');
	}
	symlinkSync('nowhere', join(tmp, 'raced-link'));
	utimesSync(join(tmp, 'raced-old'), 1, 1);
	const opened = await openProjectFolder(root);
	t.deepEqual(readdirSync(tmp).sort(), ['incoming', 'raced-apply-1', 'raced-link', 'raced-old']);
	t.true(existsSync(join(tmp, 'incoming/half')));
	await opened.close();
});

test('a replaced file that a killed program kept goes only if nobody wrote into it', async (t) => {
	const root = makeFolder(t);
	const tmp = join(root, '.pulsync/tmp');
	mkdirSync(tmp, {recursive: true});
	let number = 0;
	const keep = (path: string) => {
		const file = join(tmp, 'new');
		writeFileSync(file, 'same');
		utimesSync(file, 1000, 1000);
		const look = lookAt(file);
		if (look.kind !== 'entry') throw new Error('no file');
		const name = nameToKeep(path, look.entry, ++number);
		renameSync(file, join(tmp, name));
		return name;
	};
	keep('src/a.txt');
	t.true(keep(`${'x'.repeat(150)}.txt`).length < 137, 'and a prefix, where names have 143 bytes at most');
	const grown = keep('src/b-7-8.txt');
	writeFileSync(join(tmp, grown), 'longer');
	utimesSync(join(tmp, grown), 1000, 1000);
	const rewritten = keep('c');
	writeFileSync(join(tmp, rewritten), 'save');
	// Another program's file came in between, of the same size and time.
	const other = keep('f');
	writeFileSync(join(tmp, 'new'), 'else');
	utimesSync(join(tmp, 'new'), 1000, 1000);
	renameSync(join(tmp, 'new'), join(tmp, other));
	// Killed before the new file took its place: the old one still has its own name.
	const live = keep('d');
	linkSync(join(tmp, live), join(root, 'd'));
	writeFileSync(join(root, 'd'), 'went on');
	// A folder in the place of a file that was to be removed is never expected.
	const folder = keep('e');
	rmSync(join(tmp, folder));
	mkdirSync(join(tmp, folder));
	writeFileSync(join(tmp, folder, 'inside'), 'a person made it');
	const opened = await openProjectFolder(root);
	const aside = [grown, rewritten, other, folder].map((name) => `raced-${name}`);
	t.deepEqual(readdirSync(tmp).sort(), aside.sort());
	t.true(aside.some((name) => name.endsWith('-b-7-8.txt')));
	t.is(readFileSync(join(tmp, `raced-${rewritten}`), 'utf8'), 'save');
	t.is(readFileSync(join(root, 'd'), 'utf8'), 'went on');
	await opened.close();
});

test('a folder that is a link or a file is refused, and nothing is written through it', async (t) => {
	for (const name of ['.pulsync', '.pulsync/tmp']) {
		const [root, outside] = [makeFolder(t), makeFolder(t)];
		writeFileSync(join(outside, 'precious'), '');
		if (name !== '.pulsync') mkdirSync(join(root, '.pulsync'));
		symlinkSync(outside, join(root, name));
		await t.throwsAsync(openProjectFolder(root), {instanceOf: Failure, code: 'state_unreadable'});
		t.deepEqual(readdirSync(outside), ['precious']);
	}
	const root = makeFolder(t);
	writeFileSync(join(root, '.pulsync'), '');
	await t.throwsAsync(openProjectFolder(root), {code: 'state_unreadable'});
});

diskTest('tmpfs', 'a disk that is mounted read-only is told for what it is', async (t) => {
	const folder = join(makeFolder(t), 'disk');
	const disk = new MountedDisk(t, {kind: 'tmpfs', folder, bytes: 0});
	execFileSync('mount', ['-o', 'remount,ro', disk.folder]);
	const error = await t.throwsAsync(openProjectFolder(disk.folder), {instanceOf: Failure});
	t.is(error?.code, 'state_unreadable');
	t.regex(failureSentence('state_unreadable', error?.details), /mounted read-only: mount it/);
});

test('a .gitignore that is a link is replaced, not followed', async (t) => {
	const [root, outside] = [makeFolder(t), makeFolder(t)];
	writeFileSync(join(outside, 'rc'), 'precious');
	mkdirSync(join(root, '.pulsync'));
	symlinkSync(join(outside, 'rc'), join(root, '.pulsync/.gitignore'));
	await (await openProjectFolder(root)).close();
	t.is(readFileSync(join(outside, 'rc'), 'utf8'), 'precious');
	t.is(readFileSync(join(root, '.pulsync/.gitignore'), 'utf8'), '*\n');
});

test('session and key are what was written, for the owner only', async (t) => {
	const folder = makeFolder(t);
	t.is(await readSessionFile(folder), undefined);
	t.is(await readKeyFile(folder), undefined);
	await writeSessionFile(folder, session);
	await writeKeyFile(folder, 'PEM');
	t.deepEqual(await readSessionFile(folder), session);
	t.is(await readKeyFile(folder), 'PEM');
	for (const name of readdirSync(folder)) t.is(lstatSync(join(folder, name)).mode & 0o777, 0o600);
	await removeSessionFile(folder);
	t.is(await readSessionFile(folder), undefined);
	t.is(await readKeyFile(folder), 'PEM');
});

test('a session that others could have put there is refused, as is a damaged one', async (t) => {
	const folder = makeFolder(t);
	await writeSessionFile(folder, session);
	chmodSync(join(folder, 'session.json'), 0o644);
	await t.throwsAsync(readSessionFile(folder), {instanceOf: Failure, code: 'session_not_private'});
	chmodSync(join(folder, 'session.json'), 0o600);
	for (const text of ['', '{', '[]', '{"session_id": 7}', 'x'.repeat(300_000)]) {
		writeFileSync(join(folder, 'session.json'), text);
		await t.throwsAsync(readSessionFile(folder), {instanceOf: Failure, code: 'session_unreadable'});
	}
	const other = makeFolder(t);
	symlinkSync(join(folder, 'session.json'), join(other, 'session.json'));
	await t.throwsAsync(readSessionFile(other), {code: 'session_unreadable'});
});

test('a second instance is refused while the first runs', async (t) => {
	const root = makeFolder(t);
	const first = await openProjectFolder(root);
	const error = await t.throwsAsync(openProjectFolder(root), {instanceOf: Failure, code: 'already_running'});
	t.is(error instanceof Failure && error.details['pid'], process.pid);
	await first.close();
	await (await openProjectFolder(root)).close();
});

test('of many at once exactly one gets the lock', async (t) => {
	const folder = makeFolder(t);
	const dead = await deadProcess();
	for (let round = 0; round < 20; round++) {
		writeFileSync(join(folder, 'lock'), `${dead} 1 x\n`);
		const tries = await Promise.allSettled(Array.from({length: 8}, () => lockProject(folder)));
		const won = tries.filter((one) => one.status === 'fulfilled');
		t.is(won.length, 1);
		for (const one of won) await one.value.release();
		t.deepEqual(readdirSync(folder), []);
	}
});

test('a lock is taken over from a process that is gone, or is another one by now', async (t) => {
	const folder = makeFolder(t);
	for (const text of [
		`${await deadProcess()} 1 x\n`,
		`${process.pid} 1 x\n`,
		'',
		'nonsense',
		'-1 1 x',
		'0 0 0',
	]) {
		writeFileSync(join(folder, 'lock'), text);
		const lock = await lockProject(folder);
		await lock.release();
		t.deepEqual(readdirSync(folder), [], JSON.stringify(text));
	}
});

test('a lock that is no longer ours is not released', async (t) => {
	const folder = makeFolder(t);
	const lock = await lockProject(folder);
	writeFileSync(join(folder, 'lock'), 'somebody else');
	await lock.release();
	t.is(readFileSync(join(folder, 'lock'), 'utf8'), 'somebody else');
});

/** The number of a process that has ended. */
async function deadProcess(): Promise<number> {
	const child = spawn(process.execPath, ['-e', '']);
	await new Promise((resolve) => child.once('close', resolve));
	return child.pid ?? 0;
}
