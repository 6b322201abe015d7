import test, {type ExecutionContext} from 'ava';
import {mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {SettledPaths} from '../../source/workspace/settled-paths.js';
import {waitUntil} from '../helpers/wait.js';

/** Waits that no busy machine mixes up. */
const times = {briefMs: 20, quietMs: 1500, maxWaitMs: 20_000, maxStormMs: 20_000};

type Scene = {
	readonly at: (name: string) => string;
	readonly paths: SettledPaths;
	readonly batches: Array<{readonly paths: string; readonly afterMs: number}>;
	/** Touches the paths, as events of one change would. */
	readonly touch: (...names: string[]) => void;
};

function open(t: ExecutionContext, synced: readonly string[]): Scene {
	const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'settled-')));
	const at = (name: string) => path.join(folder, name);
	let touchedAt = 0;
	const batches: Scene['batches'] = [];
	const paths = new SettledPaths({
		times,
		absolute: at,
		isSynced: (name) => synced.includes(name),
		onReady: (ready) =>
			batches.push({paths: [...ready].sort().join(' '), afterMs: performance.now() - touchedAt}),
	});
	t.teardown(() => {
		paths.close();
		rmSync(folder, {recursive: true});
	});
	const touch = (...names: string[]) => {
		touchedAt = performance.now();
		for (const name of names) paths.touch(name);
	};
	return {at, paths, batches, touch};
}

async function first({batches}: Scene): Promise<Scene['batches'][number]> {
	return waitUntil('a batch', () => batches[0]);
}

test('a small file that is synced is ready after a brief wait', async (t) => {
	const scene = open(t, ['a']);
	writeFileSync(scene.at('a'), 'saved');
	scene.touch('a');
	const {paths, afterMs} = await first(scene);
	t.is(paths, 'a');
	t.true(afterMs < times.quietMs, `${afterMs} ms`);
});

const patient: readonly {
	readonly title: string;
	readonly change: (scene: Scene) => void;
	readonly expected: string;
}[] = [
	{
		title: 'a new file',
		change({at, touch}) {
			writeFileSync(at('new'), 'perhaps a temporary one');
			touch('new');
		},
		expected: 'new',
	},
	{
		title: 'a file that was emptied',
		change({at, touch}) {
			writeFileSync(at('a'), '');
			touch('a');
		},
		expected: 'a',
	},
	{
		title: 'a large file',
		change({at, touch}) {
			writeFileSync(at('a'), Buffer.alloc(65 * 1024));
			touch('a');
		},
		expected: 'a',
	},
	{
		title: 'a file that is gone',
		change({touch}) {
			touch('a');
		},
		expected: 'a',
	},
	{
		title: 'a file that took the place of another',
		change({at, touch}) {
			writeFileSync(at('b'), 'moved');
			renameSync(at('b'), at('a'));
			touch('b', 'a');
		},
		expected: 'a b',
	},
	{
		title: 'each of several files',
		change({at, touch}) {
			for (const name of ['a', 'b', 'c']) writeFileSync(at(name), 'checked out');
			touch('a', 'b', 'c');
		},
		expected: 'a b c',
	},
];

for (const {title, change, expected} of patient) {
	test(`${title} has to be quiet for longer`, async (t) => {
		const scene = open(t, ['a', 'b', 'c']);
		change(scene);
		const {paths, afterMs} = await first(scene);
		t.is(paths, expected);
		t.true(afterMs >= times.quietMs, `${afterMs} ms`);
	});
}
