/** What a peer may announce: every number of a unit's header against its bound, before anything is allocated. */
import {type PeerMessageOf} from '../../protocol/peer-messages.js';
import {unitWords} from './exchange-words.js';
import {hostileData} from './hostile.js';
import {
	maxDeltaResultBytes,
	maxPackBytes,
	maxSegmentObjectBytes,
	maxSegmentObjects,
	minPackBytes,
	partBytes,
} from './limits.js';

/** Throws `hostile_data` for a segment that cannot be, or is a delta that nobody asked for. */
export function checkSegment(header: PeerMessageOf<'segment'>, mayBeDelta: boolean): void {
	const {bytes, objects, object_bytes: objectBytes, base, up_to: upTo} = header;
	if (bytes < minPackBytes || bytes > maxPackBytes) throw hostileData(unitWords.segmentSize);
	if (objects < 1 || objects > maxSegmentObjects) throw hostileData(unitWords.segmentObjects);
	if (base !== undefined) {
		if (!mayBeDelta) throw hostileData(unitWords.deltaNotAsked);
		if (objects !== 1 || upTo.phase !== 'blobs' || objectBytes > maxDeltaResultBytes)
			throw hostileData(unitWords.deltaNotOfOneBlob);
	} else if (objectBytes > maxSegmentObjectBytes) throw hostileData(unitWords.segmentObjectBytes);
}

/** Throws `hostile_data` for a part that cannot be. */
export function checkPart({bytes, offset, size}: PeerMessageOf<'part'>): void {
	if (bytes < 1 || bytes > partBytes || offset + bytes > size) throw hostileData(unitWords.partSize);
	if (!Number.isSafeInteger(size)) throw hostileData(unitWords.objectSize);
}
