import test, {type ExecutionContext} from 'ava';
import {spawn} from 'node:child_process';
import {
	appendFileSync,
	chmodSync,
	closeSync,
	existsSync,
	lstatSync,
	openSync,
	readFileSync,
	readdirSync,
	readlinkSync,
	renameSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {absent, type Content, type Path} from '../../source/protocol/content.js';
import {applySteps, type ApplyOptions} from '../../source/workspace/apply-step.js';
import {type ApplyStep, type StepResult} from '../../source/workspace/step-work.js';
import {isKnownContent, lookAt} from '../../source/workspace/disk-entry.js';
import {openProjectFolder} from '../../source/workspace/project-files.js';
import {scan} from '../../source/workspace/scan.js';
import {contentAt, makeFolder, makeProject, openRules, openShown, writeFiles} from './temp-project.js';
import {MemoryBlobs} from './memory-blobs.js';
import {swapFilesBefore, swapPlan} from './swap-plan.js';

type Scene = {root: string; folder: string; blobs: MemoryBlobs};

function makeScene(t: ExecutionContext): Scene {
	return {...makeProject(t), blobs: new MemoryBlobs()};
}

async function applied(
	scene: Scene,
	steps: readonly ApplyStep[],
	more: Partial<ApplyOptions> = {},
): Promise<Map<Path, StepResult>> {
	const results = new Map<Path, StepResult>();
	const {root, folder, blobs} = scene;
	for await (const result of applySteps({root, folder, steps, ...blobs, ...more}))
		results.set(result.path, result);
	return results;
}

/** What became of a step, in a few words. */
function words(result: StepResult | undefined): string {
	if (!result) return 'no result';
	if (result.outcome === 'skipped') return result.code ?? result.reason;
	return result.outcome;
}

/** Puts a state on the disk at `p`, and says what content it is. */
const states: Readonly<Record<string, (scene: Scene) => Content>> = {
	nothing: () => absent,
	'file A': ({root, blobs}) => {
		writeFileSync(join(root, 'p'), 'A');
		return blobs.add('A');
	},
	'file B': ({root, blobs}) => {
		writeFileSync(join(root, 'p'), 'B');
		return blobs.add('B');
	},
	'executable A': ({root, blobs}) => {
		writeFileSync(join(root, 'p'), 'A', {mode: 0o755});
		return blobs.add('A', '100755');
	},
	'link A': ({root, blobs}) => {
		symlinkSync('A', join(root, 'p'));
		return blobs.add('A', '120000');
	},
};

/** The same contents without touching the disk. */
function contentOf(name: string, blobs: MemoryBlobs): Content {
	if (name === 'nothing') return absent;
	const [kind, text] = name.split(' ') as [string, string];
	return blobs.add(text, kind === 'link' ? '120000' : kind === 'executable' ? '100755' : '100644');
}

for (const disk of Object.keys(states)) {
	test(`every step is done, found done, or refused: the disk holds ${disk}`, async (t) => {
		for (const expect of Object.keys(states)) {
			for (const write of Object.keys(states)) {
				const scene = makeScene(t);
				const held = states[disk]!(scene);
				const step = {
					path: 'p',
					expect: contentOf(expect, scene.blobs),
					write: contentOf(write, scene.blobs),
				};
				const result = (await applied(scene, [step])).get('p');
				const shouldBeDone = held === step.expect || held === step.write;
				const title = `expect ${expect}, write ${write}`;
				t.is(words(result), shouldBeDone ? 'done' : 'changed', title);
				const now = lookAt(join(scene.root, 'p'));
				const content = now.kind === 'absent' ? absent : await contentAt(scene.root, 'p');
				t.is(content, shouldBeDone ? step.write : held, title);
				t.deepEqual(readdirSync(join(scene.folder, 'tmp')), [], title);
				if (result?.outcome === 'done' && step.write !== absent) {
					t.true(now.kind === 'entry' && isKnownContent(now.entry, {content, stat: result.stat}), title);
				}
			}
		}
	});
}

const layouts: readonly {
	title: string;
	files: Record<Path, string>;
	/** [path, expected text or undefined for nothing, new text or undefined] */
	steps: readonly (readonly [Path, string | undefined, string | undefined])[];
	outcome: Record<Path, string>;
	left: readonly Path[];
}[] = [
	{
		title: 'a file in folders that do not exist',
		files: {},
		steps: [['a/b/c', undefined, 'x']],
		outcome: {'a/b/c': 'done'},
		left: ['a', 'a/b', 'a/b/c'],
	},
	{
		title: 'a file becomes a folder, whatever the order',
		files: {a: '1'},
		steps: [
			['a/b', undefined, 'x'],
			['a', '1', undefined],
		],
		outcome: {a: 'done', 'a/b': 'done'},
		left: ['a', 'a/b'],
	},
	{
		title: 'a folder becomes a file, whatever the order',
		files: {'a/b/c': '1', 'a/d': '2'},
		steps: [
			['a', undefined, 'x'],
			['a/b/c', '1', undefined],
			['a/d', '2', undefined],
		],
		outcome: {a: 'done', 'a/b/c': 'done', 'a/d': 'done'},
		left: ['a'],
	},
	{
		title: 'a folder in which something unknown is left does not become a file',
		files: {'a/b/c': '1', 'a/unknown': '2'},
		steps: [
			['a', undefined, 'x'],
			['a/b/c', '1', undefined],
		],
		outcome: {a: 'blocked', 'a/b/c': 'done'},
		left: ['a', 'a/unknown'],
	},
	{
		title: 'emptied folders go, up to one in which something is left',
		files: {'a/b/c/d': '1', 'a/keep': '2', 'e/f': '3'},
		steps: [
			['a/b/c/d', '1', undefined],
			['e/f', '3', undefined],
		],
		outcome: {'a/b/c/d': 'done', 'e/f': 'done'},
		left: ['a', 'a/keep'],
	},
	{
		title: 'a folder that is emptied and filled again stays',
		files: {'a/b': '1'},
		steps: [
			['a/c', undefined, '2'],
			['a/b', '1', undefined],
		],
		outcome: {'a/b': 'done', 'a/c': 'done'},
		left: ['a', 'a/c'],
	},
	{
		title: 'a removal below something that is no folder any more is already done',
		files: {x: '1'},
		steps: [['a/b', '1', undefined]],
		outcome: {'a/b': 'done'},
		left: ['x'],
	},
	{
		title: 'a file in the way of a folder',
		files: {a: '1'},
		steps: [['a/b', undefined, 'x']],
		outcome: {'a/b': 'blocked'},
		left: ['a'],
	},
	{
		title: 'paths that no plan may touch',
		files: {},
		steps: [
			['.git/config', undefined, 'x'],
			['.GIT/config', undefined, 'x'],
			['.pulsync/x', undefined, 'x'],
			['sub/.g\u200cit/x', undefined, 'x'],
			['git~1', undefined, 'x'],
			['../out', undefined, 'x'],
			['a/../../out', undefined, 'x'],
			['/absolute', undefined, 'x'],
			['a//b', undefined, 'x'],
			['a\\..\\b', undefined, 'x'],
			['', undefined, 'x'],
		],
		outcome: {
			'.git/config': 'reserved_name',
			'.GIT/config': 'reserved_name',
			'.pulsync/x': 'reserved_name',
			'sub/.g\u200cit/x': 'reserved_name',
			'git~1': 'reserved_name',
			'../out': 'bad_name',
			'a/../../out': 'bad_name',
			'/absolute': 'bad_name',
			'a//b': 'bad_name',
			'a\\..\\b': 'reserved_name',
			'': 'bad_name',
		},
		left: [],
	},
	{
		title: 'a name that is too long is a problem of that path alone',
		files: {},
		steps: [
			['n'.repeat(256), undefined, 'x'],
			['n'.repeat(255), undefined, 'x'],
		],
		outcome: {['n'.repeat(256)]: 'name_too_long', ['n'.repeat(255)]: 'done'},
		left: ['n'.repeat(255)],
	},
	{
		title: 'odd names',
		files: {'-rf': '1'},
		steps: [
			['-rf', '1', undefined],
			['n\n"e\u0301 \u{1f600}', undefined, 'x'],
			['n\n"\u00e9 \u{1f600}', undefined, 'y'],
		],
		outcome: {'-rf': 'done', 'n\n"e\u0301 \u{1f600}': 'done', 'n\n"\u00e9 \u{1f600}': 'done'},
		left: ['n\n"e\u0301 \u{1f600}', 'n\n"\u00e9 \u{1f600}'].sort(),
	},
];

for (const {title, files, steps, outcome, left} of layouts) {
	test(`folders: ${title}`, async (t) => {
		const scene = makeScene(t);
		const {root, blobs} = scene;
		writeFiles(root, files);
		const content = (text: string | undefined) => (text === undefined ? absent : blobs.add(text));
		const plan = steps.map(([path, expect, write]) => ({
			path,
			expect: content(expect),
			write: content(write),
		}));
		const results = await applied(scene, plan);
		t.deepEqual(Object.fromEntries([...results].map(([path, result]) => [path, words(result)])), outcome);
		t.deepEqual(below(root), [...left]);
	});
}

test('nothing is written through a link', async (t) => {
	const scene = makeScene(t);
	const outside = makeFolder(t);
	writeFileSync(join(outside, 'x'), 'theirs');
	symlinkSync(outside, join(scene.root, 'link'));
	const [one, two] = [scene.blobs.add('theirs'), scene.blobs.add('ours')];
	const results = await applied(scene, [
		{path: 'link/x', expect: one, write: two},
		{path: 'link/y', expect: absent, write: two},
		{path: 'link/deep/z', expect: absent, write: two},
		{path: 'link/gone', expect: one, write: absent},
	]);
	t.deepEqual([...results.values()].map(words), ['done', 'blocked', 'blocked', 'blocked']);
	t.deepEqual(readdirSync(outside), ['x']);
	t.is(readFileSync(join(outside, 'x'), 'utf8'), 'theirs');
});

test('a folder that becomes a link after the look of its batch is not written through, nor is a file that appears overwritten', async (t) => {
	const scene = makeScene(t);
	const outside = makeFolder(t);
	writeFiles(scene.root, {'folder/f': '', 'other/f': ''});
	const oid = scene.blobs.add('ours');
	const steps = ['a', 'folder/new', 'other/new'].map((path) => ({path, expect: absent, write: oid}));
	const results = await applied(scene, steps, {
		onProgress({path}) {
			if (path !== 'a') return;
			renameSync(join(scene.root, 'folder'), join(scene.root, 'moved'));
			symlinkSync(outside, join(scene.root, 'folder'));
			writeFiles(scene.root, {'other/new': 'theirs'});
		},
	});
	t.deepEqual([...results.values()].map(words), ['done', 'blocked', 'changed']);
	t.deepEqual(readdirSync(outside), []);
	t.is(readFileSync(join(scene.root, 'other/new'), 'utf8'), 'theirs');
	t.deepEqual(readdirSync(join(scene.folder, 'tmp')), []);
});

test('links are made as they are, and only those that stay inside', async (t) => {
	const scene = makeScene(t);
	writeFiles(scene.root, {'dir/f': ''});
	const targets = [
		'f',
		'../x',
		'nowhere/at/all',
		'../../x',
		'/etc/passwd',
		'../.git/hooks',
		'',
		'a\0b',
		'..\\..\\x',
	];
	const steps = targets.map((target, index) => ({
		path: `dir/l${index}`,
		expect: absent,
		write: scene.blobs.add(target, '120000'),
	}));
	const results = await applied(scene, steps);
	const good = [...results.values()].map((result) => result.outcome === 'done');
	t.deepEqual(good, [true, true, true, false, false, false, false, false, false]);
	t.is(words(results.get('dir/l4')), 'link_leaves_root');
	t.is(readlinkSync(join(scene.root, 'dir/l1')), '../x');
});

test('an exec bit is changed in place, and permissions of a replaced file are kept', async (t) => {
	const scene = makeScene(t);
	const {root, blobs} = scene;
	writeFiles(root, {a: 'A', b: 'B'});
	chmodSync(join(root, 'a'), 0o640);
	chmodSync(join(root, 'b'), 0o600);
	const {ino} = lstatSync(join(root, 'a'));
	await applied(scene, [
		{path: 'a', expect: blobs.add('A'), write: blobs.add('A', '100755')},
		{path: 'b', expect: blobs.add('B'), write: blobs.add('B2')},
		{path: 'c', expect: absent, write: blobs.add('C', '100755')},
	]);
	t.is(lstatSync(join(root, 'a')).mode & 0o777, 0o750);
	t.is(lstatSync(join(root, 'a')).ino, ino);
	t.is(lstatSync(join(root, 'b')).mode & 0o777, 0o600);
	t.is(lstatSync(join(root, 'c')).mode & 0o100, 0o100);
});

test('an applied plan leaves nothing dirty', async (t) => {
	const project = makeProject(t);
	const scene = {...project, blobs: new MemoryBlobs()};
	const rules = await openRules(t, project);
	const shown = await openShown(t, project);
	const steps = Array.from({length: 300}, (_, index) => ({
		path: `d${index % 9}/f${index}`,
		expect: absent,
		write: scene.blobs.add(`text ${index}`, index % 2 ? '100644' : '100755'),
	}));
	const results = await applied(scene, steps);
	await shown.set(
		new Map(
			steps.map(({path, write}) => {
				const result = results.get(path);
				return [path, {content: write, stat: result?.outcome === 'done' ? result.stat : undefined}];
			}),
		),
	);
	const {dirty, gone, files} = await scan({...project, rules, shown});
	t.deepEqual([dirty.size, gone.length, files], [0, 0, 300]);
});

test('a large blob is streamed, checked, and never in memory as a whole', async (t) => {
	const scene = makeScene(t);
	const bytes = Buffer.alloc(40 * 1024 * 1024, 'large');
	const write = scene.blobs.add(bytes);
	let buffered = 0;
	const readBlob = async (oid: string) => {
		buffered++;
		return scene.blobs.readBlob(oid);
	};
	const staging = join(scene.folder, 'tmp');
	let ahead = 0;
	const chunks = function* () {
		for (let at = 0; at < bytes.length; at += 65_536) {
			const staged = readdirSync(staging).reduce((sum, name) => sum + lstatSync(join(staging, name)).size, 0);
			ahead = Math.max(ahead, at - staged);
			yield bytes.subarray(at, at + 65_536);
		}
	};
	const openBlob = () => Readable.from(chunks());
	const results = await applied(scene, [{path: 'large', expect: absent, write}], {readBlob, openBlob});
	t.is(words(results.get('large')), 'done');
	t.is(buffered, 0);
	t.true(ahead < 4 * 1024 * 1024, `${ahead} bytes were read before they could be written`);
	t.true(readFileSync(join(scene.root, 'large')).equals(bytes));
});

const damages: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
	'too short': (bytes) => bytes.subarray(1),
	'too long': (bytes) => Buffer.concat([bytes, bytes]),
	'other bytes': (bytes) => Buffer.from(bytes).fill(0, 0, 1),
};
for (const [title, damage] of Object.entries(damages)) {
	test(`a blob that is not what its oid says is not written: ${title}`, async (t) => {
		const scene = makeScene(t);
		const small = scene.blobs.add('small blob');
		const large = scene.blobs.add(Buffer.alloc(3_000_000, 'x'));
		const results = await applied(
			scene,
			[
				{path: 'small', expect: absent, write: small},
				{path: 'large', expect: absent, write: large},
				{path: 'missing', expect: absent, write: `${'0'.repeat(40)}-100644`},
			],
			{
				readBlob: async (oid) => damage(Buffer.from(await scene.blobs.readBlob(oid))),
				openBlob: () => Readable.from([damage(Buffer.alloc(3_000_000, 'x'))]),
			},
		);
		t.deepEqual([...results.values()].map(words), ['object_damaged', 'object_damaged', 'incomplete']);
		t.deepEqual(below(scene.root), []);
		t.deepEqual(readdirSync(join(scene.folder, 'tmp')), []);
	});
}

