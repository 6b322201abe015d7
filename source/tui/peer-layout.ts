/** Which panels the peer screen has room for. Pure. */
import {type Slot} from './layout.js';

export type PeerLayout = {
	readonly link: Slot;
	readonly attempts: Slot;
	readonly bytes?: Slot;
	/** Beside the others where it is wide enough; else the rows of the link have them small. */
	readonly traffic?: Slot;
	readonly roundTrip?: Slot;
};

/** From here on the graphs stand beside the words. */
const graphsFrom = 110;
/** Below this the reasons of the ladder would be broken too often. */
const leastWords = 70;
const frame = 2;
const bytesHeight = 5;
const leastAttempts = 5;

/** Too short for panels of their own: everything below each other in one that scrolls. */
export function isShort(height: number, linkRows: number): boolean {
	return height < linkRows + frame + leastAttempts;
}

/** `linkRows` tells how many rows the link wants in so many columns. */
export function layoutPeer(width: number, height: number, linkRows: (columns: number) => number): PeerLayout {
	const hasGraphs = width >= graphsFrom && height >= 16;
	const left = hasGraphs ? Math.max(leastWords, Math.ceil(width * 0.64)) : width;
	const link = linkRows(left) + frame;
	const bytes = height - link >= bytesHeight + leastAttempts ? bytesHeight : 0;
	const upper = Math.ceil(height / 2);
	return {
		link: {width: left, height: link},
		attempts: {width: left, height: height - link - bytes},
		...(bytes > 0 && {bytes: {width: left, height: bytes}}),
		...(hasGraphs && {
			traffic: {width: width - left, height: upper},
			roundTrip: {width: width - left, height: height - upper},
		}),
	};
}
