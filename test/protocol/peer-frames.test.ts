import test from 'ava';
import fc from 'fast-check';
import {
	type BulkHeader,
	decodeControl,
	encodeBulkHeader,
	encodeControlFrame,
	frameKinds,
	FrameSplitter,
	maxSliceBytes,
} from '../../source/protocol/peer-frames.js';
import {
	maxHeads,
	maxInlinePackBytes,
	maxPeerFrameBytes,
	parsePeerMessage,
	type PeerMessage,
	peerMessageTypes,
} from '../../source/protocol/peer-messages.js';
import {fitMessage} from '../../source/transport/fit-message.js';

const oid = '0123456789abcdef0123456789abcdef01234567';
const peerId = 'abcdefghijklmnopqrstuvwxyz';

/** One of each type. */
const messages: readonly PeerMessage[] = [
	{
		type: 'hello',
		name: 'Ada',
		role: 'host',
		versions: [1, 1],
		tiers: ['proxy', 'json'],
		addresses: ['[::1]:4000'],
		relay_urls: ['ws://relay.example/ws'],
		capabilities: ['text-only'],
	},
	{type: 'auth', public_key: 'MCow', signature: 'c2ln'},
	{
		type: 'heads',
		heads: [{peer_id: peerId, commit: oid, revision: 3, instance: 'f00d', online: true}],
		pack: 'UEFDSw==',
		tree: oid,
	},
	{
		type: 'want',
		request: 1,
		commit: oid,
		have: [oid],
		after: {phase: 'blobs', oid, offset: 7},
		until: {phase: 'trees', oid},
		history: true,
	},
	{type: 'plan', request: 1, objects: 3, bytes: 400, done_objects: 1, done_bytes: 20, commits: [oid]},
	{type: 'graph', request: 1, commits: [[oid, oid], [oid]], last: true},
	{
		type: 'segment',
		request: 1,
		index: 0,
		bytes: 900,
		sha256: 'ab'.repeat(32),
		objects: 4,
		object_bytes: 2000,
		up_to: {phase: 'commits', oid},
	},
	{type: 'part', request: 1, index: 2, oid, object_type: 'blob', size: 9e9, offset: 5e9, bytes: 8_388_608},
	{type: 'end', request: 1},
	{type: 'ack', request: 1, index: 0, bytes: 900},
	{type: 'cancel', request: 1},
	{type: 'want_failed', request: 1, code: 'unknown_commit'},
	{type: 'use', generation: 16_777_215},
	{type: 'using', generation: 1},
	{type: 'activity', paths: ['ünïcode/\n "q".txt']},
	{type: 'statement', kind: 'role', bytes: 'AAAA', signature: 'c2ln'},
	{type: 'git_history', request: 4_294_967_295},
	{type: 'git_history_answer', request: 4_294_967_295, commits: [oid]},
	{type: 'past', request: 3, path: 'src/ünï.txt', at_ms: 5},
	{
		type: 'past_answer',
		request: 3,
		changes: [{commit: oid, at: 5, peer_id: peerId, name: 'Ada', paths: ['a'], more: 2}],
		found: {snapshot: oid, at: 5, extract: oid},
	},
	{type: 'ping', id: 0},
	{type: 'pong', id: 4_294_967_295},
];

function frameStart(kind: number, body: Uint8Array): Buffer {
	const start = Buffer.alloc(5);
	start.writeUInt32BE(body.byteLength + 1);
	start.writeUInt8(kind, 4);
	return start;
}

type Taken = {kind: number; body: Buffer; header?: BulkHeader};

/** What comes out; the pieces of a slice are put together where each goes on behind the one before. */
function split(bytes: Uint8Array, cuts: readonly number[], limitBytes = maxPeerFrameBytes) {
	const taken: Taken[] = [];
	let pieces = 0;
	const splitter = new FrameSplitter(limitBytes, {
		frame: (kind, body) => void taken.push({kind, body: Buffer.from(body)}),
		bulk(bulkKind, header, piece) {
			pieces++;
			const kind = frameKinds[bulkKind];
			const last = taken.at(-1);
			const goesOn =
				last?.header?.request === header.request &&
				last.header.index === header.index &&
				piece.byteLength > 0 &&
				last.kind === kind &&
				last.header.offset + last.body.byteLength === header.offset;
			if (goesOn) last.body = Buffer.concat([last.body, piece]);
			else taken.push({kind, header, body: Buffer.from(piece)});
		},
	});
	let position = 0;
	let isWhole = true;
	for (const cut of [
		...cuts.map((n) => n % (bytes.byteLength + 1)).sort((a, b) => a - b),
		bytes.byteLength,
	]) {
		isWhole = splitter.push(bytes.subarray(position, cut)) && isWhole;
		position = cut;
	}
	return {taken, isWhole, pieces};
}

