/**
 * STUN (RFC 5389), as much of it as tells a client where it is seen: a binding request gets its address back. Nothing
 * else is answered, so that neither two servers nor a forged address can make it talk. Pure.
 */
import {crc32} from 'node:zlib';

const headerBytes = 20;
/** A request with all that ICE puts into one is far below this. */
const maxRequestBytes = 548;
const magicCookie = 0x2112_a442;
const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const bindingError = 0x0111;

const errorCode = 0x0009;
const unknownAttributes = 0x000a;
const xorMappedAddress = 0x0020;
const fingerprint = 0x8028;
const fingerprintBytes = 8;
const fingerprintMask = 0x5354_554e;

/** USERNAME, MESSAGE-INTEGRITY, REALM, NONCE, PRIORITY, USE-CANDIDATE: meant for others, and no hindrance here. */
const ignored: ReadonlySet<number> = new Set([0x0006, 0x0008, 0x0014, 0x0015, 0x0024, 0x0025]);
/** Attributes below this must be understood. */
const firstOptional = 0x8000;
/** No answer grows with what it is asked. */
const maxNamed = 2;

/** Where a packet came from: 4 or 16 bytes, and the port. */
export type StunSource = {readonly ip: Uint8Array; readonly port: number};

type Request = {readonly unknown: readonly number[]; readonly hasFingerprint: boolean};

/** The answer to one packet; undefined for everything that is not a binding request in good form. */
export function answerStun(packet: Uint8Array, source: StunSource): Buffer | undefined {
	const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
	const request = parseRequest(bytes);
	if (!request) return undefined;
	const attribute =
		request.unknown.length > 0
			? refusal(request.unknown)
			: mappedAddress(bytes.subarray(4, headerBytes), source);
	const type = request.unknown.length > 0 ? bindingError : bindingSuccess;
	const tail = request.hasFingerprint ? fingerprintBytes : 0;
	const answer = Buffer.alloc(headerBytes + attribute.length + tail);
	answer.writeUInt16BE(type, 0);
	answer.writeUInt16BE(attribute.length + tail, 2);
	bytes.copy(answer, 4, 4, headerBytes);
	attribute.copy(answer, headerBytes);
	if (request.hasFingerprint) {
		const end = answer.length - fingerprintBytes;
		answer.writeUInt16BE(fingerprint, end);
		answer.writeUInt16BE(4, end + 2);
		answer.writeUInt32BE(fingerprintOf(answer.subarray(0, end)), end + 4);
	}

	return answer;
}

function parseRequest(bytes: Buffer): Request | undefined {
	if (bytes.length < headerBytes || bytes.length > maxRequestBytes || bytes.length % 4 !== 0)
		return undefined;
	if (bytes.readUInt16BE(0) !== bindingRequest || bytes.readUInt32BE(4) !== magicCookie) return undefined;
	if (bytes.readUInt16BE(2) !== bytes.length - headerBytes) return undefined;
	const unknown: number[] = [];
	for (let offset = headerBytes; offset < bytes.length;) {
		const type = bytes.readUInt16BE(offset);
		const length = bytes.readUInt16BE(offset + 2);
		const end = offset + 4 + Math.ceil(length / 4) * 4;
		if (end > bytes.length) return undefined;
		if (type === fingerprint) {
			const isGood =
				length === 4 && bytes.readUInt32BE(offset + 4) === fingerprintOf(bytes.subarray(0, offset));
			// It is the last attribute, or it is none.
			return isGood && end === bytes.length ? {unknown, hasFingerprint: true} : undefined;
		}

		if (type < firstOptional && !ignored.has(type) && unknown.length < maxNamed) unknown.push(type);
		offset = end;
	}

	return {unknown, hasFingerprint: false};
}

/** XOR-MAPPED-ADDRESS; `mask` is the cookie and the transaction id. */
function mappedAddress(mask: Uint8Array, {ip, port}: StunSource): Buffer {
	const attribute = Buffer.alloc(8 + ip.length);
	attribute.writeUInt16BE(xorMappedAddress, 0);
	attribute.writeUInt16BE(4 + ip.length, 2);
	attribute.writeUInt8(ip.length === 4 ? 1 : 2, 5);
	attribute.writeUInt16BE(port ^ (magicCookie >>> 16), 6);
	for (const [index, byte] of ip.entries()) attribute[8 + index] = byte ^ (mask[index] ?? 0);
	return attribute;
}

/** 420 and what was not understood, one or two types; one is padded to the size of two. */
function refusal(unknown: readonly number[]): Buffer {
	const attribute = Buffer.alloc(16);
	attribute.writeUInt16BE(errorCode, 0);
	attribute.writeUInt16BE(4, 2);
	attribute.writeUInt16BE(0x0414, 6);
	attribute.writeUInt16BE(unknownAttributes, 8);
	attribute.writeUInt16BE(2 * unknown.length, 10);
	for (const [index, type] of unknown.entries()) attribute.writeUInt16BE(type, 12 + 2 * index);
	return attribute;
}

/** Over the message up to the attribute; the header's length counts the attribute already. */
function fingerprintOf(bytes: Uint8Array): number {
	return (crc32(bytes) ^ fingerprintMask) >>> 0;
}
