import test from 'ava';
import {appendFileSync, chmodSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type DiskEntry, lookAt} from '../../source/workspace/disk-entry.js';
import {hashBytes, hashEntry} from '../../source/workspace/hash-file.js';
import {git, makeFolder} from './temp-project.js';

function entryAt(path: string): DiskEntry {
	const look = lookAt(path);
	if (look.kind !== 'entry') throw new Error(`nothing to hash at ${path}`);
	return look.entry;
}

test('the oid of a file is the one that git gives it', async (t) => {
	const root = makeFolder(t);
	const contents = {empty: '', text: 'one\r\ntwo\n', large: 'x'.repeat(1_000_000)};
	for (const [name, text] of Object.entries(contents)) {
		writeFileSync(join(root, name), text);
		const oid = git(root, 'hash-object', '--no-filters', name).trim();
		t.is(await hashEntry(root, name, entryAt(join(root, name))), `${oid}-100644`);
		t.is(hashBytes(Buffer.from(text)), oid);
	}
});

test('an exec bit and a link are part of the content', async (t) => {
	const root = makeFolder(t);
	writeFileSync(join(root, 'x'), 'x');
	chmodSync(join(root, 'x'), 0o700);
	symlinkSync('x', join(root, 'link'));
	const oid = hashBytes(Buffer.from('x'));
	t.is(await hashEntry(root, 'x', entryAt(join(root, 'x'))), `${oid}-100755`);
	t.is(await hashEntry(root, 'link', entryAt(join(root, 'link'))), `${oid}-120000`);
});

test('a file that is not the one that was looked at has no content', async (t) => {
	const root = makeFolder(t);
	const path = join(root, 'x');
	writeFileSync(path, 'x');
	const entry = entryAt(path);
	appendFileSync(path, 'y');
	t.is(await hashEntry(root, 'x', entry), undefined);
	t.is(await hashEntry(root, 'x', {...entryAt(path), size: 9}), undefined);
});

test('a file that became a link or vanished is not read', async (t) => {
	const root = makeFolder(t);
	writeFileSync(join(root, 'secret'), 'x');
	writeFileSync(join(root, 'x'), 'x');
	symlinkSync('secret', join(root, 'link'));
	const entry = entryAt(join(root, 'x'));
	await t.throwsAsync(hashEntry(root, 'link', entry), {code: 'ELOOP'});
	await t.throwsAsync(hashEntry(root, 'none', entry), {code: 'ENOENT'});
});
