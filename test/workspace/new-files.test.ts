import test from 'ava';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {NewFiles} from '../../source/workspace/new-files.js';

test('a slow disk is left to other threads, and tried again later', async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'new-files-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	let [now, tookMs] = [0, 0.01];
	// Each call is one look at the clock: before, and after.
	const files = new NewFiles(() => (now += tookMs));
	let count = 0;
	const write = async () => files.write(join(folder, String(count++)), Buffer.from('x'));
	for (let index = 0; index < 100; index++) await write();
	t.is(files.left, 0);
	// One hiccup of some length is none of the disk's.
	tookMs = 1;
	await write();
	await write();
	t.is(files.left, 0);
	await write();
	t.is(files.left, 256);
	tookMs = 0.01;
	for (let index = 0; index < 256; index++) await write();
	t.is(files.left, 0);
	await write();
	t.is(files.left, 0);
});

test('a name that is taken is refused in both ways, and told by the file system', async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'new-files-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	let now = 0;
	const files = new NewFiles(() => (now += 10));
	await files.write(join(folder, 'one'), Buffer.from('x'));
	t.true(files.left > 0);
	await t.throwsAsync(files.write(join(folder, 'one'), Buffer.from('y')), {code: 'EEXIST'});
	await t.throwsAsync(new NewFiles().write(join(folder, 'one'), Buffer.from('y')), {code: 'EEXIST'});
	t.is(readFileSync(join(folder, 'one'), 'utf8'), 'x');
});
