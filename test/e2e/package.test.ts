/** What is published works where it is installed: packed, put into another folder, started by its command. */
import {execFile} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';

const run = promisify(execFile);
const root = path.resolve('.');
/** An install from the local cache takes seconds; from a registry it may take longer. */
const installMs = 240_000;

test('the packed program runs where it is installed, and brings no tests or sources', async (t) => {
	t.timeout(installMs);
	const folder = mkdtempSync(path.join(os.tmpdir(), 'package-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const {version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {version: string};
	const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
		cwd: root,
	});
	const [{files, filename}] = JSON.parse(packed.stdout) as [
		{files: {path: string; size: number}[]; filename: string},
	];
	const names = files.map((file) => file.path);
	for (const needed of [
		'dist/program/cli.js',
		'dist/program/package.json',
		'dist/program/parts/package.json',
		'dist/program/parts/ice-child.js',
		'dist/man/pulsync-tui.1',
		'README.md',
		'LICENSE',
		'package.json',
	]) {
		t.true(names.includes(needed), needed);
	}
	for (const paper of names.filter((name) => name.endsWith('.md'))) {
		const text = readFileSync(path.join(root, paper), 'utf8');
		for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
			const file = path.join(path.dirname(paper), target!);
			t.true(
				names.some((name) => name === file || name.startsWith(`${file}/`)),
				`${paper} → ${target}`,
			);
		}
	}
	t.true(names.includes('docs/monitoring/alerts.yml'));
	t.deepEqual(
		names.filter((name) =>
			/^(test|source|scripts|dist\/(test|source|relay)|\.ci)|\.map$|tsbuildinfo/.test(name),
		),
		[],
	);

	writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
	await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${filename}`], {
		cwd: folder,
		timeout: installMs,
	});
	const program = path.join(folder, 'node_modules/.bin/pulsync-tui');
	const shown = await run(program, ['--version'], {cwd: folder});
	t.is(shown.stdout, `${version}\n`);
	t.is(shown.stderr, '');
	const help = await run('npx', ['--no-install', 'pulsync-tui', '--help'], {cwd: folder});
	t.true(help.stdout.includes('pulsync-tui host [dir]'));
});
