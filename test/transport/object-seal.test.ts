import {randomBytes} from 'node:crypto';
import {Duplex} from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import {type WireGitObject} from '../../source/protocol/relay-fields.js';
import {type ChunkFacts, ObjectSeal} from '../../source/transport/object-seal.js';
import {type LaneObject} from '../../source/transport/peer-channel.js';
import {type TlsRole} from '../../source/transport/secure-channel.js';

const facts: ChunkFacts = {
	sessionId: 's',
	fromPeerId: 'a',
	toPeerId: 'b',
	generation: 1,
	requestId: 2,
	chunkIndex: 3,
	totalChunks: 0,
};

/** A channel whose keying material is known. */
function createSeal(role: TlsRole, fill = 1): ObjectSeal {
	return new ObjectSeal({
		role,
		stream: new Duplex(),
		exportKey: (_label, length) => Buffer.alloc(length, fill),
	});
}

const blob = (bytes: Uint8Array, oid = 'ab'.repeat(20)): LaneObject => ({
	oid,
	type: 'blob',
	size: bytes.byteLength,
	bytes,
});

const plain = (objects: readonly LaneObject[] | undefined) =>
	objects?.map((object) => ({...object, bytes: Buffer.from(object.bytes).toString('hex')}));

test('What one end seals the other opens, for any objects', (t) => {
	const object = fc
		.tuple(
			fc.uint8Array({minLength: 20, maxLength: 20}),
			fc.oneof(
				fc.uint8Array({maxLength: 400}),
				fc.nat(20_000).map((length) => Buffer.alloc(length, 'text ')),
				fc.nat(20_000).map((length) => randomBytes(length)),
			),
			fc.constantFrom('blob' as const, 'tree' as const, 'commit' as const),
		)
		.map(([oid, bytes, type]) => ({...blob(bytes, Buffer.from(oid).toString('hex')), type}));
	const seal = createSeal('client');
	const open = createSeal('server');
	fc.assert(
		fc.property(fc.array(object, {maxLength: 4}), (objects) => {
			t.deepEqual(plain(open.open(facts, seal.seal(facts, objects))), plain(objects));
		}),
	);
});

test('Text is deflated, noise and small things are not', (t) => {
	const seal = createSeal('client');
	const objects = [blob(Buffer.alloc(9000, 'text ')), blob(randomBytes(9000)), blob(Buffer.from('tiny'))];
	t.deepEqual(
		seal.seal(facts, objects).map(({encoding}) => encoding.join(' ')),
		['deflate-raw aes-256-gcm base64', 'aes-256-gcm base64', 'aes-256-gcm base64'],
	);
});

test('One place that does not deflate speaks for no more than itself', (t) => {
	const seal = createSeal('client');
	const part = (noisy: number) =>
		Buffer.concat([randomBytes(noisy), Buffer.alloc(64 * 1024 - noisy, 'lorem ipsum dolor sit amet ')]);
	const encodings = [part(5000), part(20_000), randomBytes(64 * 1024)].map((bytes) => {
		const [sealed] = seal.seal(facts, [{...blob(bytes), size: 1e6, partIndex: 1, partCount: 16}]);
		return [sealed?.encoding[0], (sealed?.data.length ?? 0) < bytes.length * 0.6];
	});
	t.deepEqual(encodings, [
		['deflate-raw', true],
		['deflate-raw', true],
		['aes-256-gcm', false],
	]);
});

test('A part of an object keeps its place', (t) => {
	const part: LaneObject = {...blob(Buffer.from('middle')), size: 100, partIndex: 1, partCount: 3};
	t.deepEqual(
		plain(createSeal('server').open(facts, createSeal('client').seal(facts, [part]))),
		plain([part]),
	);
});

test('Blinded ids are the same for both ends, another on another channel, and never the true one', (t) => {
	const oid = 'ab'.repeat(20);
	t.is(createSeal('client').blind(oid), createSeal('server').blind(oid));
	t.not(createSeal('client', 2).blind(oid), createSeal('client').blind(oid));
	t.not(createSeal('client').blind(oid), oid);
	t.regex(createSeal('client').blind(oid), /^[0-9a-f]{40}$/);
});

/** Changes one character in the middle of base64. */
const flip = (data: string) => {
	const at = data.length >> 1;
	return data.slice(0, at) + (data[at] === 'A' ? 'B' : 'A') + data.slice(at + 1);
};

const changes: ReadonlyArray<{
	title: string;
	facts?: Partial<ChunkFacts>;
	object?: (object: WireGitObject) => Partial<WireGitObject>;
}> = [
	{title: 'the bytes', object: ({data}) => ({data: flip(data)})},
	{title: 'the id', object: () => ({oid: 'cd'.repeat(20)})},
	{title: 'the type', object: () => ({object_type: 'tree'})},
	{title: 'the size', object: ({size}) => ({size: size + 1})},
	{title: 'the encoding', object: () => ({encoding: ['aes-256-gcm', 'base64']})},
	{title: 'that it is a part', object: () => ({part_index: 0, part_count: 1})},
	{title: 'too few bytes', object: () => ({data: 'AAAA'})},
	{title: 'a type that is not synced', object: () => ({object_type: 'tag'})},
	{title: 'the request', facts: {requestId: 9}},
	{title: 'the chunk’s number', facts: {chunkIndex: 9}},
	{title: 'the number of chunks', facts: {totalChunks: 9}},
	{title: 'the session', facts: {sessionId: 'x'}},
	{title: 'the sender', facts: {fromPeerId: 'x'}},
	{title: 'the receiver', facts: {toPeerId: 'x'}},
	{title: 'the generation', facts: {generation: 9}},
];

for (const {title, facts: otherFacts, object} of changes) {
	test(`A chunk in which the relay changed ${title} is refused`, (t) => {
		const [sealed] = createSeal('client').seal(facts, [blob(Buffer.alloc(3000, 'text '))]);
		const changed = {...sealed!, ...object?.(sealed!)};
		t.is(createSeal('server').open({...facts, ...otherFacts}, [changed]), undefined);
	});
}

test('A chunk that comes twice, is left out, loses an object, or comes back to its sender is refused', (t) => {
	const seal = createSeal('client');
	const first = seal.seal(facts, [blob(Buffer.from('one')), blob(Buffer.from('two'))]);
	const second = seal.seal(facts, [blob(Buffer.from('three'))]);
	const twice = createSeal('server');
	t.truthy(twice.open(facts, first));
	t.is(twice.open(facts, first), undefined);
	t.is(createSeal('server').open(facts, second), undefined);
	t.is(createSeal('server').open(facts, first.slice(0, 1)), undefined);
	t.is(createSeal('server').open(facts, [...first].reverse()), undefined);
	t.is(createSeal('client').open(facts, first), undefined);
	t.is(createSeal('server', 2).open(facts, first), undefined);
});

test('Opening never throws, whatever the relay sends', (t) => {
	fc.assert(
		fc.property(
			fc.base64String({maxLength: 400}),
			fc.array(fc.string(), {maxLength: 3}),
			(data, encoding) => {
				const object: WireGitObject = {oid: 'ab'.repeat(20), object_type: 'blob', size: 1, encoding, data};
				t.is(createSeal('server').open(facts, [object]), undefined);
			},
		),
	);
});
