/** A folder and its copy, a disk that came back under another number, and a folder that was moved. */
import {cpSync, mkdirSync, mkdtempSync, renameSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import {isSamePlace, placeOf} from '../../source/runtime/folder-place.js';

test('a folder is the same after a move, and its copy is another one', async (t) => {
	const top = mkdtempSync(path.join(os.tmpdir(), 'place-'));
	t.teardown(() => rmSync(top, {recursive: true, force: true}));
	const at = (name: string) => path.join(top, name);
	mkdirSync(path.join(at('one'), '.pulsync'), {recursive: true});
	const place = await placeOf(at('one'));
	// A disk gives all that is made in one tick the same time: 10 ms at most.
	await wait(30);
	cpSync(at('one'), at('copy'), {recursive: true, preserveTimestamps: true});
	t.false(isSamePlace(place, await placeOf(at('copy'))));
	renameSync(at('one'), at('two'));
	t.true(isSamePlace(place, await placeOf(at('two'))));
});

const places: readonly [
	title: string,
	one: string,
	other: string,
	same: {linux: boolean; darwin: boolean},
][] = [
	['the same number and time', '7@1000', '7@1000', {linux: true, darwin: true}],
	['a number that was given to another folder', '7@1000', '7@2000', {linux: false, darwin: false}],
	['a disk that numbers anew, or a copy with its times', '7@1000', '9@1000', {linux: true, darwin: false}],
	['another number and time', '7@1000', '9@2000', {linux: false, darwin: false}],
	['a disk without times', '7@', '7@', {linux: true, darwin: true}],
	['another number on a disk without times', '7@', '9@', {linux: false, darwin: false}],
	['the former form, on a disk with another device number', '2049:7', '7@1000', {linux: true, darwin: true}],
	['the former form of another folder', '2049:7', '9@1000', {linux: false, darwin: false}],
];

for (const [title, one, other, same] of places) {
	test(`places: ${title}`, (t) => {
		for (const platform of ['linux', 'darwin'] as const)
			t.is(isSamePlace(one, other, platform), same[platform], platform);
	});
}
