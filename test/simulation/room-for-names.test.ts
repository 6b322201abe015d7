/** What a disk can give no name takes no room on it. */
import {makeDiskScene} from './disk-scene.js';
import test from 'ava';
import {Project} from '../../source/runtime/project/project.js';
import {surround} from './take-over.js';

const author = {name: 'bob', peerId: 'b'.repeat(26)};

test.afterEach.always(() => surround(undefined));

test.serial('a file whose name collides with another halts nobody for want of room', async (t) => {
	const {disk, root, finish, time} = makeDiskScene({caseBlind: true});
	const problems: string[] = [];
	const callbacks = {
		progress: () => undefined,
		dirty: () => undefined,
		problem: ({code}: {code: string}) => problems.push(code),
		solved: () => undefined,
		editing: () => undefined,
	};
	disk.setData(disk.createFile('file', 0o644, 'open'), Buffer.from('small'));
	const self = {peerId: 'a'.repeat(26), name: 'ada'};
	const project = await finish(Project.open({root, self, watch: false, now: () => time.wall, callbacks}));
	await finish(project.start());
	const {store, tree, head} = project;
	const commitOf = async (files: Record<string, string>) => {
		const values = new Map<string, {contents: string[]}>();
		for (const [path, text] of Object.entries(files))
			values.set(path, {contents: [`${await store.writeBlob(Buffer.from(text))}-100644`]});
		await store.flush();
		const newTree = await store.writeTree(tree, values);
		const commit = await store.writeCommit({
			tree: newTree,
			parents: [head!],
			author,
			atMs: 1000,
			message: 'm',
		});
		await store.flush();
		await store.acceptCommit(commit);
		return commit;
	};
	const large = await finish(commitOf({FILE: 'x'.repeat(1000), other: 'fits'}));
	disk.freeBytes = 500;
	await finish(project.integrate(large, {mayMerge: true}));
	t.is(project.halted, undefined);
	t.is(disk.find('other')?.data.toString(), 'fits');
	t.is(disk.find('file')?.data.toString(), 'small');
	t.deepEqual(problems, ['case_collision']);
	await finish(project.close());
});
