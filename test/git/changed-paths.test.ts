import {appendFileSync, readFileSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {ChangedPaths} from '../../source/git/changed-paths.js';
import {makeFolder} from './make-store.js';

const [one, two, three] = ['1'.repeat(40), '2'.repeat(40), '3'.repeat(40)];
const found = async (changes: ChangedPaths, place: string) => Object.fromEntries(await changes.look(place));

test('a commit is found by the paths that it changed, and by the folders above them', async (t) => {
	const changes = new ChangedPaths(path.join(await makeFolder(t), 'changed'));
	t.deepEqual(await found(changes, 'a'), {});
	await Promise.all([
		changes.add([{oid: one, paths: ['a', 'd/é/f']}]),
		changes.add([
			{oid: two, paths: []},
			{oid: three, paths: Array.from({length: 5000}, (_, at) => `many/${at}`)},
		]),
	]);
	for (const place of ['a', 'd', 'd/é', 'd/é/f'])
		t.deepEqual(await found(changes, place), {[one]: true, [two]: false, [three]: true}, place);
	for (const place of ['b', 'd/', 'é', 'f', 'd/é/f/g', ''])
		t.deepEqual(await found(changes, place), {[one]: false, [two]: false, [three]: true}, place);
});

test('what was noted is there for the next run; what is torn or not ours is noted anew', async (t) => {
	const file = path.join(await makeFolder(t), 'changed');
	await new ChangedPaths(file).add([
		{oid: one, paths: ['a']},
		{oid: two, paths: ['b']},
	]);
	t.deepEqual(await found(new ChangedPaths(file), 'a'), {[one]: true, [two]: false});
	const whole = readFileSync(file);
	for (const spoil of [
		() => truncateSync(file, whole.length - 3),
		() => writeFileSync(file, whole.with(whole.length - 6, 7)),
		() => writeFileSync(file, Buffer.concat([whole.subarray(0, -30), Buffer.alloc(30)])),
	]) {
		spoil();
		const changes = new ChangedPaths(file);
		t.deepEqual(await found(changes, 'b'), {[one]: false});
		await changes.add([{oid: two, paths: ['b']}]);
		t.deepEqual(await found(new ChangedPaths(file), 'b'), {[one]: false, [two]: true});
		t.is(statSync(file).size, whole.length);
	}
	appendFileSync(file, Buffer.alloc(5000));
	t.deepEqual(await found(new ChangedPaths(file), 'b'), {[one]: false, [two]: true});
	writeFileSync(file, 'not ours');
	const changes = new ChangedPaths(file);
	t.deepEqual(await found(changes, 'b'), {});
	await changes.add([{oid: three, paths: ['b']}]);
	t.deepEqual(await found(new ChangedPaths(file), 'b'), {[three]: true});
});
