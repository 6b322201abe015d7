/** Joining into a folder that has files: nothing is overwritten, nothing deleted, and what differs is asked about. */
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees, describeTree} from '../helpers/compare-trees.js';
import {Lab, settle} from '../helpers/peer-process.js';

const put = (folder: string, files: Record<string, string>) => {
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(path.dirname(path.join(folder, name)), {recursive: true});
		writeFileSync(path.join(folder, name), text);
	}
};
const read = (folder: string, name: string) => readFileSync(path.join(folder, name), 'utf8');
const git = (folder: string, ...args: string[]) =>
	execFileSync(
		'git',
		['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'init.defaultBranch=main', ...args],
		{
			cwd: folder,
			stdio: 'pipe',
		},
	);

test.serial('two clones of one repository: only what both changed differently is a conflict', async (t) => {
	const lab = new Lab(t);
	const [ada, bob] = [lab.path('ada'), lab.path('bob')];
	git(ada, 'init');
	put(ada, {
		'same.txt': 'same\n',
		'a.txt': 'a\n',
		'b.txt': 'b\n',
		'both.txt': 'both\n',
		'deleted-by-bob.txt': 'old\n',
	});
	git(ada, 'add', '.');
	git(ada, 'commit', '-m', 'first');
	git(bob, 'clone', ada, '.');
	put(ada, {'a.txt': 'a by ada\n', 'both.txt': 'both by ada\n', 'new-by-ada.txt': 'new\n'});
	git(ada, 'commit', '-am', 'second');
	put(bob, {'b.txt': 'b by bob\n', 'both.txt': 'both by bob\n', 'new-by-bob.txt': 'new\n'});
	const before = describeTree(bob);

	const host = await lab.host('ada');
	const guest = await lab.join('bob', host.invite, ['--merge']);
	const eve = await lab.join('eve', host.invite);
	await settle([host, guest, eve]);
	const conflicts = (await guest.ask({request: 'conflicts'})).conflicts as {path: string}[];
	t.deepEqual(
		conflicts.map((conflict) => conflict.path),
		['both.txt'],
	);
	t.is(read(ada, 'both.txt'), 'both by ada\n');
	t.is(read(bob, 'both.txt'), 'both by bob\n');
	t.is(read(bob, 'a.txt'), 'a by ada\n');
	t.is(read(ada, 'b.txt'), 'b by bob\n');
	t.deepEqual(
		[...before.keys()].filter((name) => !describeTree(bob).has(name)),
		[],
		'nothing is deleted',
	);
	t.is(git(bob, 'status', '--porcelain', '-uall').toString().includes('.pulsync'), false);

	const resolved = await lab.run('bob', ['resolve', '--all', '--take', 'mine', '--json']);
	t.deepEqual(JSON.parse(resolved.stdout), {resolved: ['both.txt']}, resolved.stderr);
	await settle([host, guest, eve]);
	t.deepEqual(compareTrees(ada, bob), []);
	t.deepEqual(compareTrees(ada, eve.folder), []);
	t.is(read(ada, 'both.txt'), 'both by bob\n');
});

test.serial(
	'an unrelated folder: equal files are equal, each that differs is a conflict, settled in bulk',
	async (t) => {
		const lab = new Lab(t);
		const [ada, bob] = [lab.path('ada'), lab.path('bob')];
		put(ada, {
			'equal.txt': 'equal\n',
			'x/1.txt': '1 ada\n',
			'x/2.txt': '2 ada\n',
			'y/3.txt': '3 ada\n',
			'only-ada.txt': 'a\n',
		});
		put(bob, {
			'equal.txt': 'equal\n',
			'x/1.txt': '1 bob\n',
			'x/2.txt': '2 bob\n',
			'y/3.txt': '3 bob\n',
			'only-bob.txt': 'b\n',
		});
		const host = await lab.host('ada');
		const guest = await lab.join('bob', host.invite, ['--merge']);
		await settle([host, guest]);
		const paths = ((await host.ask({request: 'conflicts'})).conflicts as {path: string}[]).map(
			(conflict) => conflict.path,
		);
		t.deepEqual(paths.sort(), ['x/1.txt', 'x/2.txt', 'y/3.txt']);
		t.is(read(ada, 'x/1.txt'), '1 ada\n');
		t.is(read(bob, 'x/1.txt'), '1 bob\n');
		t.is(read(ada, 'only-bob.txt'), 'b\n');
		t.is(read(bob, 'only-ada.txt'), 'a\n');

		const part = await lab.run('bob', ['resolve', '--all', 'x', '--take', 'theirs', '--json']);
		t.deepEqual(
			(JSON.parse(part.stdout) as {resolved: string[]}).resolved.sort(),
			['x/1.txt', 'x/2.txt'],
			part.stderr,
		);
		const rest = await lab.run('ada', ['resolve', '--all', '--take', 'both', '--json']);
		t.is(rest.code, 0, rest.stderr);
		await settle([host, guest]);
		t.is(read(bob, 'x/1.txt'), '1 ada\n');
		t.is(read(bob, 'y/3.txt'), '3 ada\n');
		const [extra, ...more] = [...describeTree(bob).keys()].filter(
			(name) => name.startsWith('y/') && name !== 'y/3.txt',
		);
		t.is(more.length, 0);
		t.is(read(bob, extra!), '3 bob\n');
		t.deepEqual(compareTrees(ada, bob), []);
	},
);
