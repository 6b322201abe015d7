import test from 'ava';
import {execFileSync} from 'node:child_process';
import {
	chmodSync,
	linkSync,
	mkdirSync,
	renameSync,
	rmSync,
	symlinkSync,
	truncateSync,
	unlinkSync,
	utimesSync,
	writeFileSync,
	lstatSync,
} from 'node:fs';
import {join} from 'node:path';
import {type Path} from '../../source/protocol/content.js';
import {scan, type ScanResult} from '../../source/workspace/scan.js';
import {type ShownIndex} from '../../source/workspace/shown-index.js';
import {type IgnoreRules} from '../../source/workspace/ignore-rules.js';
import {diskTest, MountedDisk} from '../helpers/mounted-disk.js';
import {contentAt, git, makeProject, openRules, openShown, showAll, writeFiles} from './temp-project.js';

type Scene = {root: string; rules: IgnoreRules; shown: ShownIndex};

/** A project whose files are shown, with stats that are old enough to be trusted. */
async function makeScene(t: Parameters<typeof makeProject>[0], files: Record<Path, string>): Promise<Scene> {
	const project = makeProject(t);
	writeFiles(project.root, files);
	const rules = await openRules(t, project);
	const shown = await openShown(t, project);
	await agedBeyondDoubt();
	const {dirty} = await scan({root: project.root, rules, shown});
	await showAll(project.root, shown, [...dirty.keys()]);
	return {root: project.root, rules, shown};
}

/** Until a change leaves a trace in the file's times for sure. */
async function agedBeyondDoubt(): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, 30));
}

function summary(result: ScanResult) {
	return {
		dirty: [...result.dirty.keys()].sort(),
		gone: [...result.gone].sort(),
		ignored: [...result.ignored].sort(),
		notSynced: result.notSynced.map((one) => `${one.path}: ${one.reason}`).sort(),
	};
}

const nothing = {dirty: [], gone: [], ignored: [], notSynced: []};
const start = {'a.txt': 'a', 'b/c.txt': 'c', 'b/d/e.txt': 'e', z: ''};

