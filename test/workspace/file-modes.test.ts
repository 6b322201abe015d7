/** A disk that keeps no permissions, played by files that all look executable. */
import {chmodSync, lstatSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {applySteps} from '../../source/workspace/apply-step.js';
import {type ApplyStep, type StepResult} from '../../source/workspace/step-work.js';
import {keepsModes, noteModes, probeModes} from '../../source/workspace/file-modes.js';
import {openProjectFolder} from '../../source/workspace/project-files.js';
import {scan} from '../../source/workspace/scan.js';
import {diskTest, MountedDisk} from '../helpers/mounted-disk.js';
import {MemoryBlobs} from './memory-blobs.js';
import {makeProject, openRules, openShown} from './temp-project.js';

async function openScene(t: ExecutionContext) {
	const {root, folder} = makeProject(t);
	noteModes(folder, false);
	t.teardown(() => noteModes(folder, true));
	const [rules, shown] = [await openRules(t, {root, folder}), await openShown(t, {folder})];
	const blobs = new MemoryBlobs();
	return {
		root,
		shown,
		blobs,
		/** A file as such a disk shows each. */
		write: (name: string, text: string) => {
			writeFileSync(join(root, name), text);
			chmodSync(join(root, name), 0o777);
		},
		dirty: async () =>
			[...(await scan({root, rules, shown})).dirty].map(([path, {mode}]) => `${path} ${mode}`),
		apply: async (...steps: readonly ApplyStep[]) => {
			const results: StepResult[] = [];
			for await (const result of applySteps({root, folder, steps, ...blobs})) results.push(result);
			return results.map(({outcome}) => outcome);
		},
	};
}

test('what is new is a plain file, and what is known keeps the mode that it was given', async (t) => {
	const {blobs, shown, write, dirty} = await openScene(t);
	for (const name of ['new', 'plain', 'tool']) write(name, name);
	await shown.set(
		new Map([
			['plain', {content: blobs.add('plain')}],
			['tool', {content: blobs.add('tool', '100755')}],
		]),
	);
	t.deepEqual((await dirty()).sort(), ['new 100644', 'plain 100644', 'tool 100755']);
});

test('a file is replaced by one of another mode, and a mode alone is remembered', async (t) => {
	const {root, blobs, write, apply} = await openScene(t);
	const [old, tool, other] = [blobs.add('old'), blobs.add('old', '100755'), blobs.add('other')];
	write('p', 'old');
	t.deepEqual(await apply({path: 'p', expect: old, write: tool}), ['done']);
	t.is(lstatSync(join(root, 'p')).mode & 0o777, 0o777, 'untouched');
	t.deepEqual(await apply({path: 'p', expect: tool, write: other}), ['done']);
	write('q', 'other');
	t.deepEqual(await apply({path: 'q', expect: old, write: other}), ['done'], 'it stands there already');
});

test('this disk keeps permissions, and a folder that was made private again says nothing about that', async (t) => {
	const {root, folder} = makeProject(t);
	t.true(probeModes(folder));
	chmodSync(folder, 0o755);
	await (await openProjectFolder(root)).close();
	t.true(keepsModes(folder));
	t.is(lstatSync(folder).mode & 0o777, 0o700);
});

diskTest(
	'fat',
	'a disk on which all is private and executable, and stays so, keeps no permissions',
	async (t) => {
		const place = mkdtempSync(join(tmpdir(), 'pulsync-modes-'));
		t.teardown(() => rmSync(place, {recursive: true, force: true}));
		const disk = {kind: 'fat', folder: join(place, 'disk'), bytes: 20 * 1024 * 1024} as const;
		const {folder: root} = new MountedDisk(t, disk);
		writeFileSync(join(root, 'plain'), 'p');
		t.is(lstatSync(join(root, 'plain')).mode & 0o777, 0o700, 'as this kind of disk shows each file');
		const opened = await openProjectFolder(root);
		t.teardown(async () => opened.close());
		t.false(keepsModes(opened.folder));
	},
);