test('a full disk ends the plan: what is done is told, nothing temporary stays', async (t) => {
	const scene = makeScene(t);
	const steps = Array.from({length: 300}, (_, index) => ({
		path: `f${index}`,
		expect: absent,
		write: scene.blobs.add(`text ${index}`),
	}));
	const full = scene.blobs.add('text 200').slice(0, 40);
	const readBlob = async (oid: string) => {
		if (oid === full) throw Object.assign(new Error('no space left on device'), {code: 'ENOSPC'});
		return scene.blobs.readBlob(oid);
	};
	const done: Path[] = [];
	const run = async () => {
		const {root, folder, blobs} = scene;
		for await (const result of applySteps({root, folder, steps, ...blobs, readBlob})) done.push(result.path);
	};
	await t.throwsAsync(run(), {code: 'disk_full'});
	t.deepEqual(done.sort(), below(scene.root));
	t.is(done.length, 128);
	t.deepEqual(readdirSync(join(scene.folder, 'tmp')), []);
});

test('an abort ends the plan the same way', async (t) => {
	const scene = makeScene(t);
	const steps = Array.from({length: 600}, (_, index) => ({
		path: `f${index}`,
		expect: absent,
		write: scene.blobs.add(`text ${index}`),
	}));
	const controller = new AbortController();
	const onProgress = ({done}: {done: number}) => {
		if (done === 200) controller.abort(new Error('stop'));
	};
	await t.throwsAsync(applied(scene, steps, {signal: controller.signal, onProgress}), {message: 'stop'});
	t.deepEqual(readdirSync(join(scene.folder, 'tmp')), []);
	t.true(below(scene.root).length >= 200 && below(scene.root).length < 600);
});

