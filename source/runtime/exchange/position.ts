/**
 * Places in the order in which a want is answered: blobs, trees, commits, each by oid. The order is the same for every
 * supplier and tier, so one place says what has arrived.
 */
import {type Oid} from '../../protocol/content.js';
import {type PeerMessageOf} from '../../protocol/peer-messages.js';
import {type ObjectType, type PlannedObject} from './object-store.js';

/** Behind the object; with `offset`: inside it, everything before it and that many of its bytes being there. */
export type Position = NonNullable<PeerMessageOf<'want'>['after']>;

const ranks = {blobs: 0, trees: 1, commits: 2} as const;
const phases = {blob: 'blobs', tree: 'trees', commit: 'commits'} as const;

export function positionOf(object: {readonly oid: Oid; readonly type: ObjectType}): Position {
	return {phase: phases[object.type], oid: object.oid};
}

/** Negative if `one` comes first, by phase and oid; offsets are not compared. */
export function comparePositions(one: Position, other: Position): number {
	const byPhase = ranks[one.phase] - ranks[other.phase];
	if (byPhase !== 0) return byPhase;
	return one.oid < other.oid ? -1 : one.oid > other.oid ? 1 : 0;
}

/** Where to go on: the index of the first object to send, and how many of its bytes are there already. */
export function startOf(
	objects: readonly PlannedObject[],
	after: Position | undefined,
): {index: number; offset: number} {
	if (!after) return {index: 0, offset: 0};
	const inside = after.offset !== undefined;
	const index = firstIndex(objects, (position) => {
		const order = comparePositions(position, after);
		return inside ? order >= 0 : order > 0;
	});
	const object = objects[index];
	const same = inside && object !== undefined && comparePositions(positionOf(object), after) === 0;
	// An offset beyond the object is nonsense: the object is sent from its start and the receiver judges.
	return {index, offset: same && after.offset! < object.bytes ? after.offset! : 0};
}

/** The index behind the last object to send. */
export function endOf(objects: readonly PlannedObject[], until: Position | undefined): number {
	if (!until) return objects.length;
	return firstIndex(objects, (position) => comparePositions(position, until) > 0);
}

function firstIndex(objects: readonly PlannedObject[], test: (position: Position) => boolean): number {
	let low = 0;
	let high = objects.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (test(positionOf(objects[middle]!))) high = middle;
		else low = middle + 1;
	}
	return low;
}
