/**
 * How git objects travel as JSON that the relay may check but not read: deflated where it helps, sealed with AES-256-GCM
 * under a key of the channel, and named by blinded ids. Bytes of one object or part:
 *
 * ```
 * data   = base64(nonce:12 ‖ ciphertext ‖ tag:16)
 * nonce  = counter of this direction, big-endian, from 0, never reset; the receiver takes no other than the next
 * plain  = oid:20 ‖ bytes (deflated if `encoding` says so)
 * ```
 *
 * Every field that the relay sees is associated data, so none can be changed, moved or left out.
 */
import {createCipheriv, createDecipheriv, createHmac, hkdfSync} from 'node:crypto';
import {deflateRawSync, inflateRawSync} from 'node:zlib';
import {lengthPrefixed} from '../protocol/canonical.js';
import {maxChunkBytes} from '../protocol/limits.js';
import {type WireGitObject} from '../protocol/relay-fields.js';
import {type LaneObject} from './peer-channel.js';
import {type SecureChannel} from './secure-channel.js';

/** What is around an object and the relay sees as well; part of what is sealed. */
export type ChunkFacts = {
	readonly sessionId: string;
	readonly fromPeerId: string;
	readonly toPeerId: string;
	readonly generation: number;
	readonly requestId: number;
	readonly chunkIndex: number;
	readonly totalChunks: number;
};

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const oidBytes = 20;
const sealedSteps = [cipher, 'base64'];
const deflatedSteps = ['deflate-raw', ...sealedSteps];

/** Below this, deflate saves less than it costs. */
const minDeflateBytes = 128;
/** Whether an object, or a part of one, deflates is judged by so many pieces of it: one place may be a picture in a text. */
const samples = {count: 4, bytes: 1024} as const;
/** Cheap and nearly as small: the relay's wire is not the place to squeeze. */
const deflateLevel = 1;

export class ObjectSeal {
	readonly #sendKey: Buffer;
	readonly #receiveKey: Buffer;
	readonly #blindKey: Buffer;
	#sent = 0;
	#received = 0;

	constructor(secure: SecureChannel) {
		const material = secure.exportKey('EXPORTER-pulsync-objects-v1', 32);
		const derive = (info: string) => Buffer.from(hkdfSync('sha256', material, Buffer.alloc(0), info, 32));
		const keys = {client: derive('client to server'), server: derive('server to client')};
		this.#sendKey = keys[secure.role];
		this.#receiveKey = secure.role === 'client' ? keys.server : keys.client;
		this.#blindKey = derive('blind');
	}

