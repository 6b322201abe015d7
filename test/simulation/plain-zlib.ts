/**
 * zlib streams of small inputs without zlib, whose contexts cost far more than these few bytes: stored blocks, which any
 * inflater reads. What does not look like one of them is left to the real thing.
 */
const header = Buffer.from([0x78, 0x01, 0x01]);
const maxStoredBytes = 0xff_ff;

/** The stream, or undefined where it takes more than one block. */
export function deflatePlain(data: Uint8Array): Buffer | undefined {
	if (data.length > maxStoredBytes) return undefined;
	const stream = Buffer.allocUnsafe(header.length + 4 + data.length + 4);
	header.copy(stream);
	stream.writeUInt16LE(data.length, 3);
	stream.writeUInt16LE(data.length ^ 0xff_ff, 5);
	stream.set(data, 7);
	stream.writeUInt32BE(adler32(data), 7 + data.length);
	return stream;
}

/** The content of a whole stored stream at the beginning, and the stream's length; undefined for all else. */
export function inflatePlain(stream: Buffer): {content: Buffer; length: number} | undefined {
	if (stream.length < 11 || stream.compare(header, 0, 3, 0, 3) !== 0) return undefined;
	const bytes = stream.readUInt16LE(3);
	if (stream.readUInt16LE(5) !== (bytes ^ 0xff_ff) || stream.length < bytes + 11) return undefined;
	const content = Buffer.from(stream.subarray(7, 7 + bytes));
	return adler32(content) === stream.readUInt32BE(7 + bytes) ? {content, length: bytes + 11} : undefined;
}

/** So many bytes can be added up before the sums have to be reduced. */
const adlerRun = 3800;

/** The checksum of RFC 1950. */
function adler32(data: Uint8Array): number {
	let [low, high] = [1, 0];
	for (let at = 0; at < data.length;) {
		const end = Math.min(at + adlerRun, data.length);
		for (; at < end; at++) {
			low += data[at]!;
			high += low;
		}
		low %= 65_521;
		high %= 65_521;
	}
	return ((high << 16) | low) >>> 0;
}
