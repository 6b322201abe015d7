/** A disk that takes a part of what is appended to the graph's file, and refuses the rest. */
import {makeDiskScene} from './disk-scene.js';
import test from 'ava';
import {Graph} from '../../source/git/graph.js';
import {DiskError} from './memory-disk.js';
import {surround} from './take-over.js';

const id = (at: number) => at.toString(16).padStart(40, '0');

test.afterEach.always(() => surround(undefined));

for (const [title, alsoRefused] of [
	['and can be cut', 0],
	['and cannot be cut at once', 1],
] as const) {
	test.serial(`a line that a full disk took half of is lost for no line behind it, ${title}`, async (t) => {
		const scene = makeDiskScene();
		const {disk, root} = scene;
		const graph = await scene.finish(Graph.open(`${root}/.pulsync/graph`));
		await scene.finish(graph.add([{oid: id(1), parents: []}]));
		let refusals = 0;
		scene.beforeCall = (kind, call, path) => {
			if (kind !== 'write' || refusals > alsoRefused) return;
			const file = disk.get(path, call);
			if (refusals++ === 0) {
				const torn = `- ${id(2)} 17000`;
				disk.setData(file, Buffer.concat([file.data, Buffer.from(torn)]));
			} else if (call !== 'truncate') return;
			throw new DiskError('ENOSPC', call, path);
		};
		const told = [2, 3].map((at) => ({oid: id(at), parents: [id(at - 1)]}));
		await t.throwsAsync(scene.finish(graph.add(told)), {message: /./});
		await scene.finish(graph.flush(true));
		await scene.finish(graph.add([{oid: id(4), parents: [id(3)]}]));
		await scene.finish(graph.close());
		const again = await scene.finish(Graph.open(`${root}/.pulsync/graph`));
		t.deepEqual(
			[...again.all()].map(({oid, parents}) => [oid, ...parents]),
			[[id(1)], [id(2), id(1)], [id(3), id(2)], [id(4), id(3)]],
		);
	});
}

test.serial(
	'a file that was written anew, and whose folder could not be synced, takes what comes next',
	async (t) => {
		const scene = makeDiskScene();
		const graph = await scene.finish(Graph.open(`${scene.root}/.pulsync/graph`));
		graph.markPresent({oid: id(1), parents: []});
		await scene.finish(graph.flush(true));
		scene.beforeCall = (_kind, call, path) => {
			if (call === 'sync' && path === '.pulsync') throw new DiskError('EIO', call, path);
		};
		await t.throwsAsync(scene.finish(graph.retain(new Set())), {message: /./});
		scene.beforeCall = () => undefined;
		await scene.finish(graph.add([{oid: id(2), parents: [id(1)]}]));
		await scene.finish(graph.close());
		const again = await scene.finish(Graph.open(`${scene.root}/.pulsync/graph`));
		t.deepEqual(again.parents(id(2)), [id(1)]);
	},
);