	/** The name that the relay sees for an object; the same for both ends of this channel and nobody else. */
	blind(oid: string): string {
		const hmac = createHmac('sha256', this.#blindKey).update(Buffer.from(oid, 'hex'));
		return hmac.digest('hex').slice(0, oidBytes * 2);
	}

	/** Seals a chunk's objects, in order. What is returned must be sent, and in this order. */
	seal(facts: ChunkFacts, objects: readonly LaneObject[]): WireGitObject[] {
		return objects.map((object, position) => {
			const {bytes, isDeflated} = deflate(object.bytes);
			const visible = {
				oid: this.blind(object.oid),
				object_type: object.type,
				size: object.size,
				encoding: isDeflated ? deflatedSteps : sealedSteps,
				...(object.partCount === undefined
					? {}
					: {part_index: object.partIndex ?? 0, part_count: object.partCount}),
			};
			const nonce = nonceOf(this.#sent++);
			const encrypt = createCipheriv(cipher, this.#sendKey, nonce);
			encrypt.setAAD(associatedData(facts, objects.length, position, visible));
			const sealed = [
				nonce,
				encrypt.update(Buffer.from(object.oid, 'hex')),
				encrypt.update(bytes),
				encrypt.final(),
				encrypt.getAuthTag(),
			];
			return {...visible, data: Buffer.concat(sealed).toString('base64')};
		});
	}

	/** Opens a chunk's objects; undefined if any of them is not exactly what the other end sealed next. */
	open(facts: ChunkFacts, objects: readonly WireGitObject[]): LaneObject[] | undefined {
		const opened: LaneObject[] = [];
		for (const [position, object] of objects.entries()) {
			const plain = this.#openOne(facts, objects.length, position, object);
			if (!plain) return undefined;
			opened.push(plain);
		}
		return opened;
	}

	#openOne(
		facts: ChunkFacts,
		length: number,
		position: number,
		{data, ...visible}: WireGitObject,
	): LaneObject | undefined {
		const sealed = Buffer.from(data, 'base64');
		if (sealed.byteLength < nonceBytes + oidBytes + tagBytes || visible.object_type === 'tag')
			return undefined;
		const nonce = sealed.subarray(0, nonceBytes);
		if (!nonce.equals(nonceOf(this.#received++))) return undefined;
		try {
			const decrypt = createDecipheriv(cipher, this.#receiveKey, nonce);
			decrypt.setAAD(associatedData(facts, length, position, visible));
			decrypt.setAuthTag(sealed.subarray(-tagBytes));
			const plain = decrypt.update(sealed.subarray(nonceBytes, -tagBytes));
			decrypt.final();
			const oid = plain.toString('hex', 0, oidBytes);
			if (this.blind(oid) !== visible.oid) return undefined;
			const packed = plain.subarray(oidBytes);
			const bytes = isDeflated(visible.encoding)
				? inflateRawSync(packed, {maxOutputLength: maxChunkBytes})
				: packed;
			if (visible.part_count === undefined && bytes.byteLength !== visible.size) return undefined;
			return {
				oid,
				type: visible.object_type,
				size: visible.size,
				...(visible.part_count === undefined
					? {}
					: {partIndex: visible.part_index ?? 0, partCount: visible.part_count}),
				bytes,
			};
		} catch {
			return undefined; // not the key, not the fields, or not deflate
		}
	}
}

function deflate(bytes: Uint8Array): {bytes: Uint8Array; isDeflated: boolean} {
	if (bytes.byteLength < minDeflateBytes) return {bytes, isDeflated: false};
	const level = {level: deflateLevel};
	const sample = sampleOf(bytes);
	if (sample && deflateRawSync(sample, level).byteLength > sample.byteLength * 0.9)
		return {bytes, isDeflated: false};
	const deflated = deflateRawSync(bytes, level);
	return deflated.byteLength < bytes.byteLength * 0.95
		? {bytes: deflated, isDeflated: true}
		: {bytes, isDeflated: false};
}

/** Some of it from all over it; undefined where looking at all of it costs little more. */
function sampleOf(bytes: Uint8Array): Uint8Array | undefined {
	const sampleBytes = samples.count * samples.bytes;
	if (bytes.byteLength <= 2 * sampleBytes) return undefined;
	const step = Math.floor((bytes.byteLength - samples.bytes) / (samples.count - 1));
	return Buffer.concat(
		Array.from({length: samples.count}, (_, index) =>
			bytes.subarray(index * step, index * step + samples.bytes),
		),
	);
}

function isDeflated(encoding: readonly string[]): boolean {
	return encoding[0] === deflatedSteps[0];
}

function nonceOf(counter: number): Buffer {
	const nonce = Buffer.alloc(nonceBytes);
	nonce.writeBigUInt64BE(BigInt(counter), nonceBytes - 8);
	return nonce;
}

function associatedData(
	facts: ChunkFacts,
	length: number,
	position: number,
	visible: Omit<WireGitObject, 'data'>,
): Uint8Array {
	const fields = [
		'pulsync objects v1',
		facts.sessionId,
		facts.fromPeerId,
		facts.toPeerId,
		facts.generation,
		facts.requestId,
		facts.chunkIndex,
		facts.totalChunks,
		length,
		position,
		visible.oid,
		visible.object_type,
		visible.size,
		visible.encoding.join(' '),
		visible.part_index ?? '',
		visible.part_count ?? '',
	];
	return lengthPrefixed(fields.map((field) => Buffer.from(String(field))));
}
