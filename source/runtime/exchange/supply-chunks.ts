/** The units of an answer on tier json: chunks of whole objects, and of numbered pieces of larger ones. */
import {type Channel, type ChunkObject} from './channel.js';
import {chunkPieceBytes, maxChunkBytes, maxChunkObjects} from './limits.js';
import {LargeObjectReader} from './large-object.js';
import {type ObjectStore, type PlannedObject} from './object-store.js';
import {type Outgoing} from './pump.js';
import {type ChunkWindow} from './send-window.js';
import {type SupplyRange} from './supply-segments.js';

type Piece = {readonly object: ChunkObject; readonly newBytes: number; readonly completes: boolean};

export async function* supplyChunks(options: {
	store: ObjectStore;
	lane: NonNullable<Channel['objects']>;
	request: number;
	range: SupplyRange;
	window: ChunkWindow;
	signal: AbortSignal;
}): AsyncGenerator<Outgoing, void> {
	const {store, lane, request, range, window, signal} = options;
	let pieces: Piece[] = [];
	let bytes = 0;
	for await (const piece of cutPieces(store, range)) {
		signal.throwIfAborted();
		const size = piece.object.bytes.byteLength;
		const full = bytes + size > window.unitBytes || pieces.length >= maxChunkObjects;
		if (pieces.length > 0 && full) {
			yield chunk(pieces);
			pieces = [];
			bytes = 0;
		}
		pieces.push(piece);
		bytes += size;
	}
	if (pieces.length > 0) yield chunk(pieces);

	function chunk(of: readonly Piece[]): Outgoing {
		return {
			bytes: of.reduce((sum, piece) => sum + piece.newBytes, 0),
			objects: of.filter((piece) => piece.completes).length,
			send: async (index) =>
				lane.send({request, chunkIndex: index, totalChunks: 0, objects: of.map((piece) => piece.object)}),
		};
	}
}

async function* cutPieces(store: ObjectStore, range: SupplyRange): AsyncGenerator<Piece> {
	const large = new LargeObjectReader(store);
	try {
		for (let index = range.start.index; index < range.end; index++) {
			const planned = range.objects[index]!;
			const from = index === range.start.index ? range.start.offset : 0;
			if (planned.bytes > chunkPieceBytes) yield* cutLarge(large, planned, from);
			else yield whole(planned, await store.read(planned.oid, maxChunkBytes));
		}
	} finally {
		large.close();
	}
}

function whole({oid, type, bytes: size}: PlannedObject, bytes: Uint8Array): Piece {
	return {object: {oid, type, size, bytes}, newBytes: size, completes: true};
}

/** Pieces start at multiples of their size, so the first may repeat some bytes of an object begun on another tier. */
async function* cutLarge(
	large: LargeObjectReader,
	planned: PlannedObject,
	from: number,
): AsyncGenerator<Piece> {
	const {oid, type, bytes: size} = planned;
	const partCount = Math.ceil(size / chunkPieceBytes);
	for (let partIndex = Math.floor(from / chunkPieceBytes); partIndex < partCount; partIndex++) {
		const offset = partIndex * chunkPieceBytes;
		const bytes = await large.read(planned, offset, Math.min(chunkPieceBytes, size - offset));
		yield {
			object: {oid, type, size, partIndex, partCount, bytes},
			newBytes: offset + bytes.byteLength - Math.max(from, offset),
			completes: partIndex === partCount - 1,
		};
	}
}