const changes: readonly {
	title: string;
	change: (root: string) => void;
	hints: readonly Path[];
	expected: Partial<ReturnType<typeof summary>>;
}[] = [
	{title: 'nothing', change: () => undefined, hints: ['a.txt', 'b', 'none'], expected: {}},
	{
		title: 'a save of the same size with the old mtime',
		change: (root) => {
			const {mtime, atime} = lstatSync(join(root, 'a.txt'));
			writeFileSync(join(root, 'a.txt'), 'A');
			utimesSync(join(root, 'a.txt'), atime, mtime);
		},
		hints: ['a.txt'],
		expected: {dirty: ['a.txt']},
	},
	{
		title: 'an atomic save by way of a temporary file',
		change: (root) => {
			writeFileSync(join(root, '.a.txt.tmp'), 'new');
			renameSync(join(root, '.a.txt.tmp'), join(root, 'a.txt'));
		},
		hints: ['.a.txt.tmp', 'a.txt'],
		expected: {dirty: ['a.txt']},
	},
	{
		title: 'a new file with an odd name',
		change: (root) => writeFiles(root, {'n e\nw/"q" \u{1f600}.txt': ''}),
		hints: ['n e\nw'],
		expected: {dirty: ['n e\nw/"q" \u{1f600}.txt']},
	},
	{
		title: 'two names that differ in their Unicode form only',
		change: (root) => writeFiles(root, {'\u00e9': '1', 'e\u0301': '2'}),
		hints: ['\u00e9', 'e\u0301'],
		expected: {dirty: ['\u00e9', 'e\u0301'].sort()},
	},
	{
		title: 'a name that holds the replacement character itself',
		change: (root) => writeFiles(root, {'x\ufffd': '1'}),
		hints: ['x\ufffd'],
		expected: {dirty: ['x\ufffd']},
	},
	{
		title: 'the exec bit',
		change: (root) => chmodSync(join(root, 'z'), 0o755),
		hints: ['z'],
		expected: {dirty: ['z']},
	},
	{
		title: 'a removed file',
		change: (root) => unlinkSync(join(root, 'z')),
		hints: ['z'],
		expected: {gone: ['z']},
	},
	{
		title: 'a removed folder',
		change: (root) => rmSync(join(root, 'b'), {recursive: true}),
		hints: ['b'],
		expected: {gone: ['b/c.txt', 'b/d/e.txt']},
	},
	{
		title: 'a removed folder, hinted at by a file far below',
		change: (root) => rmSync(join(root, 'b'), {recursive: true}),
		hints: ['b/d/e.txt'],
		expected: {gone: ['b/c.txt', 'b/d/e.txt']},
	},
	{
		title: 'a file that became a folder',
		change: (root) => {
			unlinkSync(join(root, 'a.txt'));
			writeFiles(root, {'a.txt/in': 'x'});
		},
		hints: ['a.txt'],
		expected: {dirty: ['a.txt/in'], gone: ['a.txt']},
	},
	{
		title: 'a folder that became a file',
		change: (root) => {
			rmSync(join(root, 'b'), {recursive: true});
			writeFiles(root, {b: 'file'});
		},
		hints: ['b/c.txt'],
		expected: {dirty: ['b'], gone: ['b/c.txt', 'b/d/e.txt']},
	},
	{
		title: 'a folder that became a link to a folder of the same files',
		change: (root) => {
			renameSync(join(root, 'b'), join(root, 'moved'));
			symlinkSync('moved', join(root, 'b'));
		},
		hints: ['b', 'moved'],
		expected: {dirty: ['b', 'moved/c.txt', 'moved/d/e.txt'], gone: ['b/c.txt', 'b/d/e.txt']},
	},
	{
		title: 'a link out of the project',
		change: (root) => {
			symlinkSync('/etc/passwd', join(root, 'absolute'));
			symlinkSync('../../x', join(root, 'b/climbs'));
			symlinkSync('../a.txt', join(root, 'b/stays'));
			symlinkSync('.git/config', join(root, 'into'));
		},
		hints: ['absolute', 'b/climbs', 'b/stays', 'into'],
		expected: {
			dirty: ['b/stays'],
			notSynced: ['absolute: link_leaves_root', 'b/climbs: link_leaves_root', 'into: link_leaves_root'],
		},
	},
	{
		title: 'a fifo in the place of a file, which is neither changed nor gone',
		change: (root) => {
			unlinkSync(join(root, 'z'));
			execFileSync('mkfifo', [join(root, 'z')]);
		},
		hints: ['z'],
		expected: {notSynced: ['z: not_a_file']},
	},
	{
		title: 'a folder that became a repository of its own, whose files are not gone',
		change: (root) => git(join(root, 'b'), 'init', '-q'),
		hints: ['b/c.txt', 'b/.git/HEAD', 'b/.git'],
		expected: {notSynced: ['b: nested_repository']},
	},
	{
		title: 'names that no peer would take',
		change: (root) =>
			writeFiles(root, {'sub/.GIT/config': '', '.Git': '', 'c\\..\\d': '', 'sub/.pulsync/x': ''}),
		hints: ['sub', '.Git', 'c\\..\\d'],
		expected: {
			notSynced: [
				'.Git: reserved_name',
				'c\\..\\d: reserved_name',
				'sub/.GIT: reserved_name',
				'sub/.pulsync: reserved_name',
			],
		},
	},
	{
		title: 'a new rule, by which shown files are ignored and not gone',
		change: (root) => writeFiles(root, {'.gitignore': '*.txt\n'}),
		hints: ['.gitignore'],
		expected: {dirty: ['.gitignore'], ignored: ['a.txt', 'b/c.txt', 'b/d/e.txt']},
	},
	{
		title: 'a new rule for a folder that is removed as well',
		change: (root) => {
			writeFiles(root, {'.gitignore': 'b/\n'});
			rmSync(join(root, 'b'), {recursive: true});
			mkdirSync(join(root, 'b'));
		},
		hints: ['.gitignore', 'b'],
		expected: {dirty: ['.gitignore'], ignored: ['b/c.txt', 'b/d/e.txt']},
	},
];

for (const {title, change, hints, expected} of changes) {
	test(`a full scan and a scan of the hints find the same: ${title}`, async (t) => {
		const scene = await makeScene(t, start);
		t.deepEqual(summary(await scan(scene)), nothing);
		change(scene.root);
		t.deepEqual(summary(await scan({...scene, only: new Set(hints)})), {...nothing, ...expected});
		t.deepEqual(summary(await scan(scene)), {...nothing, ...expected});
	});
}

test('an ignored folder is not entered', async (t) => {
	const scene = await makeScene(t, {'.gitignore': 'node_modules/\n', a: ''});
	mkdirSync(join(scene.root, 'node_modules/deep'), {recursive: true});
	execFileSync('mkfifo', [join(scene.root, 'node_modules/deep/fifo')]);
	t.deepEqual(summary(await scan(scene)), nothing);
	t.deepEqual(
		summary(await scan({...scene, only: new Set(['node_modules', 'node_modules/deep/fifo'])})),
		nothing,
	);
});

test('what is directly in `.git` and `.pulsync` is never looked at', async (t) => {
	const scene = await makeScene(t, {a: ''});
	writeFiles(scene.root, {'.git/config': '', '.pulsync/x': ''});
	const only = new Set([
		'.git',
		'.git/config',
		'.pulsync',
		'.pulsync/x',
		'../outside',
		'/etc',
		'a/../../x',
		'.',
		'x//y',
	]);
	t.deepEqual(summary(await scan({...scene, only})), nothing);
	t.deepEqual(summary(await scan(scene)), nothing);
});

