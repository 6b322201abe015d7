/** Saves in the very tick of the disk's clock in which a plan works, of as many bytes: they leave no trace in a file's times. */
import {makeDiskScene} from './disk-scene.js';
import test from 'ava';
import {absent, type Content} from '../../source/protocol/content.js';
import {applySteps} from '../../source/workspace/apply-step.js';
import {type DiskStat, isKnownContent, lookAt} from '../../source/workspace/disk-entry.js';
import {type StepResult} from '../../source/workspace/step-work.js';
import {MemoryBlobs} from '../workspace/memory-blobs.js';
import {surround} from './take-over.js';

/** A plan that writes 'new' where `before` is. */
function makeScene(before?: string, tickMs?: number) {
	const scene = makeDiskScene({tickMs});
	const {disk, root} = scene;
	const blobs = new MemoryBlobs();
	const save = (text: string) =>
		disk.setData(disk.find('p') ?? disk.createFile('p', 0o644, 'open'), Buffer.from(text));
	if (before !== undefined) save(before);
	const write = blobs.add('new');
	const expect: Content = before === undefined ? absent : blobs.add(before);
	const apply = async (expectStat?: DiskStat) => {
		const results: StepResult[] = [];
		const steps = [{path: 'p', expect, write, expectStat}];
		for await (const result of applySteps({root, folder: `${root}/.pulsync`, steps, ...blobs}))
			results.push(result);
		return results;
	};
	return {scene, save, expect, write, apply: async (stat?: DiskStat) => scene.finish(apply(stat))};
}

test.afterEach.always(() => surround(undefined));

test.serial('a save right behind the publication is not taken for what was published', async (t) => {
	const {scene, save, write, apply} = makeScene();
	scene.beforeCall = (_kind, call) => {
		if (call === 'unlink') queueMicrotask(() => save('me!'));
	};
	const [result] = await apply();
	const look = lookAt(`${scene.root}/p`);
	t.like(result, {outcome: 'done'});
	const stat = result?.outcome === 'done' ? result.stat : undefined;
	t.false(look.kind === 'entry' && isKnownContent(look.entry, {content: write, stat}));
});

test.serial('without one it is known, and need not be read again', async (t) => {
	const {scene, write, apply} = makeScene();
	const [result] = await apply();
	const look = lookAt(`${scene.root}/p`);
	const stat = result?.outcome === 'done' ? result.stat : undefined;
	t.true(look.kind === 'entry' && isKnownContent(look.entry, {content: write, stat}));
});

test.serial('a save right behind the look at a file that was just saved is not replaced', async (t) => {
	const {scene, save, apply} = makeScene('old');
	scene.beforeCall = (_kind, call, path) => {
		if (call === 'open' && path.startsWith('.pulsync/tmp/apply')) save('me!');
	};
	await apply();
	t.is(scene.disk.find('p')?.data.toString(), 'me!');
});

test.serial('a file that was just saved, and is as it should be, is replaced', async (t) => {
	const {scene, apply} = makeScene('old');
	t.like(await apply(), [{outcome: 'done'}]);
	t.is(scene.disk.find('p')?.data.toString(), 'new');
});

for (const tickMs of [1000, 2000]) {
	test.serial(`a save in the same ${tickMs} ms as the look before it is not replaced`, async (t) => {
		const {scene, save, expect, apply} = makeScene('old', tickMs);
		await scene.pass(200);
		const look = lookAt(`${scene.root}/p`);
		save('me!');
		const stat = look.kind === 'entry' ? look.entry : undefined;
		const again = lookAt(`${scene.root}/p`);
		t.false(again.kind === 'entry' && isKnownContent(again.entry, {content: expect, stat}));
		t.like(await apply(stat), [{outcome: 'skipped', reason: 'changed'}]);
		t.is(scene.disk.find('p')?.data.toString(), 'me!');
	});
}

test.serial(
	'what was published on a disk with coarse times is known once the next save must show',
	async (t) => {
		const {scene, save, write, apply} = makeScene(undefined, 2000);
		const [result] = await apply();
		const stat = result?.outcome === 'done' ? result.stat : undefined;
		save('me!');
		const look = lookAt(`${scene.root}/p`);
		t.false(look.kind === 'entry' && isKnownContent(look.entry, {content: write, stat}));
		await scene.pass(2100);
		const later = lookAt(`${scene.root}/p`);
		const newer = later.kind === 'entry' ? later.entry : undefined;
		t.true(newer && isKnownContent(newer, {content: write, stat: newer}));
	},
);

test.serial('a file with coarse times that was saved some seconds ago is replaced', async (t) => {
	const {scene, apply} = makeScene('old', 2000);
	await scene.pass(2100);
	t.like(await apply(), [{outcome: 'done'}]);
	t.is(scene.disk.find('p')?.data.toString(), 'new');
});
