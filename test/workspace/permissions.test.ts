// Permissions do not hold for root: where the tests run as root, this file goes on as nobody.
import test from 'ava';
import {chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {absent} from '../../source/protocol/content.js';
import {applySteps} from '../../source/workspace/apply-step.js';
import {type ApplyStep, type StepResult} from '../../source/workspace/step-work.js';
import {scan} from '../../source/workspace/scan.js';
import {MemoryBlobs} from './memory-blobs.js';
import {makeProject, openRules, openShown, showAll, writeFiles} from './temp-project.js';

const nobody = 65534;
const isRoot = process.geteuid?.() === 0;

test.beforeEach(() => {
	if (isRoot) process.seteuid?.(nobody);
});
test.afterEach.always(() => {
	if (isRoot) process.seteuid?.(0);
});

async function applied(
	project: {root: string; folder: string},
	steps: readonly ApplyStep[],
	blobs: MemoryBlobs,
) {
	const results: StepResult[] = [];
	for await (const result of applySteps({...project, steps, ...blobs})) results.push(result);
	return results;
}

test.serial('read-only files and folders of our own are changed, and stay read-only', async (t) => {
	const project = makeProject(t);
	const blobs = new MemoryBlobs();
	writeFiles(project.root, {'ro/replaced': 'old', 'ro/removed': 'old', 'ro/sub/x': 'x'});
	chmodSync(join(project.root, 'ro/replaced'), 0o444);
	chmodSync(join(project.root, 'ro/sub'), 0o555);
	chmodSync(join(project.root, 'ro'), 0o555);
	const old = blobs.add('old');
	const results = await applied(
		project,
		[
			{path: 'ro/replaced', expect: old, write: blobs.add('new')},
			{path: 'ro/removed', expect: old, write: absent},
			{path: 'ro/created', expect: absent, write: blobs.add('created')},
			{path: 'ro/link', expect: absent, write: blobs.add('created', '120000')},
			{path: 'ro/new/deep', expect: absent, write: blobs.add('deep')},
			{path: 'ro/sub/x', expect: blobs.add('x'), write: absent},
		],
		blobs,
	);
	t.deepEqual([...new Set(results.map((result) => result.outcome))], ['done']);
	t.deepEqual(readdirSync(join(project.root, 'ro')).sort(), ['created', 'link', 'new', 'replaced']);
	t.is(lstatSync(join(project.root, 'ro')).mode & 0o777, 0o555);
	t.is(lstatSync(join(project.root, 'ro/replaced')).mode & 0o777, 0o444);
	t.deepEqual(readdirSync(join(project.folder, 'tmp')), []);
	chmodSync(join(project.root, 'ro'), 0o755);
});

test.serial("what is in somebody else's folder is a problem of its path alone", async (t) => {
	if (!isRoot) {
		t.pass('needs two users');
		return;
	}
	const project = makeProject(t);
	const blobs = new MemoryBlobs();
	t.teardown(() => process.seteuid?.(0));
	process.seteuid?.(0);
	mkdirSync(join(project.root, 'theirs'));
	writeFileSync(join(project.root, 'theirs/f'), 'old');
	process.seteuid?.(nobody);
	const old = blobs.add('old');
	const results = await applied(
		project,
		[
			{path: 'theirs/f', expect: old, write: blobs.add('new')},
			{path: 'theirs/g', expect: absent, write: blobs.add('new')},
			{path: 'theirs/deep/h', expect: absent, write: blobs.add('new')},
			{path: 'ours', expect: absent, write: blobs.add('ours')},
		],
		blobs,
	);
	t.deepEqual(
		results.map((result) => (result.outcome === 'skipped' ? result.code : result.outcome)),
		['not_writable', 'not_writable', 'not_writable', 'done'],
	);
	t.is(readFileSync(join(project.root, 'theirs/f'), 'utf8'), 'old');
	t.deepEqual(readdirSync(join(project.folder, 'tmp')), []);
});

test.serial('what is in an unreadable folder is neither changed nor gone', async (t) => {
	const project = makeProject(t);
	const {root} = project;
	writeFiles(root, {'closed/a': 'a', 'closed/deep/b': 'b', c: 'c'});
	const rules = await openRules(t, project);
	const shown = await openShown(t, project);
	await showAll(root, shown, ['closed/a', 'closed/deep/b', 'c']);
	for (const mode of [0o000, 0o300, 0o400]) {
		chmodSync(join(root, 'closed'), mode);
		for (const only of [
			undefined,
			new Set(['closed']),
			new Set(['closed/a', 'closed/deep/b', 'closed/deep']),
		]) {
			const result = await scan({root, rules, shown, only});
			t.deepEqual([...result.gone, ...result.ignored], [], `mode ${mode.toString(8)}`);
		}
	}
	chmodSync(join(root, 'closed'), 0o755);
	const {gone, notSynced} = await scan({root, rules, shown});
	t.deepEqual([gone, notSynced], [[], []]);
});
