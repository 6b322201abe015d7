/** What a channel brings for a want: to whom it belongs, what it weighs, and what takes it. */
import {type Answer, type AnswerMessage} from './answer.js';
import {objectBytes} from './arrived.js';
import {type BulkHeader, type BulkKind, type ObjectChunk} from './channel.js';

export type Delivery = {
	readonly request: number;
	/** Bytes of objects in it; undefined for a message, which brings the want no further by itself. */
	readonly bytes: number | undefined;
	/** Throws the Failure that it tells of, or `hostile_data`. */
	readonly into: (answer: Answer) => void;
};

export function messageDelivery(message: AnswerMessage): Delivery {
	return {request: message.request, bytes: undefined, into: (answer) => answer.take(message)};
}

export function bulkDelivery(kind: BulkKind, header: BulkHeader, bytes: Uint8Array): Delivery {
	return {
		request: header.request,
		bytes: bytes.byteLength,
		into: (answer) => answer.units.takeBulk(kind, header, bytes),
	};
}

export function chunkDelivery(chunk: ObjectChunk): Delivery {
	return {
		request: chunk.request,
		bytes: objectBytes(chunk.objects),
		into: (answer) => answer.units.takeChunk(chunk),
	};
}
