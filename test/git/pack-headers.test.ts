import test from 'ava';
import {type ObjectType} from '../../source/git/object-format.js';
import {encodeDeltaHeader, encodeEntryHeader} from '../../source/git/pack-format.js';
import {PackHeaders, type PlacedEntry} from '../../source/git/pack-headers.js';
import {seededRandom} from '../helpers/random.js';

const types: readonly ObjectType[] = ['blob', 'tree', 'commit'];

/** A pack of entries of up to so many bytes each, every tenth a delta, and what has to be found in it. */
function scene(count: number, maxBytes: number) {
	const random = seededRandom(count);
	const parts: Buffer[] = [Buffer.alloc(12)];
	const entries: PlacedEntry[] = [];
	for (let index = 0, at = 12; index < count; index++) {
		const bytes = random.below(2 ** 40);
		const type = index % 10 === 3 ? undefined : types[index % 3]!;
		const header = type ? encodeEntryHeader(type, bytes) : encodeDeltaHeader('a'.repeat(40), bytes);
		const part = Buffer.concat([header, Buffer.alloc(1 + random.below(maxBytes), 0xff)]);
		parts.push(part);
		const dataAt = at + header.length - (type ? 0 : 20);
		entries.push({type, bytes, at, dataAt, end: (at += part.length)});
	}
	const pack = Buffer.concat(parts);
	const reads: number[] = [];
	const read = (into: Buffer, at: number) => {
		reads.push(into.length);
		return pack.copy(into, 0, Math.min(at, pack.length));
	};
	const starts = Float64Array.from(entries, ({at}) => at).reverse();
	const shuffled = [...entries].sort(() => random.next() - 0.5);
	return {headers: new PackHeaders(starts, pack.length, read), entries, shuffled, reads, pack};
}

test('thousands of small entries are found in any order, most of them without a read of their own', (t) => {
	const {headers, shuffled, reads} = scene(5000, 500);
	for (let round = 0; round < 2; round++)
		for (const entry of shuffled) t.deepEqual(headers.at(entry.at), entry);
	const deltas = 500;
	// An eighth until it is known that all are wanted; in the second round deltas alone.
	t.true(reads.length < 5000 / 8 + 2 * deltas + 50, `${reads.length} reads`);
});

test('a few entries, and large ones, are read one by one', (t) => {
	for (const {headers, shuffled, reads} of [scene(60, 500), scene(100, 50_000)]) {
		for (const entry of shuffled) t.deepEqual(headers.at(entry.at), entry);
		t.is(reads.length, shuffled.length);
		t.is(Math.max(...reads), 16);
	}
});

test('what a pack that was cut short no longer has is not found', (t) => {
	const {entries, pack} = scene(2000, 200);
	const half = pack.subarray(0, pack.length / 2);
	const headers = new PackHeaders(
		Float64Array.from(entries, ({at}) => at),
		pack.length,
		(into, at) => half.copy(into, 0, Math.min(at, half.length)),
	);
	for (const entry of entries) {
		const found = headers.at(entry.at);
		if (entry.dataAt <= half.length) t.deepEqual(found, entry);
		else t.is(found, undefined);
	}
});