// Somebody saves in the middle. `between` runs after the disk was verified and before the file is replaced, `after` runs
// right after it was replaced and before that is reported.
const races: readonly {
	title: string;
	between?: (path: string) => void;
	after?: (path: string, openBefore: number) => void;
	remove?: boolean;
	outcome: string;
	text: string | undefined;
	found?: string;
}[] = [
	{
		title: 'an in-place save before the file is replaced',
		between: (path) => writeFileSync(path, 'user'),
		outcome: 'changed',
		text: 'user',
	},
	{
		title: 'an atomic save before the file is replaced',
		between: (path) => {
			writeFileSync(`${path}.tmp`, 'user');
			renameSync(`${path}.tmp`, path);
		},
		outcome: 'changed',
		text: 'user',
	},
	{
		title: 'a removal before the file is replaced',
		between: (path) => unlinkSync(path),
		outcome: 'changed',
		text: undefined,
	},
	{
		title: 'a write through an open file after it was replaced: the user gets the file back',
		after: (_path, file) => writeSync(file, 'user', 0),
		outcome: 'changed',
		text: 'user',
	},
	{
		title: 'the same some ms after it was replaced',
		after: (_path, file) => setTimeout(() => writeSync(file, 'user', 0), 20),
		outcome: 'changed',
		text: 'user',
	},
	{
		title: 'both at once: ours has the name no longer, and the user has two versions',
		after: (path, file) => {
			writeSync(file, 'user', 0);
			writeFileSync(`${path}.tmp`, 'user again');
			renameSync(`${path}.tmp`, path);
		},
		outcome: 'raced',
		text: 'user again',
		found: 'user',
	},
	{
		title: 'a write through an open file, and one into what took its place',
		after: (path, file) => {
			writeSync(file, 'user', 0);
			appendFileSync(path, ' and more');
		},
		outcome: 'raced',
		text: 'ours and more',
		found: 'user',
	},
	{
		title: 'an in-place save before the file is removed',
		remove: true,
		between: (path) => appendFileSync(path, '+'),
		outcome: 'changed',
		text: 'old!+',
	},
	{
		title: 'a write through an open file after it was removed: the user gets the file back',
		remove: true,
		after: (_path, file) => writeSync(file, 'user', 0),
		outcome: 'changed',
		text: 'user',
	},
	{
		title: 'the same some ms after it was removed',
		remove: true,
		after: (_path, file) => setTimeout(() => writeSync(file, 'user', 0), 20),
		outcome: 'changed',
		text: 'user',
	},
	{
		title: 'a write after the removal, and a new file',
		remove: true,
		after: (path, file) => {
			writeSync(file, 'user', 0);
			writeFileSync(path, 'new');
		},
		outcome: 'raced',
		text: 'new',
		found: 'user',
	},
];

