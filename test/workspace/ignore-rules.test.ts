import test from 'ava';
import fc from 'fast-check';
import {
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	statSync,
	symlinkSync,
	writeFileSync,
	existsSync,
	rmSync,
	chmodSync,
} from 'node:fs';
import {join} from 'node:path';
import {ShownIndex} from '../../source/workspace/shown-index.js';
import {lookAt} from '../../source/workspace/disk-entry.js';
import {findGitOperation} from '../../source/workspace/git-operation.js';
import {IgnoreRules} from '../../source/workspace/ignore-rules.js';
import {isRuleFile} from '../../source/workspace/rule-file.js';
import {scan} from '../../source/workspace/scan.js';
import {findUserGitDir} from '../../source/workspace/user-git-dir.js';
import {git, makeFolder, makeProject, openRules, openShown, writeFiles} from './temp-project.js';

const cases: readonly {
	title: string;
	files: Record<string, string>;
	ignored: readonly string[];
	inView: readonly string[];
}[] = [
	{
		title: 'a rule at the root',
		files: {'.gitignore': '*.log\n/top\nbuild/\n'},
		ignored: ['a.log', 'deep/er/a.log', 'top', 'build/x', 'sub/build/y'],
		inView: ['a.txt', 'deep/top', 'builder/x', '.gitignore'],
	},
	{
		title: 'a nested rule file, and a negation in it',
		files: {'.gitignore': '*.log\n', 'sub/.gitignore': '!keep.log\n*.txt\n'},
		ignored: ['keep.log', 'sub/other.log', 'sub/a.txt', 'sub/deep/a.txt'],
		inView: ['sub/keep.log', 'sub/deep/keep.log', 'a.txt'],
	},
	{
		title: 'a negation below an ignored folder, which git does not look into',
		files: {'.gitignore': 'node_modules/\n!node_modules/mine.js\n'},
		ignored: ['node_modules/mine.js', 'node_modules/a/b'],
		inView: ['node_module'],
	},
	{
		title: 'names that are magic to git elsewhere',
		files: {'.gitignore': '\\!odd\n*.o\n'},
		ignored: ['!odd', ':(glob)x.o', '-x.o', 'line\nbreak.o', '"quoted".o', ' .o'],
		inView: [':(glob)x', ':!x', '-x', '*', 'line\nbreak', '!even', 'ü', 'e\u0301'],
	},
];

for (const {title, files, ignored, inView} of cases) {
	test(`rules are git's: ${title}`, async (t) => {
		const project = makeProject(t);
		writeFiles(project.root, files);
		const rules = await openRules(t, project);
		t.deepEqual([...(await rules.isIgnored([...ignored, ...inView]))].sort(), [...ignored].sort());
	});
}

test("info/exclude and the person's global excludes file are rules too", async (t) => {
	const project = makeProject(t);
	git(project.root, 'init');
	writeFileSync(join(project.root, '.git/info/exclude'), 'excluded\n');
	writeFileSync(join(project.root, '.git/my-excludes'), 'globally\n');
	git(project.root, 'config', 'core.excludesFile', join(project.root, '.git/my-excludes'));
	const rules = await openRules(t, project);
	t.deepEqual([...(await rules.isIgnored(['excluded', 'globally', 'other']))], ['excluded', 'globally']);
});

test('what the repository tracks is in view although a rule ignores it', async (t) => {
	const project = makeProject(t);
	const {root} = project;
	writeFiles(root, {
		'.gitignore': 'dist/\n',
		'dist/kept.js': 'k',
		'dist/other.js': 'o',
		'dist/deep/too.js': 't',
	});
	git(root, 'init');
	git(root, 'add', '-f', 'dist/kept.js', 'dist/deep/too.js');
	const rules = await openRules(t, project);
	const shown = await openShown(t, project);
	t.deepEqual(
		[...(await rules.isIgnored(['dist/kept.js', 'dist/other.js', 'dist']))],
		['dist/other.js', 'dist'],
	);
	t.deepEqual([...(await rules.unwatched(['dist', 'dist/deep']))], []);
	const {dirty} = await scan({root, rules, shown});
	t.deepEqual([...dirty.keys()].sort(), ['.gitignore', 'dist/deep/too.js', 'dist/kept.js']);

	git(root, 'rm', '-q', '--cached', 'dist/kept.js');
	t.true((await rules.isIgnored(['dist/kept.js'])).has('dist/kept.js'));
});

