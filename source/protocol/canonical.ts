/** The form in which parts are signed and hashed, so that no two lists of parts give the same bytes. */

/**
 * Joins the parts, each with its length before it.
 *
 *     [length:u32 big-endian][part] …
 */
export function lengthPrefixed(parts: readonly Uint8Array[]): Uint8Array {
	const total = parts.reduce((sum, part) => sum + 4 + part.length, 0);
	const bytes = new Uint8Array(total);
	const view = new DataView(bytes.buffer);
	let offset = 0;
	for (const part of parts) {
		view.setUint32(offset, part.length);
		bytes.set(part, offset + 4);
		offset += 4 + part.length;
	}

	return bytes;
}

const encoder = new TextEncoder();

/** What a client signs to prove to the relay that it owns its peer_id; `nonce` is the bytes of `welcome.nonce`. */
export function relayProofParts(nonce: Uint8Array, sessionId: string, peerId: string): Uint8Array {
	return lengthPrefixed([
		encoder.encode('pulsync relay v1'),
		nonce,
		encoder.encode(sessionId),
		encoder.encode(peerId),
	]);
}
