/** A plan that changes a mode: the disk has it before anybody is told so. */
import {makeDiskScene} from './disk-scene.js';
import test from 'ava';
import {type Content} from '../../source/protocol/content.js';
import {applySteps} from '../../source/workspace/apply-step.js';
import {MemoryBlobs} from '../workspace/memory-blobs.js';
import {surround} from './take-over.js';

test.afterEach.always(() => surround(undefined));

for (const fails of [false, true]) {
	const title = fails
		? 'a mode that cannot be made durable is not reported'
		: 'a mode is durable when it is reported';
	test.serial(title, async (t) => {
		const scene = makeDiskScene();
		const {disk, root} = scene;
		const blobs = new MemoryBlobs();
		const expect = blobs.add('text');
		const write: Content = expect.replace('100644', '100755');
		disk.setData(disk.createFile('p', 0o644, 'open'), Buffer.from('text'));
		await scene.pass(100);
		const calls: string[] = [];
		scene.beforeCall = (_kind, call, path) => {
			if (path === 'p' && ['fchmod', 'sync'].includes(call)) calls.push(call);
			if (path === 'p' && call === 'sync' && fails) throw new Error('the disk refused');
		};
		const apply = async () => {
			const steps = [{path: 'p', expect, write}];
			for await (const {outcome} of applySteps({root, folder: `${root}/.pulsync`, steps, ...blobs}))
				calls.push(outcome);
		};
		const done = scene.finish(apply());
		if (fails) await t.throwsAsync(done, {message: 'the disk refused'});
		else await done;
		t.deepEqual(calls, ['fchmod', 'sync', ...(fails ? [] : ['done'])]);
		t.is(disk.find('p')?.mode, 0o755);
	});
}
