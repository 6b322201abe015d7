/** What has arrived whole and waits to be stored. */
import {type PeerMessageOf} from '../../protocol/peer-messages.js';
import {type ChunkObject} from './channel.js';

/** A whole unit that has arrived. `index` is what is acknowledged. */
export type Arrived =
	| {
			readonly kind: 'segment';
			readonly index: number;
			readonly header: PeerMessageOf<'segment'>;
			readonly bytes: Buffer;
	  }
	| {
			readonly kind: 'part';
			readonly index: number;
			readonly header: PeerMessageOf<'part'>;
			readonly bytes: Buffer;
			/** Its path ended before the rest came: it is stored, and is not acknowledged. */
			readonly isCut: boolean;
	  }
	| {
			readonly kind: 'chunk';
			readonly index: number;
			readonly objects: readonly ChunkObject[];
	  };

/** What units added to the store, and how many of their bytes were there already. */
export type Stored = {readonly bytes: number; readonly objects: number; readonly repeatedBytes: number};

/** Bytes of a unit, as they arrived. */
export function arrivedBytes(unit: Arrived): number {
	return unit.kind === 'chunk' ? objectBytes(unit.objects) : unit.bytes.byteLength;
}

/** Bytes of the objects of a chunk together. */
export function objectBytes(objects: readonly ChunkObject[]): number {
	return objects.reduce((sum, object) => sum + object.bytes.byteLength, 0);
}
