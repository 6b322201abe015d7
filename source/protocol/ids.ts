/** Ids and key material as text: base32 for what people see, base64url for keys, both without padding. */

/** peer_id and session_id: 16 bytes in lower-case base32. */
export const idPattern = /^[a-z2-7]{26}$/;

const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const base64UrlAlphabet = base64Alphabet + '-_';

/** RFC 4648 base32, lower case, without padding. */
export function encodeBase32(bytes: Uint8Array): string {
	return encodeBits(bytes, 5, base32Alphabet);
}

/** RFC 4648 base64url without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
	return encodeBits(bytes, 6, base64UrlAlphabet);
}

/** The bytes of base64url text without padding; undefined where it is not the one spelling of some bytes. */
export function decodeBase64Url(text: string): Uint8Array | undefined {
	const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
	let buffer = 0;
	let bits = 0;
	let offset = 0;
	for (const character of text) {
		const value = base64UrlAlphabet.indexOf(character);
		if (value < 0) return undefined;
		buffer = (buffer << 6) | value;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[offset++] = buffer >> bits;
			buffer &= (1 << bits) - 1;
		}
	}

	return bits < 6 && buffer === 0 && offset === bytes.length ? bytes : undefined;
}

/** True for canonical base64 with padding: the form of `data` and `body`. Linear, whatever the text. */
export function isBase64(text: string): boolean {
	if (text.length % 4 !== 0) return false;
	const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
	const end = text.length - padding;
	if (/[^A-Za-z0-9+/]/.test(padding === 0 ? text : text.slice(0, end))) return false;
	if (padding === 0) return true;
	// The last character before padding carries bits that no byte takes; they are zero in the one true spelling.
	const last = (base64Alphabet + '+/').indexOf(text[end - 1]!);
	return padding === 2 ? (last & 0b1111) === 0 : (last & 0b11) === 0;
}

/** How many bytes a canonical base64 text stands for. */
export function base64ByteLength(text: string): number {
	const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
	return (text.length / 4) * 3 - padding;
}

function encodeBits(bytes: Uint8Array, width: number, alphabet: string): string {
	let text = '';
	let buffer = 0;
	let bits = 0;
	for (const byte of bytes) {
		buffer = (buffer << 8) | byte;
		bits += 8;
		while (bits >= width) {
			bits -= width;
			text += alphabet[buffer >> bits];
			buffer &= (1 << bits) - 1;
		}
	}

	return bits > 0 ? text + alphabet[buffer << (width - bits)] : text;
}