test('a rule that changes is known at the next question', async (t) => {
	const project = makeProject(t);
	const rules = await openRules(t, project);
	t.deepEqual([...(await rules.isIgnored(['sub/a.log']))], []);
	writeFiles(project.root, {'.gitignore': '*.log\n'});
	t.deepEqual([...(await rules.isIgnored(['sub/a.log']))], ['sub/a.log']);
	writeFiles(project.root, {'sub/.gitignore': '!a.log\n'});
	t.deepEqual([...(await rules.isIgnored(['sub/a.log']))], []);
});

test('a rule that changes after a walk alone asked git is known at the next question', async (t) => {
	const project = makeProject(t);
	writeFiles(project.root, {'.gitignore': '*.txt\n', 'sub/.gitignore': ''});
	const rules = await openRules(t, project);
	t.deepEqual(await rules.askGit(['sub/a.log']), [false]);
	writeFiles(project.root, {'.gitignore': '*.log\n'});
	t.deepEqual([...(await rules.isIgnored(['sub/a.log']))], ['sub/a.log']);
});

test('who is being answered when a rule changes, is', async (t) => {
	const project = makeProject(t);
	writeFiles(project.root, {'.gitignore': '*.log\n', 'src/a.txt': 'a'});
	const rules = await openRules(t, project);
	await rules.askGit(['src', 'README']);
	// More than git is asked at once.
	const level = Array.from({length: 20_000}, (_, at) => `src/${at}.${at % 2 === 0 ? 'log' : 'txt'}`);
	const scanning = rules.askGit(level);
	writeFiles(project.root, {'.gitignore': '*.log\nsrc\n'});
	const watching = rules.unwatched(['src']);
	t.deepEqual([...(await watching)], ['src']);
	t.is((await scanning).filter(Boolean).length, 10_000);
});

test('rules that are saved while files are looked at are about these files too', async (t) => {
	for (const only of [undefined, new Set(['.env', 'src/a'])]) {
		const project = makeProject(t);
		writeFiles(project.root, {'.env': 'secret', 'src/a': 'a'});
		const rules = await openRules(t, project);
		const shown = await openShown(t, project);
		const ask = rules.askGit.bind(rules);
		rules.askGit = async (paths) => {
			const answers = await ask(paths);
			if (paths.includes('.env')) writeFiles(project.root, {'.gitignore': '.env\n'});
			return answers;
		};
		const {dirty} = await scan({root: project.root, rules, shown, only});
		t.false(dirty.has('.env'));
		t.true(dirty.has('src/a'));
	}
});

test('rule files are told by their names, in any spelling', (t) => {
	for (const path of ['.gitignore', 'sub/.gitignore', '.GITIGNORE', 'sub/.gitIgnore'])
		t.true(isRuleFile(path));
	for (const path of ['x.gitignore', '.gitignore/x', '.gitignores', 'gitignore']) t.false(isRuleFile(path));
});

test('a path beyond a link is judged by the link', async (t) => {
	const project = makeProject(t);
	writeFiles(project.root, {'.gitignore': 'ignored-link\n*.log\n', 'real/file': ''});
	symlinkSync('real', join(project.root, 'link'));
	symlinkSync('real', join(project.root, 'ignored-link'));
	const rules = await openRules(t, project);
	const paths = ['link/file', 'ignored-link/file', 'link/a.log', 'real/a.log'];
	t.deepEqual([...(await rules.isIgnored(paths))], ['ignored-link/file', 'real/a.log']);
});

test('many questions at once are each answered', async (t) => {
	const project = makeProject(t);
	writeFiles(project.root, {'.gitignore': '*1\n'});
	const rules = await openRules(t, project);
	const answers = await Promise.all(
		Array.from({length: 50}, (_, group) => {
			const paths = Array.from({length: 300}, (_, index) => `group-${group}-of-many/f${index}`);
			return rules
				.isIgnored(paths)
				.then((ignored) => [ignored.size, paths.filter((path) => path.endsWith('1')).length]);
		}),
	);
	for (const [got, expected] of answers) t.is(got, expected);
});