for (const {title, between, after, remove, outcome, text, found} of races) {
	test(`nobody's save is lost: ${title}`, async (t) => {
		const scene = makeScene(t);
		const {root, blobs} = scene;
		const path = join(root, 'p');
		writeFileSync(path, 'old!');
		const file = openSync(path, 'r+');
		t.teardown(() => closeSync(file));
		const write = remove ? absent : blobs.add('ours');
		// Both steps are verified before the first is published: in between, the user saves.
		const first = {path: 'first', expect: absent, write: blobs.add('first')};
		const steps = [first, {path: 'p', expect: blobs.add('old!'), write}];
		if (remove) {
			writeFileSync(join(root, 'first'), 'first');
			Object.assign(first, {expect: first.write, write: absent});
		}
		const onProgress = (progress: {path: Path}) =>
			progress.path === 'first' ? between?.(path) : after?.(path, file);
		const result = (await applied(scene, steps, {onProgress})).get('p');
		t.is(words(result), outcome);
		t.is(existsSync(path) ? readFileSync(path, 'utf8') : undefined, text);
		if (found !== undefined && result?.outcome === 'raced') t.is(readFileSync(result.found, 'utf8'), found);
		t.is(readdirSync(join(scene.folder, 'tmp')).length, found === undefined ? 0 : 1);
	});
}

