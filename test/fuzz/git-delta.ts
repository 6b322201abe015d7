/** Deltas by git's rules, written down a second time: what git makes of one, and ones of all kinds. */
import {type Random} from '../helpers/random.js';

/** What git's patch-delta.c makes of a base; undefined where it refuses. */
export function patchAsGit(base: Buffer, delta: Buffer): Buffer | undefined {
	let at = 0;
	const size = () => {
		let value = 0n;
		for (let shift = 0n; at < delta.length; shift += 7n) {
			const byte = delta[at++]!;
			value |= BigInt(byte & 0x7f) << shift;
			if (byte < 0x80) break;
		}
		return value & 0xffff_ffff_ffff_ffffn;
	};
	if (delta.length < 4 || size() !== BigInt(base.length)) return undefined;
	let left = size();
	const parts: Buffer[] = [];
	while (at < delta.length) {
		const command = delta[at++]!;
		let part: Buffer;
		if (command >= 0x80) {
			let [offset, bytes] = [0, 0];
			for (let place = 0; place < 7; place++) {
				if ((command & (1 << place)) === 0) continue;
				if (at >= delta.length) return undefined;
				if (place < 4) offset += delta[at++]! * 256 ** place;
				else bytes += delta[at++]! * 256 ** (place - 4);
			}
			if (bytes === 0) bytes = 0x1_0000;
			if (offset + bytes > base.length) return undefined;
			part = base.subarray(offset, offset + bytes);
		} else {
			if (command === 0 || command > delta.length - at) return undefined;
			part = delta.subarray(at, at + command);
			at += command;
		}
		left -= BigInt(part.length);
		if (left < 0n) return undefined;
		parts.push(part);
	}
	return left === 0n ? Buffer.concat(parts) : undefined;
}

/** A delta of random commands: most go on in the base and most tell their true sizes, so that many are sound. */
export function randomDelta(baseBytes: number, random: Random): Buffer {
	const isSloppy = random.below(4) === 0;
	const commands: Buffer[] = [];
	let [made, from] = [0, 0];
	for (let count = random.below(12); count >= 0; count--) {
		if (random.below(2) === 0) {
			const bytes = random.below(isSloppy ? 0x80 : 0x7f) + (isSloppy ? 0 : 1);
			commands.push(Buffer.concat([Buffer.from([bytes]), random.bytes(bytes)]));
			made += bytes;
		} else {
			const isBackwards = random.below(40) === 0;
			const offset = isBackwards ? random.below(baseBytes) : from + random.below((baseBytes - from) / 2 + 1);
			const most = baseBytes - offset + (isSloppy ? 40 : 0);
			const bytes = Math.min(most, random.below(random.below(3) === 0 ? 0x1_4000 : 200) + 1);
			if (bytes <= 0) break;
			commands.push(copyCommand(offset, bytes, random));
			made += bytes;
			from = Math.min(baseBytes, offset + bytes);
		}
	}
	const sizes = [baseBytes + lie(random), made + lie(random)].map((size) => sizeBytes(size, random));
	const delta = Buffer.concat([...sizes, ...commands]);
	return random.below(20) === 0 ? delta.subarray(0, random.below(delta.length)) : delta;
}

function lie(random: Random): number {
	return random.below(12) === 0 ? random.pick([1, 128, 2 ** 31, 2 ** 40]) : 0;
}

/** Sometimes with zeros that need not be there. */
function sizeBytes(size: number, random: Random): Buffer {
	const bytes: number[] = [];
	for (let rest = size; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 128)) bytes.push(rest % 128);
	for (let zeros = random.below(30) === 0 ? random.below(4) : 0; zeros > 0; zeros--) bytes.push(0);
	return Buffer.from(bytes.map((byte, place) => (place < bytes.length - 1 ? byte | 0x80 : byte)));
}

/** Bytes that are zero may be told or left out; 64 KiB may be told or be meant. */
function copyCommand(offset: number, bytes: number, random: Random): Buffer {
	const facts = Buffer.alloc(7);
	facts.writeUInt32LE(offset, 0);
	facts.writeUIntLE(bytes === 0x1_0000 && random.below(2) === 0 ? 0 : bytes, 4, 3);
	let command = 0x80;
	const told: number[] = [];
	for (const [place, byte] of facts.entries()) {
		if (byte === 0 && random.below(8) > 0) continue;
		command |= 1 << place;
		told.push(byte);
	}
	return Buffer.from([command, ...told]);
}
