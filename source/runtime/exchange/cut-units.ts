/**
 * Cuts a plan into what is sent and acknowledged at once: segments of several objects, and parts of a large one. The
 * cuts of one size depend on the plan alone and not on where an answer begins, and those of a larger size are among
 * them, so packs made for one joiner fit the next.
 */
import {maxSegmentObjectBytes, maxSegmentObjects, partBytes, segmentTargetBytes} from './limits.js';
import {type PlannedObject} from './object-store.js';
import {type UnitSize} from './send-window.js';

/** Objects `first` to before `end`, or bytes of object `first` from `offset`, or that one as a delta. `bytes` counts object bytes. */
export type Unit =
	| {readonly kind: 'segment'; readonly first: number; readonly end: number; readonly bytes: number}
	| {readonly kind: 'part'; readonly first: number; readonly offset: number; readonly bytes: number}
	| {readonly kind: 'delta'; readonly first: number; readonly bytes: number};

type Place = {readonly index: number; readonly offset: number};

/** What an object costs in a pack beside its bytes, about. */
const objectHeaderBytes = 64;

const largest: UnitSize = {targetBytes: segmentTargetBytes, maxWholeBytes: maxSegmentObjectBytes};

/** The units from object `start.index`, byte `start.offset` of it, to before object `end`, in order. */
export function* cutUnits(
	objects: readonly PlannedObject[],
	start: Place,
	end: number,
	nextUnit: () => UnitSize = () => largest,
	mayBeDelta: (object: PlannedObject) => boolean = () => false,
): Generator<Unit> {
	const isBegun = (index: number) => index === start.index && start.offset > 0;
	const inParts = (index: number) => objects[index]!.bytes > maxSegmentObjectBytes || isBegun(index);
	const asDelta = (index: number) => mayBeDelta(objects[index]!) && !isBegun(index);
	let index = 0;
	while (index < end) {
		if (asDelta(index)) {
			if (index >= start.index) yield {kind: 'delta', first: index, bytes: objects[index]!.bytes};
			index++;
			continue;
		}
		if (inParts(index)) {
			if (index >= start.index) {
				const from = index === start.index ? start.offset : 0;
				yield* cutParts(index, objects[index]!.bytes, from, nextUnit(), nextUnit);
			}
			index++;
			continue;
		}
		let sum = 0;
		let next = index;
		while (next < end && next - index < maxSegmentObjects && !inParts(next) && !asDelta(next)) {
			const {bytes} = objects[next]!;
			// A large object goes along with the small ones before it: whoever waits for each acknowledgement waits for fewer.
			const isFull = sum >= segmentTargetBytes || sum + bytes > maxSegmentObjectBytes;
			if (next > index && isFull) break;
			sum += bytes;
			next++;
		}
		if (next > start.index) {
			yield* cutSegment(objects, {first: index, end: next}, Math.max(index, start.index), nextUnit);
		}
		index = next;
	}
}

/** The units of one object of which none is there. */
export function* cutObject(
	objects: readonly PlannedObject[],
	index: number,
	nextUnit: () => UnitSize,
): Generator<Unit> {
	const size = nextUnit();
	const {bytes} = objects[index]!;
	if (bytes > size.maxWholeBytes) yield* cutParts(index, bytes, 0, size, nextUnit);
	else yield {kind: 'segment', first: index, end: index + 1, bytes};
}

/** A segment of the largest size, from object `from` on, in pieces that fit the path. */
function* cutSegment(
	objects: readonly PlannedObject[],
	segment: {readonly first: number; readonly end: number},
	from: number,
	nextUnit: () => UnitSize,
): Generator<Unit> {
	let position = 0; // in the segment, in bytes
	for (let index = segment.first; index < from; index++) position += costOf(objects[index]!);
	let index = from;
	while (index < segment.end) {
		const size = nextUnit();
		const {targetBytes, maxWholeBytes} = size;
		const {bytes} = objects[index]!;
		if (bytes > maxWholeBytes) {
			yield* cutParts(index, bytes, 0, size, nextUnit);
			position += costOf(objects[index++]!);
			continue;
		}
		const first = index;
		const isWhole = targetBytes >= segmentTargetBytes;
		const limit = (Math.floor(position / targetBytes) + 1) * targetBytes;
		do position += costOf(objects[index++]!);
		while (index < segment.end && (isWhole || position < limit) && objects[index]!.bytes <= maxWholeBytes);
		yield {kind: 'segment', first, end: index, bytes: sumBytes(objects, first, index)};
	}
}

function* cutParts(
	first: number,
	size: number,
	from: number,
	begin: UnitSize,
	nextUnit: () => UnitSize,
): Generator<Unit> {
	let offset = from;
	for (let unit = begin; offset < size; unit = nextUnit()) {
		const bytes = Math.min(partBytes, unit.targetBytes);
		const end = Math.min(size, (Math.floor(offset / bytes) + 1) * bytes);
		yield {kind: 'part', first, offset, bytes: end - offset};
		offset = end;
		if (offset >= size) return;
	}
}

function costOf({bytes}: PlannedObject): number {
	return bytes + objectHeaderBytes;
}

/** Bytes of the objects from `first` to before `end`. */
export function sumBytes(objects: readonly PlannedObject[], first: number, end: number): number {
	let sum = 0;
	for (let index = first; index < end; index++) sum += objects[index]!.bytes;
	return sum;
}
