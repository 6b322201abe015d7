import {crc32} from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import {readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {absent, type Path} from '../../source/protocol/content.js';
import {ShownIndex, type ShownChanges, type ShownEntry} from '../../source/workspace/shown-index.js';
import {decodeJournal, encodeRecords, journalHeader} from '../../source/workspace/shown-journal.js';
import {makeFolder} from './temp-project.js';

const entry = (digit: string, size?: number): ShownEntry => ({
	content: `${digit.repeat(40)}-100644`,
	...(size === undefined
		? {}
		: {stat: {size, mtimeNs: 1795360842610980531n, ctimeNs: 2n ** 62n, ino: 2n ** 63n, seenAtMs: 1}}),
});

test('what was set is there after a restart, stats to the nanosecond', async (t) => {
	const file = join(makeFolder(t), 'shown');
	const changes = new Map([
		['a', entry('1', 7)],
		['b/\n"', entry('2')],
		['gone', entry('3')],
	]);
	const before = await ShownIndex.open(file);
	await before.set(changes);
	await before.set(new Map([['gone', undefined]]));
	await before.set(new Map([['b/\n"', {content: absent}]]));
	await before.close();
	const after = await ShownIndex.open(file);
	t.deepEqual([...after.entries()], [['a', entry('1', 7)]]);
	t.is(statSync(file).mode & 0o777, 0o600);
	await after.clear();
	await after.close();
	const cleared = await ShownIndex.open(file);
	t.is(cleared.size, 0);
	await cleared.close();
});

test('paths below a folder are found, whatever came and went', async (t) => {
	const shown = await ShownIndex.open(join(makeFolder(t), 'shown'));
	await shown.set(new Map(['a', 'a/b', 'a/b/c', 'ab', 'a-b/c'].map((path) => [path, entry('1')])));
	t.deepEqual([...shown.below('a')], ['a/b', 'a/b/c']);
	t.deepEqual([...shown.below('')].length, 5);
	await shown.set(new Map([['a/b/c', undefined]]));
	t.deepEqual([...shown.below('a/b')], []);
	t.deepEqual([...shown.below('a')], ['a/b']);
	t.deepEqual(
		['', 'a', 'a/b', 'a/b/c', 'ab', 'a-b', 'b'].filter((folder) => shown.hasBelow(folder)),
		['', 'a', 'a-b'],
	);
	await shown.close();
});

test('paths below any of few or many folders are those below one of them', async (t) => {
	const shown = await ShownIndex.open(join(makeFolder(t), 'shown'));
	const names = ['a', 'b', 'ab', 'a-b'];
	const folders = [...names, ...names.flatMap((one) => names.map((other) => `${one}/${other}`))];
	const paths = folders.flatMap((folder) => [`${folder}/x`, `${folder}/y`]);
	await shown.set(new Map([...paths, 'x'].map((path) => [path, entry('1')])));
	fc.assert(
		fc.property(fc.subarray([...folders, '', 'gone', 'a/x'], {minLength: 0}), (some) => {
			const found = new Set(shown.belowAny(some));
			t.deepEqual([...found].sort(), [...new Set(some.flatMap((folder) => [...shown.below(folder)]))].sort());
		}),
	);
	await shown.close();
});

test('changes asked for at the same time are applied in order', async (t) => {
	const file = join(makeFolder(t), 'shown');
	const shown = await ShownIndex.open(file);
	const digits = '0123456789abcdef';
	await Promise.all([...digits].map((digit) => shown.set(new Map([['p', entry(digit)]]))));
	t.deepEqual(shown.get('p'), entry('f'));
	await shown.close();
	t.deepEqual(decodeJournal(readFileSync(file)).entries.get('p'), entry('f'));
});

test('a journal that is mostly history is rewritten', async (t) => {
	const file = join(makeFolder(t), 'shown');
	const shown = await ShownIndex.open(file);
	const many = new Map(
		Array.from({length: 600}, (_, index): [Path, ShownEntry] => [`f${index}`, entry('a', index)]),
	);
	let largest = 0;
	for (let round = 0; round < 12; round++) {
		await shown.set(many);
		largest = Math.max(largest, statSync(file).size);
	}
	t.true(statSync(file).size < largest);
	await shown.set(new Map([['later', entry('b')]]));
	await shown.close();
	const after = await ShownIndex.open(file);
	t.is(after.size, 601);
	await after.close();
});

test('a journal that is a link, or of something else, is not followed and not believed', async (t) => {
	const folder = makeFolder(t);
	writeFileSync(join(folder, 'elsewhere'), 'precious');
	symlinkSync('elsewhere', join(folder, 'shown'));
	await t.throwsAsync(ShownIndex.open(join(folder, 'shown')), {code: 'state_unreadable'});
	t.is(readFileSync(join(folder, 'elsewhere'), 'utf8'), 'precious');
	writeFileSync(join(folder, 'other'), 'not a journal at all\n');
	const shown = await ShownIndex.open(join(folder, 'other'));
	t.is(shown.size, 0);
	await shown.set(new Map([['a', entry('1')]]));
	await shown.close();
	t.is(decodeJournal(readFileSync(join(folder, 'other'))).entries.size, 1);
});

const content = fc.constantFrom(...'0123456789abcdef').map((digit) => `${digit.repeat(40)}-100755`);
const stat = fc.record({
	size: fc.nat(),
	mtimeNs: fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n}),
	ctimeNs: fc.bigInt({min: 0n, max: 2n ** 63n}),
	ino: fc.bigInt({min: 0n, max: 2n ** 64n}),
	seenAtMs: fc.nat(),
});
const value = fc.option(fc.oneof(fc.record({content}), fc.record({content, stat})), {nil: undefined});
const path = fc.oneof(fc.constantFrom('a', 'a/b', 'c'), fc.string({unit: 'grapheme', minLength: 1}));
const batch = fc.array(fc.tuple(path, value), {minLength: 1, maxLength: 5}).map((rows) => new Map(rows));

