/** A project that is somebody's git repository, with everything in it that could disturb: it is only ever read. */
import {execFileSync} from 'node:child_process';
import {appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {describeTree} from '../helpers/compare-trees.js';
import {Lab, settle} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

const put = (folder: string, files: Record<string, string>) => {
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(path.dirname(path.join(folder, name)), {recursive: true});
		writeFileSync(path.join(folder, name), text);
	}
};

const crlf = 'one\r\ntwo\r\n$Id$\r\n';
const attributes = [
	'*.txt text eol=lf',
	'*.ident ident',
	'*.secret filter=evil',
	'*.merged merge=union',
	'*.utf16 working-tree-encoding=UTF-16',
	'*.diffed diff=evil',
	'',
].join('\n');

test('the user’s repository stays byte for byte as it was, nothing of it runs, and files arrive exactly', async (t) => {
	const lab = new Lab(t);
	const ada = lab.path('ada');
	const marker = path.join(lab.folder, 'executed');
	const evil = `touch ${marker}; cat`;
	const git = (...args: string[]) =>
		execFileSync(
			'git',
			['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'core.hooksPath=/dev/null', ...args],
			{
				cwd: ada,
				stdio: 'pipe',
				env: {
					PATH: process.env.PATH,
					HOME: '/nonexistent',
					GIT_CONFIG_NOSYSTEM: '1',
					GIT_OPTIONAL_LOCKS: '0',
				},
			},
		).toString();

	git('init', '-q', '-b', 'main');
	put(ada, {
		'crlf.txt': crlf,
		'code.ident': '$Id$\n',
		'data.secret': 'secret\n',
		'wide.utf16': 'wide\n',
		'stash.txt': 'before\n',
		'tracked/kept.log': 'tracked although ignored\n',
		'.gitignore': '*.log\nbuild/\n!important.log\n/only-root\n',
	});
	git('add', '-f', '.');
	git('commit', '-qm', 'first');
	put(ada, {'stash.txt': 'stashed\n'});
	git('stash', '-q');
	put(ada, {
		'.gitattributes': attributes,
		'staged.txt': 'staged\n',
		'debug.log': 'no\n',
		'important.log': 'yes\n',
		'build/out.bin': 'no\n',
		'only-root': 'no\n',
		'nested/only-root': 'yes\n',
		'nested/.gitignore': '*.tmp\n!keep.tmp\n',
		'nested/a.tmp': 'no\n',
		'nested/keep.tmp': 'yes\n',
	});
	git('add', 'staged.txt');
	for (const hook of [
		'pre-commit',
		'post-checkout',
		'post-index-change',
		'reference-transaction',
		'pre-auto-gc',
		'fsmonitor',
	]) {
		writeFileSync(path.join(ada, '.git/hooks', hook), `#!/bin/sh\n${evil}\n`, {mode: 0o755});
	}
	appendFileSync(
		path.join(ada, '.git/config'),
		`[core]\n\tfsmonitor = "${evil}"\n\tautocrlf = true\n[filter "evil"]\n\tclean = "${evil}"\n\tsmudge = "${evil}"\n\trequired = true\n[diff "evil"]\n\ttextconv = "${evil}"\n`,
	);
	writeFileSync(
		path.join(lab.folder, 'home/.gitconfig'),
		`[core]\n\tfsmonitor = "${evil}"\n\thooksPath = ${ada}/.git/hooks\n\tautocrlf = true\n\tpager = "${evil}"\n\teditor = "${evil}"\n[alias]\n\tcat-file = "!${evil}"\n[init]\n\ttemplateDir = ${ada}/.git\n[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = "${marker}.sh"\n`,
	);
	const before = describeTree(path.join(ada, '.git'));
	const status = git('-c', 'core.fsmonitor=false', '-c', 'filter.evil.clean=cat', 'status', '--porcelain');

	const host = await lab.host('ada');
	const bob = await lab.join('bob', host.invite);
	await settle([host, bob]);
	const there = (name: string) => readFileSync(path.join(bob.folder, name), 'utf8');
	t.is(there('crlf.txt'), crlf);
	t.is(there('code.ident'), '$Id$\n');
	t.is(there('data.secret'), 'secret\n');
	t.is(there('wide.utf16'), 'wide\n');
	t.is(there('tracked/kept.log'), 'tracked although ignored\n');
	for (const name of ['important.log', 'nested/only-root', 'nested/keep.tmp', 'staged.txt'])
		t.true(existsSync(path.join(bob.folder, name)), name);
	for (const name of ['debug.log', 'build', 'only-root', 'nested/a.tmp', '.git'])
		t.false(existsSync(path.join(bob.folder, name)), name);

	put(bob.folder, {'crlf.txt': `${crlf}three\r\n`, 'by-bob.txt': 'bob\n'});
	await settle([host, bob]);
	t.is(readFileSync(path.join(ada, 'crlf.txt'), 'utf8'), `${crlf}three\r\n`);

	// A rule added while running takes effect on both, and removes nothing.
	put(ada, {'late/kept.data': 'kept\n', 'late/other.txt': 'other\n'});
	await settle([host, bob]);
	appendFileSync(path.join(ada, '.gitignore'), '*.data\n');
	await settle([host, bob]);
	put(ada, {
		'late/kept.data': 'changed, and of no concern to others\n',
		'late/new.data': 'new\n',
		'late/other.txt': 'seen\n',
	});
	await waitUntil('the last edit', () => there('late/other.txt') === 'seen\n');
	await settle([host, bob]);
	t.is(there('late/kept.data'), 'kept\n');
	t.false(existsSync(path.join(bob.folder, 'late/new.data')));
	t.true(existsSync(path.join(ada, 'late/kept.data')));

	t.deepEqual(describeTree(path.join(ada, '.git')), before);
	t.false(existsSync(marker), 'something of the repository was executed');
	const after = git('-c', 'core.fsmonitor=false', '-c', 'filter.evil.clean=cat', 'status', '--porcelain');
	t.false(after.includes('.pulsync'));
	t.true(status.split('\n').every((line) => after.includes(line)));
	t.is(git('stash', 'list').trim().split('\n').length, 1);
});
