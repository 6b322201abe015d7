import {createHash} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {cutUnits, sumBytes, type Unit} from '../../../source/runtime/exchange/cut-units.js';
import {
	maxSegmentObjectBytes,
	maxSegmentObjects,
	partBytes,
	segmentTargetBytes,
} from '../../../source/runtime/exchange/limits.js';
import {type PlannedObject} from '../../../source/runtime/exchange/object-store.js';
import {comparePositions, endOf, positionOf, startOf} from '../../../source/runtime/exchange/position.js';

const types = ['blob', 'tree', 'commit'] as const;

/** A plan of objects with these sizes, in the order in which plans are. */
function planOf(sizes: readonly number[], typeOf: (index: number) => (typeof types)[number] = () => 'blob') {
	return sizes
		.map((bytes, index): PlannedObject => {
			const oid = createHash('sha1').update(`${index}`).digest('hex');
			return {oid, type: typeOf(index), bytes};
		})
		.sort((a, b) => comparePositions(positionOf(a), positionOf(b)));
}

const whole = {index: 0, offset: 0};
const [half, full] = [segmentTargetBytes / 2, maxSegmentObjectBytes];
for (const [what, sizes, expected] of [
	['nothing', [], []],
	['one empty object', [0], ['0-1']],
	['what fits the target', [half, half], ['0-2']],
	['what does not', [half, half, 1], ['0-2', '2-3']],
	['an object above the target', [full], ['0-1']],
	['a large one along with the small ones before it', [1, half, full - half - 1, 1], ['0-3', '3-4']],
	['one that would not fit with those before it', [2, half, full - half - 1], ['0-2', '2-3']],
	['small ones around a larger one', [1, full, 1], ['0-1', '1-2', '2-3']],
	['one too large for a segment', [full + 1], ['0+0', `0+${partBytes}`, `0+${2 * partBytes}`]],
] as const) {
	test(`cuts ${what}`, (t) => {
		const objects = sizes.map((bytes, index): PlannedObject => ({oid: `${index}`, type: 'blob', bytes}));
		t.deepEqual([...cutUnits(objects, whole, objects.length)].map(nameOf), [...expected]);
	});
}

test('many tiny objects are cut by their number', (t) => {
	const objects = planOf(Array.from({length: 2 * maxSegmentObjects + 1}, () => 0));
	const cut = [...cutUnits(objects, whole, objects.length)];
	t.deepEqual(
		cut.map((unit) => unit.kind === 'segment' && unit.end - unit.first),
		[maxSegmentObjects, maxSegmentObjects, 1],
	);
});

const sizes = fc.array(
	fc.oneof(fc.nat(1000), fc.nat(segmentTargetBytes + 5), fc.nat({max: 3 * maxSegmentObjectBytes})),
	{maxLength: 60},
);

test('units cover exactly what is asked for, in order, wherever it begins', (t) => {
	fc.assert(
		fc.property(sizes, fc.nat(), fc.double({min: 0, max: 0.99, noNaN: true}), (all, from, part) => {
			const objects = planOf(all);
			const index = objects.length === 0 ? 0 : from % objects.length;
			const offset = Math.floor((objects[index]?.bytes ?? 0) * part);
			let next = {index, offset};
			for (const unit of cutUnits(objects, next, objects.length)) {
				t.true(unit.first === next.index && unit.bytes <= maxSegmentObjectBytes);
				if (unit.kind === 'segment') {
					t.true(next.offset === 0 && unit.end > unit.first);
					t.is(unit.bytes, sumBytes(objects, unit.first, unit.end));
					next = {index: unit.end, offset: 0};
				} else if (unit.kind === 'part') {
					t.true(unit.offset === next.offset && unit.bytes > 0 && unit.bytes <= partBytes);
					const isLast = unit.offset + unit.bytes === objects[unit.first]!.bytes;
					next = isLast
						? {index: unit.first + 1, offset: 0}
						: {index: unit.first, offset: unit.offset + unit.bytes};
				}
			}
			t.deepEqual(next, {index: objects.length, offset: 0});
		}),
		{numRuns: 300},
	);
});

const slow = fc.constantFrom(64, 256, 1024, 4096).map((size) => ({
	targetBytes: size * 1024,
	maxWholeBytes: size === 4096 ? maxSegmentObjectBytes : size * 1024,
}));

