import {execFile, execFileSync} from 'node:child_process';
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {Failure} from '../../source/protocol/failure.js';
import {toStoreFailure, withStoreFailures} from '../../source/git/store-failure.js';
import {makeFolder} from './make-store.js';

/** Of util-linux; where it is missing, the test is skipped. */
const unshare = '/usr/bin/unshare';

const child = fileURLToPath(new URL('full-disk-child.js', import.meta.url));

/** A small file system of one's own needs user namespaces; where there are none, the table below has to do. */
function mayMount(): boolean {
	try {
		execFileSync(unshare, ['-Urm', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', '/tmp'], {
			stdio: 'ignore',
		});
		return true;
	} catch {
		return false;
	}
}

const onSmallDisk = mayMount() ? test : test.skip;

onSmallDisk('a full disk is told by its code, and nothing half written stays or is lost', async (t) => {
	const folder = await makeFolder(t);
	const disk = path.join(folder, 'disk');
	const elsewhere = path.join(folder, 'elsewhere');
	await mkdir(disk);
	await mkdir(elsewhere);
	const script = 'mount -t tmpfs -o size=4m none "$0" && exec "$1" "$2" "$0" "$3"';
	const {stdout} = await promisify(execFile)(unshare, [
		'-Urm',
		'/bin/sh',
		'-c',
		script,
		disk,
		process.execPath,
		child,
		elsewhere,
	]);
	t.deepEqual(JSON.parse(stdout), {
		file: 'disk_full',
		files: 'disk_full',
		part: 'disk_full',
		room: 'done',
		blob: 'disk_full',
		head: 'disk_full',
		headAfter: 'whole',
	});
});

for (const [system, code] of [
	['ENOSPC', 'disk_full'],
	['EDQUOT', 'disk_full'],
	['EROFS', 'folder_not_writable'],
	['EACCES', 'folder_not_writable'],
	['EIO', 'store_io'],
	['EMFILE', 'store_io'],
] as const) {
	test(`${system} is the failure ${code}`, async (t) => {
		const error = Object.assign(new Error(system), {code: system});
		let cleaned = false;
		const work = withStoreFailures(
			async () => Promise.reject(error),
			async () => {
				cleaned = true;
				throw new Error('cleaning up failed as well');
			},
		);
		t.is((await t.throwsAsync(work, {instanceOf: Failure, code}))?.cause, error);
		t.true(cleaned);
	});
}

test('failures and bugs stay as they are', (t) => {
	const failure = new Failure('hostile_data');
	const bug = new TypeError('x is not a function');
	t.is(toStoreFailure(failure), failure);
	t.is(toStoreFailure(bug), bug);
});