test.serial('a hostile configuration executes nothing, and its excludes file is honoured', async (t) => {
	const outside = makeFolder(t);
	const project = makeProject(t);
	const {root} = project;
	const trap = join(outside, 'trap.sh');
	const proof = join(outside, 'executed');
	writeFileSync(trap, `#!/bin/sh\necho "$0 $@" >> ${proof}\ncat\n`);
	chmodSync(trap, 0o755);
	writeFileSync(join(outside, 'excludes'), '*.secret\n');
	const hostile = [
		`[core]\nfsmonitor = ${trap}\nhooksPath = ${outside}\npager = ${trap}\neditor = ${trap}\nsshCommand = ${trap}`,
		`\nexcludesFile = ${outside}/excludes\n[alias]\nls-files = !${trap}\ncheck-ignore = !${trap}\nconfig = !${trap}\n`,
		`[filter "x"]\nclean = ${trap}\nsmudge = ${trap}\nprocess = ${trap}\n[diff]\nexternal = ${trap}\n`,
		`[credential]\nhelper = ${trap}\n[pager]\nconfig = ${trap}\nls-files = ${trap}\n[maintenance]\nauto = true\n`,
	].join('');
	writeFileSync(join(outside, 'gitconfig'), hostile);
	writeFiles(root, {
		'a.txt': 'a',
		'a.secret': 's',
		'.gitattributes': '* filter=x\n',
		'.gitignore': 'dist\n',
		'dist/t': 't',
	});
	git(root, 'init');
	git(root, 'add', '-f', 'a.txt', 'dist/t');
	writeFileSync(join(root, '.git/config'), readFileSync(join(root, '.git/config'), 'utf8') + hostile);
	for (const hook of ['post-index-change', 'fsmonitor-watchman', 'pre-auto-gc']) {
		writeFileSync(join(root, '.git/hooks', hook), readFileSync(trap), {mode: 0o755});
	}
	const before = bytesBelow(join(root, '.git'));
	const saved = {...process.env};
	Object.assign(process.env, {
		GIT_CONFIG_GLOBAL: join(outside, 'gitconfig'),
		GIT_TRACE: proof,
		GIT_PAGER: trap,
		GIT_DIR: outside,
	});
	t.teardown(() => {
		for (const name of ['GIT_CONFIG_GLOBAL', 'GIT_TRACE', 'GIT_PAGER', 'GIT_DIR']) delete process.env[name];
		Object.assign(process.env, saved);
	});
	const rules = await openRules(t, project);
	const shown = await openShown(t, project);
	const {dirty} = await scan({root, rules, shown});
	t.deepEqual([...dirty.keys()].sort(), ['.gitattributes', '.gitignore', 'a.txt', 'dist/t']);
	t.false(existsSync(proof));
	t.deepEqual(bytesBelow(join(root, '.git')), before);
});

test('a missing git directory, a link in its place, or a worktree are all right', async (t) => {
	const outer = makeFolder(t);
	const main = join(outer, 'main');
	mkdirSync(main);
	git(main, 'init');
	writeFiles(main, {'.gitignore': '*.log\n', a: ''});
	git(main, 'add', '.');
	git(main, 'commit', '-qm', 'one');
	const root = join(outer, 'linked');
	git(main, 'worktree', 'add', '-q', root);
	writeFileSync(join(main, '.git/info/exclude'), 'excluded\n');
	const folder = join(root, '.pulsync');
	mkdirSync(folder);
	symlinkSync('/etc', join(folder, 'rules.git'));
	const rules = await openRules(t, {root, folder});
	t.deepEqual([...rules.tracked].sort(), ['.gitignore', 'a']);
	t.deepEqual([...(await rules.isIgnored(['excluded', 'x.log', 'a']))], ['excluded', 'x.log']);
	rmSync(join(root, '.git'));
	await rules.refresh();
	t.deepEqual([...(await rules.isIgnored(['excluded', 'x.log', 'a']))], ['x.log']);
});

test('in a folder of a repository the rules above it hold, and what is tracked is in view', async (t) => {
	const outer = makeFolder(t);
	git(outer, 'init');
	const root = join(outer, 'packages/web');
	mkdirSync(join(root, '.pulsync'), {recursive: true});
	writeFiles(outer, {
		'.gitignore': 'node_modules\n/packages/web/dist/\n*.log\n',
		'packages/.gitignore': '.env*\n/web/secret\n',
		'packages/web/.gitignore': '!keep.log\n',
		'packages/web/kept.log': 'tracked',
		'packages/other/b.log': 'tracked',
		'.git/info/exclude': 'private\n',
	});
	git(outer, 'add', '-f', 'packages/web/kept.log', 'packages/other/b.log');
	const rules = await openRules(t, {root, folder: join(root, '.pulsync')});
	const ignored = ['node_modules/x', 'dist/x', 'a.log', '.env', 'deep/.env.local', 'secret', 'private'];
	const inView = ['keep.log', 'kept.log', 'packages', 'deep/secret', 'other/b.log.txt'];
	t.deepEqual([...(await rules.isIgnored([...ignored, ...inView]))].sort(), [...ignored].sort());
	t.deepEqual([...rules.tracked], ['kept.log']);
	writeFileSync(join(outer, 'packages/.gitignore'), 'other\n');
	t.deepEqual([...(await rules.isIgnored(['.env', 'secret', 'other']))], ['other']);
	mkdirSync(join(outer, '.git/rebase-merge'));
	t.is(await findGitOperation(rules.user), 'rebase');
	// A folder that is ignored as a whole is shared for its own sake.
	writeFileSync(join(outer, '.gitignore'), 'packages\n*.log\n');
	await rules.refresh();
	t.deepEqual([...(await rules.isIgnored(['a', 'a.log']))], []);
	t.is(rules.user, undefined, 'what git does out there holds nothing up');
	git(root, 'init');
	t.is(rules.user?.top, root, 'one of its own counts from its first moment');
});