test('on a path that changes its pace units still cover what is asked for, and none is much larger than it should be', (t) => {
	fc.assert(
		fc.property(sizes, fc.array(slow, {minLength: 1}), (all, paces) => {
			const objects = planOf(all);
			let asked = 0;
			let place = {index: 0, offset: 0};
			for (const unit of cutUnits(objects, place, objects.length, () => paces[asked++ % paces.length]!)) {
				const pace = paces[(asked - 1) % paces.length]!;
				t.deepEqual(place, {index: unit.first, offset: unit.kind === 'part' ? unit.offset : 0});
				t.true(unit.bytes <= 2 * pace.targetBytes, `${unit.bytes} for ${pace.targetBytes}`);
				if (unit.kind !== 'part')
					place = {index: unit.kind === 'segment' ? unit.end : unit.first + 1, offset: 0};
				else if (unit.offset + unit.bytes === objects[unit.first]!.bytes)
					place = {index: unit.first + 1, offset: 0};
				else place = {index: unit.first, offset: unit.offset + unit.bytes};
			}
			t.deepEqual(place, {index: objects.length, offset: 0});
		}),
		{numRuns: 300},
	);
});

test('the cuts of a quick path are among those of a slow one, so that packs fit both', (t) => {
	const starts = (objects: readonly PlannedObject[], targetBytes: number) =>
		new Set(
			[
				...cutUnits(objects, whole, objects.length, () => ({
					targetBytes,
					maxWholeBytes: maxSegmentObjectBytes,
				})),
			].map(nameOf),
		);
	fc.assert(
		fc.property(sizes, (all) => {
			const objects = planOf(all);
			const places = (targetBytes: number) =>
				[...starts(objects, targetBytes)].map((name) => name.replace(/-.*/, ''));
			const fine = new Set(places(64 * 1024));
			t.true(places(1024 * 1024).every((place) => fine.has(place) || place.includes('+')));
			t.true(places(segmentTargetBytes).every((place) => fine.has(place) || place.includes('+')));
		}),
		{numRuns: 100},
	);
});

test('an answer that goes on behind a unit has the same units from there on', (t) => {
	fc.assert(
		fc.property(sizes, fc.nat(), (all, at) => {
			const objects = planOf(all);
			const cut = [...cutUnits(objects, whole, objects.length)];
			const segments = cut.filter((unit) => unit.kind === 'segment');
			const last = segments[segments.length === 0 ? 0 : at % segments.length];
			if (last?.kind !== 'segment') return;
			const start = startOf(objects, positionOf(objects[last.end - 1]!));
			t.deepEqual([...cutUnits(objects, start, objects.length)], cut.slice(cut.indexOf(last) + 1));
		}),
		{numRuns: 300},
	);
});

test('positions go by phase, then by id', (t) => {
	const oids = ['a'.repeat(40), 'b'.repeat(40)];
	const ordered = (['blobs', 'trees', 'commits'] as const).flatMap((phase) =>
		oids.map((oid) => ({phase, oid})),
	);
	for (const [index, one] of ordered.entries()) {
		for (const [place, other] of ordered.entries()) {
			t.is(Math.sign(comparePositions(one, other)), Math.sign(index - place));
		}
	}
});

test('a place to go on from is found whether or not the plan has that object', (t) => {
	const objects = planOf([5, 6, 7, 8, 9], (index) => types[index % 3]!);
	const [first, second] = objects;
	t.deepEqual(startOf(objects, undefined), {index: 0, offset: 0});
	t.deepEqual(startOf(objects, positionOf(first!)), {index: 1, offset: 0});
	t.deepEqual(startOf(objects, {...positionOf(second!), offset: 3}), {index: 1, offset: 3});
	t.deepEqual(startOf(objects, {...positionOf(second!), offset: 1000}), {index: 1, offset: 0});
	t.deepEqual(startOf(objects, {phase: 'blobs', oid: '0'.repeat(40), offset: 2}), {index: 0, offset: 0});
	t.deepEqual(startOf(objects, {phase: 'commits', oid: 'f'.repeat(40)}), {index: 5, offset: 0});
	t.is(endOf(objects, undefined), 5);
	t.is(endOf(objects, positionOf(second!)), 2);
	t.is(endOf(objects, {phase: 'blobs', oid: '0'.repeat(40)}), 0);
});

function nameOf(unit: Unit): string {
	if (unit.kind === 'segment') return `${unit.first}-${unit.end}`;
	return unit.kind === 'part' ? `${unit.first}+${unit.offset}` : `${unit.first}Δ`;
}
