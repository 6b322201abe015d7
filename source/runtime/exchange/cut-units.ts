/**
 * Cuts a plan into what is sent and acknowledged at once: segments of several objects, and parts of a large one. The
 * cuts depend on the plan alone and not on where an answer begins, so packs made for one joiner fit the next.
 */
import {maxSegmentObjectBytes, maxSegmentObjects, partBytes, segmentTargetBytes} from './limits.js';
import {type PlannedObject} from './object-store.js';

/** Objects `first` to before `end`, or bytes of object `first` from `offset`. `bytes` counts object bytes. */
export type Unit =
	| {readonly kind: 'segment'; readonly first: number; readonly end: number; readonly bytes: number}
	| {readonly kind: 'part'; readonly first: number; readonly offset: number; readonly bytes: number};

/** The units from object `start.index`, byte `start.offset` of it, to before object `end`, in order. */
export function* cutUnits(
	objects: readonly PlannedObject[],
	start: {readonly index: number; readonly offset: number},
	end: number,
): Generator<Unit> {
	const inParts = (index: number) =>
		objects[index]!.bytes > maxSegmentObjectBytes || (index === start.index && start.offset > 0);
	let index = 0;
	while (index < end) {
		if (inParts(index)) {
			if (index >= start.index)
				yield* cutParts(index, objects[index]!.bytes, index === start.index ? start.offset : 0);
			index++;
			continue;
		}
		let sum = 0;
		let next = index;
		while (next < end && next - index < maxSegmentObjects && !inParts(next)) {
			if (next > index && sum + objects[next]!.bytes > segmentTargetBytes) break;
			sum += objects[next]!.bytes;
			next++;
		}
		if (next > start.index) {
			const first = Math.max(index, start.index);
			yield {kind: 'segment', first, end: next, bytes: sumBytes(objects, first, next)};
		}
		index = next;
	}
}

function* cutParts(first: number, size: number, from: number): Generator<Unit> {
	let offset = from;
	while (offset < size) {
		const end = Math.min(size, (Math.floor(offset / partBytes) + 1) * partBytes);
		yield {kind: 'part', first, offset, bytes: end - offset};
		offset = end;
	}
}

/** Bytes of the objects from `first` to before `end`. */
export function sumBytes(objects: readonly PlannedObject[], first: number, end: number): number {
	let sum = 0;
	for (let index = first; index < end; index++) sum += objects[index]!.bytes;
	return sum;
}
