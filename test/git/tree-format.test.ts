import test from 'ava';
import fc from 'fast-check';
import {
	compareByBytes,
	compareEntries,
	encodeTree,
	parseTree,
	type TreeEntry,
} from '../../source/git/tree-format.js';
import {names} from './make-store.js';

const oid = 'ab'.repeat(20);

function raw(...entries: ReadonlyArray<readonly [head: string | Buffer, oid?: string]>): Buffer {
	return Buffer.concat(
		entries.flatMap(([head, id = oid]) => [Buffer.from(head), Buffer.from([0]), Buffer.from(id, 'hex')]),
	);
}

const refused: ReadonlyArray<[what: string, bytes: Buffer]> = [
	['no space', Buffer.from('100644')],
	['no name', raw(['100644 '])],
	['a path for a name', raw(['100644 a/b'])],
	['a name that is not UTF-8', raw([Buffer.from([...Buffer.from('100644 '), 0xff, 0xfe])])],
	['an overlong UTF-8 slash', raw([Buffer.from([...Buffer.from('100644 a'), 0xc0, 0xaf])])],
	['a mode of a submodule', raw(['160000 a'])],
	['a mode of a setuid file', raw(['104755 a'])],
	['a mode that all may write', raw(['100777 a'])],
	['a mode with a zero before it', raw(['040000 a'])],
	['a mode that is not octal', raw(['10064x a'])],
	['a very long mode', raw(['1006440000000000000 a'])],
	['an id that is cut off', raw(['100644 a']).subarray(0, -1)],
	['the null id', raw(['100644 a', '0'.repeat(40)])],
	['names in the wrong order', raw(['100644 b'], ['100644 a'])],
	['a name twice', raw(['100644 a'], ['100644 a'])],
	['a file and a folder of one name', raw(['100644 a'], ['40000 a'])],
	['a file and a folder of one name, apart', raw(['100644 a'], ['100644 a.b'], ['40000 a'])],
	['a folder sorted as a file', raw(['40000 a'], ['100644 a.b'])],
];

for (const [what, bytes] of refused) {
	test(`a tree with ${what} is refused`, (t) => {
		t.false(parseTree(bytes).ok);
	});
}

const entries: fc.Arbitrary<TreeEntry[]> = fc.uniqueArray(
	fc.record({
		name: names,
		mode: fc.constantFrom('100644', '100755', '120000', '40000'),
		oid: fc.constant(oid),
	}),
	{selector: ({name}) => name},
);

test('parsing what was encoded gives the entries in git’s order', (t) => {
	fc.assert(
		fc.property(entries, (some) => {
			const parsed = parseTree(encodeTree(some));
			t.true(parsed.ok);
			t.deepEqual(parsed.ok && parsed.entries, [...some].sort(compareEntries));
		}),
	);
});

test('parsing any bytes gives an answer, and encoding that gives the bytes', (t) => {
	const noise = fc.tuple(entries, fc.nat(), fc.uint8Array({maxLength: 8})).map(([some, at, bytes]) => {
		const tree = encodeTree(some);
		const cut = at % (tree.length + 1);
		return Buffer.concat([tree.subarray(0, cut), bytes, tree.subarray(cut)]);
	});
	fc.assert(
		fc.property(noise, (bytes) => {
			const parsed = parseTree(bytes);
			if (parsed.ok) {
				t.deepEqual(encodeTree(parsed.entries), bytes);
			}
		}),
	);
	t.pass();
});

test('names compare as their bytes do', (t) => {
	fc.assert(
		fc.property(names, names, (a, b) => {
			t.is(Math.sign(compareByBytes(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
		}),
	);
});