test('a plan stopped after any number of results is old or new everywhere, and can be repeated', async (t) => {
	for (const stopAfter of [0, 1, 2, 100, 128, 129, 300, 400]) {
		const scene = makeScene(t);
		const steps = swapPlan(scene.blobs);
		writeFiles(scene.root, swapFilesBefore());
		let results = 0;
		const {root, folder, blobs} = scene;
		for await (const result of applySteps({root, folder, steps, ...blobs})) {
			t.is(result.outcome, 'done');
			if (++results > stopAfter) break;
		}
		await t.notThrowsAsync(isOldOrNew(scene, steps));
		t.deepEqual(readdirSync(join(folder, 'tmp')), []);
		const again = await applied(scene, steps);
		t.deepEqual(
			[...again.values()].filter((result) => result.outcome !== 'done'),
			[],
		);
		for (const {path, write} of steps) t.is(await stateAt(root, path), write);
	}
});

test('a process killed in the middle of a plan leaves each path old or new', async (t) => {
	for (const delayMs of [0, 5, 20, 40, 80]) {
		const scene = makeScene(t);
		const steps = swapPlan(scene.blobs);
		writeFiles(scene.root, swapFilesBefore());
		const child = spawn(
			process.execPath,
			[new URL('apply-victim.js', import.meta.url).pathname, scene.root],
			{
				stdio: ['ignore', 'pipe', 'inherit'],
			},
		);
		const ended = new Promise((resolve) => child.once('close', resolve));
		await new Promise((resolve) => child.stdout.once('data', resolve));
		await new Promise((resolve) => setTimeout(resolve, delayMs));
		child.kill('SIGKILL');
		await ended;
		await t.notThrowsAsync(isOldOrNew(scene, steps), `killed after ${delayMs} ms`);
		const opened = await openProjectFolder(scene.root);
		t.deepEqual(readdirSync(opened.tmp), []);
		await opened.close();
		const again = await applied(scene, steps);
		t.deepEqual(
			[...again.values()].filter((result) => result.outcome !== 'done'),
			[],
		);
		for (const {path, write} of steps) t.is(await stateAt(scene.root, path), write);
	}
});

async function stateAt(root: string, path: Path): Promise<Content> {
	const content = await contentAt(root, path);
	return content === 'folder' ? absent : content;
}

async function isOldOrNew(scene: Scene, steps: readonly ApplyStep[]): Promise<void> {
	for (const {path, expect, write} of steps) {
		const now = await stateAt(scene.root, path);
		if (now !== expect && now !== write) throw new Error(`${path} holds neither old nor new: ${now}`);
	}
}

function below(root: string): Path[] {
	return readdirSync(root, {recursive: true, encoding: 'utf8'})
		.filter((path) => !path.startsWith('.pulsync'))
		.sort();
}