test('a name that is not UTF-8 is listed and skipped', async (t) => {
	const scene = await makeScene(t, {a: ''});
	writeFileSync(Buffer.concat([Buffer.from(`${scene.root}/bad-`), Buffer.from([0xff, 0xfe])]), 'x');
	writeFiles(scene.root, {good: ''});
	const result = summary(await scan(scene));
	t.deepEqual(result.dirty, ['good']);
	t.deepEqual(result.notSynced, ['bad-\ufffd\ufffd: name_not_utf8']);
});

test('a file that was saved in the tick in which it was recorded is not trusted', async (t) => {
	const scene = await makeScene(t, {a: ''});
	for (let round = 0; round < 20; round++) {
		writeFileSync(join(scene.root, 'a'), 'one');
		await showAll(scene.root, scene.shown, ['a']);
		writeFileSync(join(scene.root, 'a'), 'two');
		const {dirty} = await scan({...scene, only: new Set(['a'])});
		t.true(dirty.has('a'));
	}
});

test('a record is trusted only where a later change of the file must show, however fine the times of a disk are', async (t) => {
	const scene = await makeScene(t, {a: 'x'});
	const {content, stat} = scene.shown.get('a')!;
	const changedAtMs = Number(stat!.ctimeNs / 1_000_000n);
	for (const [seenAfterMs, isTrusted] of [
		[-1, false],
		[0, false],
		[19, false],
		[22, true],
	] as const) {
		const seenAtMs = changedAtMs + seenAfterMs;
		await scene.shown.set(new Map([['a', {content, stat: {...stat!, seenAtMs}}]]));
		t.is((await scan(scene)).dirty.has('a'), !isTrusted, `${seenAfterMs} ms`);
	}
});

test('what was recorded a moment later is trusted', async (t) => {
	const scene = await makeScene(t, {a: 'x'});
	const {dirty} = await scan(scene);
	t.is(dirty.size, 0);
	t.is(scene.shown.get('a')?.content, await contentAt(scene.root, 'a'));
});

test('counts are those of the files in view', async (t) => {
	const scene = await makeScene(t, {...start, '.gitignore': 'big\n', big: 'x'.repeat(1000)});
	const {files, bytes, full} = await scan(scene);
	t.deepEqual({files, bytes, full}, {files: 5, bytes: 3 + 4, full: true});
	const some = await scan({...scene, only: new Set(['b'])});
	t.deepEqual({files: some.files, full: some.full}, {files: 2, full: false});
});

test('a scan that is aborted ends with the reason', async (t) => {
	const scene = await makeScene(
		t,
		Object.fromEntries(Array.from({length: 3000}, (_, index) => [`d${index % 7}/f${index}`, ''])),
	);
	const controller = new AbortController();
	const onProgress = () => controller.abort(new Error('enough'));
	await t.throwsAsync(scan({...scene, signal: controller.signal, onProgress}), {message: 'enough'});
});

diskTest('tmpfs', 'hints about what is mounted are about nothing', async (t) => {
	const {root, rules, shown} = await makeScene(t, {'a.txt': 'a', 'b/c.txt': 'c', 'b/d/e.txt': 'e'});
	const disk = new MountedDisk(t, {kind: 'tmpfs', folder: join(root, 'b/d'), bytes: 16 * 1024 * 1024});
	unlinkSync(join(root, 'b/d.img'));
	writeFiles(root, {'b/d/new.txt': 'n', 'b/c.txt': 'changed'});
	for (const hint of ['b', 'b/d', 'b/d/new.txt', 'b/d/e.txt']) {
		const found = summary(await scan({root, rules, shown, only: new Set([hint])}));
		const expected = {
			...nothing,
			dirty: hint === 'b' ? ['b/c.txt'] : [],
			notSynced: ['b/d: other_filesystem'],
		};
		t.deepEqual(found, hint === 'b' ? {...expected, ignored: ['b/d/e.txt']} : expected);
	}
	disk.unmount();
	t.deepEqual(summary(await scan({root, rules, shown})), {...nothing, dirty: ['b/c.txt']});
});

test('what is larger than any peer takes is told and left out: a file, a folder', async (t) => {
	const {root, rules, shown} = await makeScene(t, {'a.txt': 'a', 'data/0': '0'});
	writeFileSync(join(root, 'disk.img'), '');
	truncateSync(join(root, 'disk.img'), 64 * 1024 ** 3 + 1);
	for (const only of [undefined, new Set(['disk.img'])])
		t.deepEqual(summary(await scan({root, rules, shown, only})), {
			...nothing,
			notSynced: ['disk.img: too_large'],
		});
	unlinkSync(join(root, 'disk.img'));
	const stem = 'n'.repeat(245);
	for (let at = 0; at < 61_500; at++) linkSync(join(root, 'data/0'), join(root, `data/${stem}${at}`));
	for (const only of [undefined, new Set(['data'])])
		t.deepEqual(summary(await scan({root, rules, shown, only})), {
			...nothing,
			notSynced: ['data: too_large'],
		});
});