test('There is a sample of every type of message', (t) => {
	t.deepEqual(new Set(messages.map(({type}) => type)), peerMessageTypes);
});

test('A control frame has its length, its kind and its JSON', (t) => {
	const frame = encodeControlFrame({type: 'ping', id: 7});
	t.is(
		Buffer.from(frame!).toString('hex'),
		'00000017' + '01' + Buffer.from('{"type":"ping","id":7}').toString('hex'),
	);
});

test('A bulk frame has its length, its kind, request, index and offset', (t) => {
	const header = encodeBulkHeader('part', {request: 1, index: 0xff_ff_ff_ff, offset: 2 ** 40 + 5}, 3);
	t.is(Buffer.from(header).toString('hex'), '0000001403' + '00000001' + 'ffffffff' + '0000010000000005');
});

for (const message of messages) {
	test(`${message.type} comes back as it was`, (t) => {
		const frame = encodeControlFrame(message)!;
		const {taken} = split(frame, []);
		t.is(taken.length, 1);
		t.is(taken[0]!.kind, frameKinds.control);
		t.deepEqual(decodeControl(taken[0]!.body), {ok: true, message});
	});
}

const refused: ReadonlyArray<{title: string; body: string; code: string}> = [
	{title: 'no JSON', body: 'head', code: 'bad_message'},
	{title: 'no object', body: '[1]', code: 'bad_message'},
	{title: 'null', body: 'null', code: 'bad_message'},
	{title: 'no type', body: '{"id":1}', code: 'bad_message'},
	{title: 'a type of a later version', body: '{"type":"telepathy"}', code: 'unknown_type'},
	{title: 'a negative number', body: '{"type":"ping","id":-1}', code: 'bad_message'},
	{title: 'a number with a fraction', body: '{"type":"ping","id":1.5}', code: 'bad_message'},
	{title: 'a request beyond 32 bits', body: '{"type":"end","request":4294967296}', code: 'bad_message'},
	{
		title: 'an oid in capitals',
		body: `{"type":"want","request":1,"commit":"${oid.toUpperCase()}","have":[]}`,
		code: 'bad_message',
	},
	{
		title: 'too many heads',
		body: JSON.stringify({type: 'heads', heads: Array.from({length: 65}, () => ({}))}),
		code: 'bad_message',
	},
	{title: 'broken base64', body: '{"type":"heads","heads":[],"pack":"a"}', code: 'bad_message'},
];

for (const {title, body, code} of refused) {
	test(`A control message with ${title} is refused as ${code}`, (t) => {
		const result = decodeControl(Buffer.from(body));
		t.false(result.ok);
		t.is(result.ok ? '' : result.code, code);
	});
}

test('Bytes that are not UTF-8 are refused', (t) => {
	t.false(decodeControl(Buffer.from([0x22, 0xff, 0x22])).ok);
});

test('Fields that a message does not name are dropped', (t) => {
	const result = decodeControl(Buffer.from('{"type":"ping","id":1,"__proto__":{"x":1},"more":2}'));
	t.deepEqual(result, {ok: true, message: {type: 'ping', id: 1}});
});

test('A frame above the limit, or without a kind, breaks the stream before anything is allocated', (t) => {
	for (const length of [0, maxPeerFrameBytes - 3, 0xff_ff_ff_ff]) {
		const header = Buffer.alloc(5);
		header.writeUInt32BE(length);
		const {taken, isWhole} = split(header, []);
		t.false(isWhole);
		t.deepEqual(taken, []);
	}
});

test('A message that does not fit is not encoded', (t) => {
	t.is(encodeControlFrame({type: 'activity', paths: ['x'.repeat(100)]}, 100), undefined);
});

test('The largest slice fits into a frame', (t) => {
	t.true(
		encodeBulkHeader('segment', {request: 1, index: 1, offset: 0}, maxSliceBytes).byteLength +
			maxSliceBytes <=
			maxPeerFrameBytes,
	);
});

