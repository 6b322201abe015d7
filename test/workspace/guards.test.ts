import test from 'ava';
import {existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Failure} from '../../source/protocol/failure.js';
import {
	checkDeletions,
	checkRoom,
	checkRoot,
	readRootIdentity,
	writeMark,
} from '../../source/workspace/guards.js';
import {findGitOperation} from '../../source/workspace/git-operation.js';
import {findUserGitDir} from '../../source/workspace/user-git-dir.js';
import {git, makeFolder, makeProject, writeFiles} from './temp-project.js';

const accidents: readonly {title: string; change: (root: string) => void; code: string | undefined}[] = [
	{title: 'nothing happened', change: () => undefined, code: undefined},
	{title: 'the root is gone', change: (root) => rmSync(root, {recursive: true}), code: 'root_missing'},
	{
		title: '.pulsync is gone',
		change: (root) => rmSync(join(root, '.pulsync'), {recursive: true}),
		code: 'root_missing',
	},
	{
		title: 'the root is a link to itself somewhere else',
		change: (root) => {
			renameSync(root, `${root}-moved`);
			symlinkSync(`${root}-moved`, root);
		},
		code: 'root_missing',
	},
	{
		title: 'the root is a file',
		change: (root) => {
			rmSync(root, {recursive: true});
			writeFileSync(root, '');
		},
		code: 'root_missing',
	},
	{title: 'the mark is gone', change: (root) => rmSync(join(root, '.pulsync/mark')), code: 'root_replaced'},
	{
		title: 'the mark is that of another copy',
		change: (root) => writeFileSync(join(root, '.pulsync/mark'), 'other\n'),
		code: 'root_replaced',
	},
	{
		title: 'another folder has the name, with a copy of the mark',
		change: (root) => {
			renameSync(root, `${root}-moved`);
			mkdirSync(join(root, '.pulsync'), {recursive: true});
			writeFileSync(join(root, '.pulsync/mark'), 'mark\n');
		},
		code: 'root_replaced',
	},
];

for (const {title, change, code} of accidents) {
	test(`the root is checked: ${title}`, async (t) => {
		const {root, folder} = makeProject(t);
		await writeMark(folder, 'mark');
		const identity = await readRootIdentity(root, 'mark');
		change(root);
		const check = checkRoot({root, folder, identity});
		if (code === undefined) await t.notThrowsAsync(check);
		else await t.throwsAsync(check, {instanceOf: Failure, code});
	});
}

test('another file system at the place of the root is seen', async (t) => {
	const {root, folder} = makeProject(t);
	await writeMark(folder, 'mark');
	const identity = await readRootIdentity(root, 'mark');
	await t.throwsAsync(checkRoot({root, folder, identity: {...identity, device: identity.device + 1}}), {
		code: 'other_filesystem',
	});
});

const deletions: readonly (readonly [shown: number, gone: number, left: number, code: string | undefined])[] =
	[
		[0, 0, 0, undefined],
		[1, 1, 0, undefined],
		[2, 2, 0, 'root_emptied'],
		[2, 2, 1, undefined],
		[1000, 1000, 0, 'root_emptied'],
		[200, 199, 1, undefined],
		[201, 200, 1, undefined],
		[400, 201, 199, 'mass_deletion'],
		[2000, 500, 1500, undefined],
		[2000, 501, 1499, 'mass_deletion'],
	];
for (const [shown, gone, left, code] of deletions) {
	test(`${gone} of ${shown} files gone and ${left} left: ${code ?? 'normal work'}`, (t) => {
		const check = () => checkDeletions({shown, gone, left});
		if (code === undefined) t.notThrows(check);
		else t.throws(check, {instanceOf: Failure, code});
	});
}

test('a plan that does not fit is refused before it begins', async (t) => {
	const {folder} = makeProject(t);
	await t.notThrowsAsync(checkRoom(folder, 1000));
	const tooMuch = 2 ** 52;
	const failure = await t.throwsAsync<Failure>(checkRoom(folder, tooMuch), {code: 'disk_full'});
	t.is(failure?.details.neededBytes, tooMuch + 64 * 1024 * 1024); // what is kept free for all else is needed as well
});

test("a git operation under way is told by git's own files", async (t) => {
	const root = makeFolder(t);
	const run = (...args: string[]) => {
		try {
			git(root, ...args);
		} catch {
			// A merge or rebase that stops at a conflict ends with an error.
		}
	};
	const operation = () => findGitOperation(findUserGitDir(root));
	t.is(await operation(), undefined);
	run('init');
	writeFiles(root, {a: '1\n'});
	run('add', '.');
	run('commit', '-m', 'one');
	run('checkout', '-b', 'side');
	writeFiles(root, {a: 'side\n'});
	run('commit', '-am', 'side');
	run('checkout', 'main');
	writeFiles(root, {a: 'main\n'});
	run('commit', '-am', 'main');
	t.is(await operation(), undefined);
	run('merge', 'side');
	t.is(await operation(), 'merge');
	run('merge', '--abort');
	run('rebase', 'side');
	t.is(await operation(), 'rebase');
	run('rebase', '--abort');
	run('cherry-pick', 'side');
	t.is(await operation(), 'cherry-pick');
	run('cherry-pick', '--abort');
	run('bisect', 'start');
	t.is(await operation(), 'bisect');
	run('bisect', 'reset');
	t.is(await operation(), undefined);
	writeFileSync(join(root, '.git/index.lock'), '');
	t.is(await operation(), 'writing');
	t.true(existsSync(join(root, '.git/index.lock')));
	t.true(readdirSync(root).includes('a'));
});
