/** More paths than any peer takes stop the project before they are read, and leaving some out lets it go on. */
import test from 'ava';
import {maxPaths} from '../../../source/protocol/project-limits.js';
import {guardCodes} from '../../../source/runtime/project/operation-gate.js';
import {checkCount} from '../../../source/runtime/project/read-disk.js';
import {type DiskEntry} from '../../../source/workspace/disk-entry.js';

const shown = {size: maxPaths, get: () => undefined};
const paths = (count: number) => Array.from({length: count}, (_, index) => `file-${index}`);
const dirty = new Map(paths(10).map((path) => [path, {} as DiskEntry]));

test('what is new counts, what is gone or ignored from now on does not', (t) => {
	const error = t.throws(() => checkCount({shown}, {dirty, gone: [], ignored: []}), {code: 'too_many_files'});
	t.true(guardCodes.has('too_many_files'), String(error));
	t.notThrows(() => checkCount({shown}, {dirty, gone: paths(10), ignored: []}));
	t.notThrows(() => checkCount({shown}, {dirty, gone: [], ignored: paths(10)}));
	t.throws(() => checkCount({shown}, {dirty, gone: paths(5), ignored: paths(4)}));
});
