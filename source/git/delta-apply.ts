/** Makes an object of a delta and a stream of its base, in chunks and in one pass; no more than a chunk is held. */
import {type DeltaPiece} from './delta-format.js';
import {ByteCursor} from './byte-cursor.js';

/** Small pieces are gathered up to this size. */
const gatheredBytes = 256 * 1024;

/** The pieces have been checked (see readDelta). Throws what the base does; ends early where the base is shorter. */
export async function* applyDelta(
	pieces: readonly DeltaPiece[],
	base: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
	const cursor = new ByteCursor(base);
	let gathered: Buffer[] = [];
	let length = 0;
	try {
		for (const piece of pieces) {
			for await (const chunk of piece.kind === 'insert' ? [piece.content] : cut(cursor, piece)) {
				if (length > 0 && length + chunk.length > gatheredBytes) {
					yield Buffer.concat(gathered, length);
					[gathered, length] = [[], 0];
				}

				if (chunk.length >= gatheredBytes) {
					yield chunk;
				} else {
					gathered.push(Buffer.from(chunk)); // the base's chunks do not stand for long
					length += chunk.length;
				}
			}
		}

		if (length > 0) yield Buffer.concat(gathered, length);
	} finally {
		await cursor.close();
	}
}

async function* cut(
	cursor: ByteCursor,
	{offset, bytes}: DeltaPiece & {kind: 'copy'},
): AsyncGenerator<Buffer> {
	while (cursor.position < offset) {
		if ((await cursor.take(offset - cursor.position)).length === 0) return;
	}

	for (let left = bytes; left > 0;) {
		const chunk = await cursor.take(left);
		if (chunk.length === 0) return;
		left -= chunk.length;
		yield chunk;
	}
}