test('Any frames come out whole and in order, however the bytes are cut', (t) => {
	const frame = fc.oneof(
		fc.constantFrom(...messages).map((message) => Buffer.from(encodeControlFrame(message)!)),
		fc
			.tuple(
				fc.constantFrom('segment', 'part'),
				fc.nat(),
				fc.nat(),
				fc.maxSafeNat(),
				fc.uint8Array({maxLength: 300}),
			)
			.map(([kind, request, index, offset, bytes]) =>
				Buffer.concat([encodeBulkHeader(kind, {request, index, offset}, bytes.byteLength), bytes]),
			),
	);
	fc.assert(
		fc.property(fc.array(frame, {maxLength: 8}), fc.array(fc.nat(), {maxLength: 40}), (frames, cuts) => {
			const {taken, isWhole} = split(Buffer.concat(frames), cuts);
			t.true(isWhole);
			const again = taken.map(({kind, body, header}) =>
				header
					? Buffer.concat([encodeBulkHeader(kind === 2 ? 'segment' : 'part', header, body.byteLength), body])
					: Buffer.concat([frameStart(kind, body), body]),
			);
			t.true(Buffer.concat(again).equals(Buffer.concat(frames)));
		}),
	);
});

test('A slice comes out as it comes in, each piece with its place', (t) => {
	const frame = Buffer.concat([
		encodeBulkHeader('part', {request: 1, index: 2, offset: 100}, 10),
		Buffer.from('0123456789'),
	]);
	const {taken, pieces} = split(frame, [24, 30]);
	t.is(pieces, 3);
	t.deepEqual(taken, [
		{kind: 3, header: {request: 1, index: 2, offset: 100}, body: Buffer.from('0123456789')},
	]);
});

test('A bulk frame that is too short for its header, or whose offset is no exact number, breaks the stream', (t) => {
	const short = Buffer.from(encodeBulkHeader('segment', {request: 1, index: 0, offset: 0}, 0));
	short.writeUInt32BE(16);
	const far = Buffer.from(encodeBulkHeader('segment', {request: 1, index: 0, offset: 0}, 0));
	far.writeBigUInt64BE(2n ** 53n, 13);
	for (const frame of [short, far]) {
		const {taken, isWhole} = split(frame, []);
		t.false(isWhole);
		t.deepEqual(taken, []);
	}
});

test('Bulk headers come back as they were', (t) => {
	fc.assert(
		fc.property(
			fc.constantFrom('segment', 'part'),
			fc.nat(0xff_ff_ff_ff),
			fc.nat(0xff_ff_ff_ff),
			fc.maxSafeNat(),
			(kind, request, index, offset) => {
				const {taken} = split(encodeBulkHeader(kind, {request, index, offset}, 0), []);
				t.deepEqual(taken[0]?.header, {request, index, offset});
			},
		),
	);
});

test('Decoding never throws, whatever the bytes', (t) => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), fc.array(fc.nat(), {maxLength: 10}), (bytes, cuts) => {
			for (const {body} of split(bytes, cuts, 100).taken) {
				decodeControl(body);
			}
			decodeControl(bytes);
		}),
	);
	fc.assert(fc.property(fc.json(), (json) => void decodeControl(Buffer.from(json))));
	t.pass();
});

test('As many heads as there may be, whatever their instances, fit into a frame beside the largest pack', (t) => {
	const character = fc.oneof(
		fc.constantFrom('\u0001', '"', '\\', '\u20ac', '\ud83d\ude00', 'x', '.', '+', '-'),
		fc.string({unit: 'binary', minLength: 1, maxLength: 1}),
	);
	const full = fc.array(character, {minLength: 1, maxLength: 64}).map((all) => all.join(''));
	const same = character.map((one) => one.repeat(64 / one.length));
	fc.assert(
		fc.property(fc.oneof(full, same), (instance) => {
			const head = {peer_id: peerId, commit: oid, revision: Number.MAX_SAFE_INTEGER, instance, online: false};
			const pack = Buffer.alloc(maxInlinePackBytes, 255).toString('base64');
			const heads = Array.from({length: maxHeads}, () => head);
			const parsed = parsePeerMessage({type: 'heads', heads, pack, tree: oid});
			t.true(!parsed.ok || encodeControlFrame(parsed.message) !== undefined);
		}),
	);
	t.pass();
});

test('A pack is left out where its heads leave no room for it', (t) => {
	const head = {peer_id: peerId, commit: oid, revision: 1, instance: 'x'.repeat(600), online: true};
	const message: PeerMessage = {
		type: 'heads',
		heads: Array.from({length: maxHeads}, () => head),
		pack: 'A'.repeat(40_000),
	};
	t.deepEqual(fitMessage(message, maxPeerFrameBytes), {type: 'heads', heads: message.heads, pack: undefined});
});