test('a git directory that is a link is the git directory', async (t) => {
	const project = makeProject(t);
	const elsewhere = join(makeFolder(t), 'kept.git');
	git(project.root, 'init');
	writeFiles(project.root, {'.gitignore': '*.log\n', 'a.log': ''});
	git(project.root, 'add', '-f', 'a.log');
	renameSync(join(project.root, '.git'), elsewhere);
	symlinkSync(elsewhere, join(project.root, '.git'));
	writeFileSync(join(elsewhere, 'info/exclude'), 'secret\n');
	const rules = await openRules(t, project);
	t.deepEqual([...(await rules.isIgnored(['secret', 'a.log', 'b.log', 'b']))], ['secret', 'b.log']);
	writeFileSync(join(elsewhere, 'MERGE_HEAD'), '');
	t.is(await findGitOperation(findUserGitDir(project.root)), 'merge');
});

test('whatever the rules and the tree, the paths in view are those of git itself', async (t) => {
	const name = fc.constantFrom('a', 'b', 'c.log', 'd.txt', 'dist', 'é', 'x y', '#h', '!n');
	const path = fc.array(name, {minLength: 1, maxLength: 4}).map((names) => names.join('/'));
	const pattern = fc
		.tuple(
			fc.constantFrom('', '!', '/', '!/', '**/'),
			fc.oneof(name, fc.constantFrom('*.log', '*', 'a/b', 'a/**', '[a-c]', 'd?st', '\\#h', '\\!n')),
			fc.constantFrom('', '/', ' '),
		)
		.map((parts) => parts.join(''));
	const rules = fc.array(pattern, {maxLength: 4}).map((lines) => lines.join('\n') + '\n');
	const tree = fc.record({
		files: fc.uniqueArray(path, {minLength: 1, maxLength: 12}),
		rules: fc.dictionary(fc.constantFrom('', 'a/', 'a/b/', 'dist/'), rules),
		tracked: fc.uniqueArray(path, {maxLength: 2}),
	});
	await fc.assert(
		fc.asyncProperty(tree, async (example) => {
			const project = makeProject(t);
			const {root} = project;
			git(root, 'init', '-q');
			const write = (file: string, text: string) => {
				try {
					writeFiles(root, {[file]: text});
					return true;
				} catch {
					return false; // a file is where a folder should be
				}
			};
			for (const file of [...example.files, ...example.tracked]) write(file, 'x');
			for (const [folder, text] of Object.entries(example.rules)) write(`${folder}.gitignore`, text);
			for (const file of example.tracked) {
				if (lookAt(join(root, file)).kind === 'entry') git(root, 'add', '-f', '--', file);
			}
			const theirs = git(root, 'ls-files', '-z', '-c', '-o', '--exclude-standard')
				.split('\0')
				.filter(Boolean);
			const opened = await IgnoreRules.open(project);
			const shown = await ShownIndex.open(join(project.folder, 'shown'));
			try {
				const {dirty} = await scan({root, rules: opened, shown});
				t.deepEqual([...dirty.keys()].sort(), [...new Set(theirs)].sort());
			} finally {
				opened.close();
				await shown.close();
			}
		}),
		{numRuns: 40},
	);
});

function bytesBelow(folder: string): Record<string, string> {
	const all: Record<string, string> = {};
	for (const child of readdirSync(folder, {withFileTypes: true, recursive: true})) {
		const path = join(child.parentPath, child.name);
		if (!child.isFile()) continue;
		const {mtimeMs, ino, mode} = statSync(path);
		all[path] = `${ino} ${mode} ${mtimeMs} ${readFileSync(path, 'hex')}`;
	}
	return all;
}