test('a journal cut off anywhere is the state after its last whole line', (t) => {
	fc.assert(
		fc.property(
			fc.array(batch, {maxLength: 5}),
			fc.double({min: 0, max: 1, noNaN: true}),
			(batches, share) => {
				const parts = [journalHeader, ...batches.map((changes) => encodeRecords(changes))];
				const whole = Buffer.concat(parts);
				const cut = Math.floor(whole.length * share);
				const decoded = decodeJournal(whole.subarray(0, cut));
				let expected = new Map<Path, ShownEntry>();
				let good = 0;
				let end = 0;
				for (const [index, part] of parts.entries()) {
					end += part.length;
					if (end > cut) break;
					good = end;
					if (index > 0) expected = merged(expected, batches[index - 1]!);
				}
				t.deepEqual(decoded.entries, expected);
				t.is(decoded.bytes, good);
			},
		),
	);
});

test('a journal with a damaged byte never throws and never makes anything up', (t) => {
	fc.assert(
		fc.property(
			fc.array(batch, {minLength: 1, maxLength: 4}),
			fc.nat(),
			fc.integer({min: 1, max: 255}),
			(batches, at, flip) => {
				const whole = Buffer.concat([journalHeader, ...batches.map((changes) => encodeRecords(changes))]);
				const index = at % whole.length;
				whole[index] = whole[index]! ^ flip;
				const states = batches.reduce<Map<Path, ShownEntry>[]>(
					(all, changes) => [...all, merged(all.at(-1)!, changes)],
					[new Map<Path, ShownEntry>()],
				);
				const {entries} = decodeJournal(whole);
				t.true(states.some((state) => isEqual(state, entries)));
			},
		),
	);
});

test('any bytes at all are decoded without throwing', (t) => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), (bytes) => {
			t.is(decodeJournal(bytes).entries.size, 0);
			t.is(decodeJournal(Buffer.concat([journalHeader, bytes])).entries.size, 0);
		}),
	);
});

test('a record whose numbers are none that can be compared is not ours', (t) => {
	const sound = [4, '5', '6', '7', 8] as const;
	const decoded = (stat: readonly unknown[]) => {
		const json = JSON.stringify([['a', `${'ab'.repeat(20)}-100644`, ...stat]]);
		const line = `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
		return decodeJournal(Buffer.concat([journalHeader, Buffer.from(line)])).entries.size;
	};
	t.is(decoded(sound), 1);
	for (const at of sound.keys()) {
		for (const wrong of [1.5, 2 ** 60, '1.5', 'x']) t.is(decoded(sound.with(at, wrong as never)), 0, `${at}`);
	}
});

function merged(state: ReadonlyMap<Path, ShownEntry>, changes: ShownChanges): Map<Path, ShownEntry> {
	const next = new Map(state);
	for (const [key, change] of changes) {
		if (change) next.set(key, change);
		else next.delete(key);
	}
	return next;
}

function isEqual(one: ReadonlyMap<Path, ShownEntry>, other: ReadonlyMap<Path, ShownEntry>): boolean {
	const text = (map: ReadonlyMap<Path, ShownEntry>) =>
		encodeRecords(new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)))).toString();
	return text(one) === text(other);
}
