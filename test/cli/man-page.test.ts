import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {commands} from '../../source/cli/commands.js';
import {type Flag} from '../../source/cli/flag.js';
import {flags} from '../../source/cli/flags.js';
import {formatHelp} from '../../source/cli/help.js';
import {formatManPage} from '../../source/cli/man-page.js';

const page = formatManPage({version: '1.2.3', date: '2026-01-31'});
/** As roff writes what is typed. */
const typed = (text: string) => text.replaceAll('-', '\\-');

test('the man page has each command, flag, variable and example', (t) => {
	for (const {name, examples} of commands) {
		if (name !== 'open') t.true(page.includes(typed(name)), name);
		for (const [line] of examples)
			t.true(page.includes(typed(`pulsync-tui ${line}`.trimEnd()).replaceAll('~', '\\(ti')), line);
	}
	for (const flag of flags as readonly Flag[]) {
		t.true(page.includes(typed(`--${flag.name}`)), flag.name);
		if (flag.env) t.true(page.includes(`.B ${flag.env}`), flag.env);
	}
});

test('the man page names no command that is none, and the variables that stand in for no flag', (t) => {
	t.notRegex(page, /\bFor ([^.]*, )?open[,.]/);
	t.true(page.includes('For pulsync\\-tui [dir], host.'));
	t.true(page.includes('.B PULSYNC_MERGE_TOOL'));
	t.true(formatHelp('open').includes('PULSYNC_MERGE_TOOL'));
});

test('the build has written it where the package ships it', (t) => {
	const {man, files} = JSON.parse(readFileSync('package.json', 'utf8')) as {man: string; files: string[]};
	t.true(files.includes(man));
	t.is(readFileSync(man, 'utf8').split('\n').length, page.split('\n').length);
});

for (const [program, args] of [
	['man', ['--warnings', '-l']],
	['mandoc', ['-T', 'lint', '-W', 'style']],
] as const) {
	const isThere = spawnSync(program, ['-h'], {stdio: 'ignore'}).error === undefined;
	const run = isThere || process.env.CI ? test : test.skip;
	run(`${program} has nothing to say against it${isThere ? '' : ` (${program} is missing)`}`, (t) => {
		const folder = mkdtempSync(path.join(os.tmpdir(), 'man-'));
		t.teardown(() => rmSync(folder, {recursive: true, force: true}));
		const file = path.join(folder, 'pulsync-tui.1');
		writeFileSync(file, page);
		const env = {...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80', MANPAGER: 'cat'};
		const {status, stderr, stdout} = spawnSync(program, [...args, file], {encoding: 'utf8', env});
		t.is(status, 0, stdout + stderr);
		t.is(stderr, '');
		if (program === 'man') t.true(stdout.includes('resolve <path…> --take SIDE'), stdout);
		else t.is(stdout, '');
	});
}
