/** Plans on a disk that takes two spellings for one name. */
import {makeDiskScene} from './disk-scene.js';
import test from 'ava';
import {absent, type Path} from '../../source/protocol/content.js';
import {applySteps} from '../../source/workspace/apply-step.js';
import {MemoryBlobs} from '../workspace/memory-blobs.js';
import {surround} from './take-over.js';

type Case = {
	readonly title: string;
	/** What stands there: folders end with a slash. */
	readonly before: readonly Path[];
	readonly remove?: Path;
	readonly write: Path;
	/** How it ends, and what stands there then. */
	readonly outcome: string;
	readonly after: readonly Path[];
};

const cases: readonly Case[] = [
	{
		title: 'an empty folder in another spelling makes room',
		before: ['lib/'],
		write: 'LIB/a',
		outcome: 'done',
		after: ['LIB/', 'LIB/a'],
	},
	{
		title: 'so do empty folders in it, and in the place of a file',
		before: ['lib/', 'lib/deep/'],
		write: 'LIB',
		outcome: 'done',
		after: ['LIB'],
	},
	{
		title: 'a folder whose only file goes with the same plan gets its new spelling',
		before: ['doc/', 'doc/lib/', 'doc/lib/a'],
		remove: 'doc/lib/a',
		write: 'doc/LIB/a',
		outcome: 'done',
		after: ['doc/', 'doc/LIB/', 'doc/LIB/a'],
	},
	{
		title: 'a folder with another file stays as it is spelt',
		before: ['lib/', 'lib/b'],
		write: 'LIB/a',
		outcome: 'case_collision',
		after: ['lib/', 'lib/b'],
	},
	{
		title: 'a file stays as it is spelt',
		before: ['a'],
		write: 'A',
		outcome: 'case_collision',
		after: ['a'],
	},
];

test.afterEach.always(() => surround(undefined));

for (const {title, before, remove, write, outcome, after} of cases) {
	test.serial(title, async (t) => {
		const {disk, root, finish} = makeDiskScene({caseBlind: true});
		const blobs = new MemoryBlobs();
		for (const path of before) {
			if (path.endsWith('/')) disk.makeFolder(path.slice(0, -1), 0o755);
			else disk.setData(disk.createFile(path, 0o644, 'open'), Buffer.from('old'));
		}
		const removals = remove === undefined ? [] : [{path: remove, expect: blobs.add('old'), write: absent}];
		const steps = [...removals, {path: write, expect: absent, write: blobs.add('new')}];
		const run = async () => {
			const outcomes = new Map<Path, string>();
			for await (const result of applySteps({root, folder: `${root}/.pulsync`, steps, ...blobs})) {
				const code = result.outcome === 'skipped' ? (result.code ?? result.reason) : result.outcome;
				outcomes.set(result.path, code);
			}
			return outcomes;
		};
		t.is((await finish(run())).get(write), outcome);
		const found = [...disk.walk()].map(([path, {kind}]) => (kind === 'folder' ? `${path}/` : path));
		t.deepEqual(found, after);
	});
}
