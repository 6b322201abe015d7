import test from 'ava';
import fc from 'fast-check';
import {parseClientMessage, parseRelayMessage} from '../../source/protocol/relay-messages.js';

const session_id = 'a'.repeat(26);
const peer_id = 'b'.repeat(26);
const target_peer_id = 'c'.repeat(26);
const key = 'k'.repeat(59);
const oid = '0123456789abcdef0123456789abcdef01234567';
const own = {session_id, peer_id};
const addressed = {...own, target_peer_id};

const handshake = {
	...own,
	public_key: key,
	proof: 'p'.repeat(86),
	name: 'Ann',
	instance: 'i-1',
	protocol_version: 1,
	admission_token: 't'.repeat(43),
};
const object = {oid, object_type: 'blob', size: 3, encoding: ['base64'], data: 'YWJj'};
const chunk = {...addressed, type: 'git_objects_chunk', request_id: 1, chunk_index: 0, total_chunks: 0};
const attempt = {generation: 1, candidates: [{ip: '192.0.2.1', port: 5000}]};

/** One good message of each type, with every field it may have. */
const clientMessages: ReadonlyArray<Record<string, unknown>> = [
	{
		type: 'create_session',
		...handshake,
		founder_key: key,
		relay_token: 'token',
		session_ticket: 't'.repeat(43),
	},
	{type: 'join_session', ...handshake},
	{type: 'leave_session', ...own},
	{
		type: 'p2p_connection_request',
		...addressed,
		...attempt,
		public_ip: '192.0.2.1',
		public_port: 5000,
		sdp: 'v=0',
		start_in_ms: 20,
		sealed: 'AAAA',
	},
	{type: 'p2p_connection_response', ...addressed, ...attempt},
	{type: 'request_binary_proxy', ...addressed, generation: 1, window_bytes: 1_048_576},
	{type: 'binary_proxy_accepted', ...addressed, generation: 1, window_bytes: 1_048_576},
	{type: 'binary_proxy_rejected', ...addressed, generation: 1, reason: 'text_only'},
	{type: 'binary_proxy_credit', ...addressed, generation: 1, bytes: 65_536},
	{type: 'binary_proxy_closed', ...addressed, generation: 1, reason: 'done'},
	{type: 'request_git_objects', ...addressed, request_id: 1, commit_hash: oid, have: [oid], window_bytes: 1},
	{...chunk, objects: [object, {...object, part_index: 0, part_count: 2}]},
	{type: 'git_objects_ack', ...addressed, request_id: 1, bytes: 3},
	{type: 'git_objects_failed', ...addressed, request_id: 1, code: 'not_found'},
	{type: 'peer_message', ...addressed, channel: '1', sequence: 0, body: 'YWJj'},
	{type: 'ping', ...own, sent_at_ms: 1.5},
	{
		type: 'traffic_report',
		...own,
		links: {direct: 2, proxy: 1, json: 0},
		bytes_in: {direct: 1000, proxy: 0, json: 0},
		bytes_out: {direct: 5, proxy: 6, json: 7},
		changes: [{from: 'none', to: 'direct', reason: 'opened'}],
	},
];

for (const message of clientMessages) {
	test(`${String(message['type'])} is understood as it is written`, (t) => {
		t.deepEqual(parseClientMessage(JSON.stringify(message)), {ok: true, message});
	});
}

const relayFacts = {
	max_frame_bytes: 1,
	max_text_bytes: 1,
	max_window_bytes: 1,
	max_peers: 1,
	bytes_per_second: 0,
	stun: ['stun:192.0.2.1:3478'],
	turn: [{url: 'turn:192.0.2.1:3478', username: 'u', credential: 'c'}],
	reflectors: ['/reflect'],
	observed_ip: '192.0.2.1',
	observed_port: 5000,
};
const rates = {connection: 1, session: 2, address: 0, relay: 3};
const allFacts = {
	...relayFacts,
	limits: {bytes_per_second: rates, messages_per_second: rates, bytes_per_day: {session: 0, address: 4}},
	report_every_ms: 15_000,
};
const peers = [{peer_id: target_peer_id, public_key: key, name: 'Bob', instance: 'i-2'}];

const relayMessages: ReadonlyArray<Record<string, unknown>> = [
	{type: 'welcome', nonce: 'n'.repeat(43), versions: [1, 1]},
	{type: 'session_created', ...own, peers, session_ticket: 't'.repeat(43), relay: relayFacts},
	{type: 'session_joined', ...own, founder_key: key, peers, relay: allFacts},
	{type: 'peer_joined', session_id, from_peer_id: peer_id, public_key: key, name: 'Ann', instance: 'i-1'},
	{type: 'peer_left', session_id, from_peer_id: peer_id, reason: 'left'},
	{type: 'replaced', ...own},
	{type: 'replaced', ...own, instance: 'i-2'},
	{type: 'pong', sent_at_ms: 1.5},
	{
		type: 'error',
		code: 'no_tunnel',
		message: 'No.',
		in_reply_to: 'binary_frame',
		target_peer_id,
		generation: 1,
	},
	{type: 'error', code: 'unsupported_version', message: 'No.', versions: [1, 2]},
	{type: 'error', code: 'shutting_down', message: 'No.', in_reply_to: 'ping', retry_after_ms: 700},
	{type: 'limited', ...own, scope: 'session', bytes_per_second: 1_000_000, wait_ms: 250},
	{type: 'error', code: 'of_a_later_version', message: 'No.'},
];

for (const message of relayMessages) {
	test(`${String(message['type'])} with ${Object.keys(message).length} fields is understood as the relay writes it`, (t) => {
		t.deepEqual(parseRelayMessage(JSON.stringify(message)), {ok: true, message});
	});
}

for (const message of clientMessages.filter((message) => 'target_peer_id' in message)) {
	const {peer_id: from_peer_id, target_peer_id: _, ...rest} = message;
	test(`${String(message['type'])} is understood as the relay passes it on`, (t) => {
		const passedOn = {...rest, from_peer_id};
		t.deepEqual(parseRelayMessage(JSON.stringify(passedOn)), {ok: true, message: passedOn});
	});
}

const optional: ReadonlySet<string> = new Set([
	'target_peer_id',
	'relay_token',
	'session_ticket',
	'public_ip',
	'public_port',
	'sdp',
	'start_in_ms',
	'sealed',
]);
/** What the two signalling messages may lack, so that another program's short form is understood. */
const optionalInSignals: ReadonlySet<string> = new Set(['generation', 'candidates']);

for (const message of clientMessages) {
	const {type} = message;
	const names = Object.keys(message).filter((name) => name !== 'type');

	test(`${String(type)} with a field of the wrong type is bad_message`, (t) => {
		for (const name of names) {
			for (const value of [null, {}, [{}], true]) {
				const result = parseClientMessage(JSON.stringify({...message, [name]: value}));
				t.like(
					result,
					{ok: false, code: 'bad_message', in_reply_to: type},
					`${name}: ${JSON.stringify(value)}`,
				);
			}
		}
	});

	test(`${String(type)} without a needed field is bad_message`, (t) => {
		const isSignal = String(type).startsWith('p2p_');
		for (const name of names.filter(
			(name) => !optional.has(name) && !(isSignal && optionalInSignals.has(name)),
		)) {
			const result = parseClientMessage(JSON.stringify({...message, [name]: undefined}));
			t.like(result, {ok: false, code: 'bad_message', in_reply_to: type}, name);
		}
	});
}

const base = {
	create: clientMessages[0]!,
	p2p: clientMessages[3]!,
	request: clientMessages[5]!,
	accepted: clientMessages[6]!,
	credit: clientMessages[8]!,
	want: clientMessages[10]!,
	chunk: clientMessages[11]!,
	body: clientMessages[14]!,
};

const refused: ReadonlyArray<[string, Record<string, unknown>]> = [
	['an id in upper case', {...base.body, peer_id: peer_id.toUpperCase()}],
	['an id that is too long', {...base.body, target_peer_id: 'a'.repeat(27)}],
	['a name with an escape sequence', {...base.create, name: 'a\u001b[2Jb'}],
	['a name that turns the writing around', {...base.create, name: 'a\u202eb'}],
	['a name that is too long', {...base.create, name: 'x'.repeat(65)}],
	['an empty name', {...base.create, name: ''}],
	['a key with a character of its own', {...base.create, public_key: `${'k'.repeat(58)}=`}],
	['a fractional generation', {...base.request, generation: 1.5}],
	['a generation of 25 bits', {...base.request, generation: 2 ** 24}],
	['an accepted generation 0', {...base.accepted, generation: 0}],
	['a window of nothing', {...base.request, window_bytes: 0}],
	['a window above the largest', {...base.request, window_bytes: 2 ** 24}],
	['credit of nothing', {...base.credit, bytes: 0}],
	['nine candidates', {...base.p2p, candidates: Array.from({length: 9}, () => 'x')}],
	['a candidate that is a name', {...base.p2p, candidates: [{ip: 'example.org', port: 5000}]}],
	['an address that is none', {...base.p2p, public_ip: '192.0.2.256'}],
	['257 commits that it has', {...base.want, have: Array.from({length: 257}, () => oid)}],
	['a short oid', {...base.want, commit_hash: 'abc'}],
	['a channel with a space', {...base.body, channel: 'a b'}],
	['broken base64', {...base.body, body: 'YW.j'}],
	['base64 without its padding', {...base.body, body: 'YWI'}],
	['a body of more than a frame', {...base.body, body: 'A'.repeat(87_388)}],
	['a chunk index out of range', {...base.chunk, chunk_index: 2, total_chunks: 2}],
	['objects that are no array', {...base.chunk, objects: {}}],
	['an object of an unknown type', {...base.chunk, objects: [{...object, object_type: 'note'}]}],
	['an object with a short oid', {...base.chunk, objects: [{...object, oid: oid.slice(1)}]}],
	['an object with a negative size', {...base.chunk, objects: [{...object, size: -1}]}],
	['an object whose size is not that of its data', {...base.chunk, objects: [{...object, size: 4}]}],
	['an object with broken base64', {...base.chunk, objects: [{...object, data: 'YWJ*'}]}],
	['an object without an encoding', {...base.chunk, objects: [{...object, encoding: []}]}],
	[
		'an object that does not end as base64',
		{...base.chunk, objects: [{...object, encoding: ['base64', 'deflate']}]},
	],
	['an object part without a count', {...base.chunk, objects: [{...object, part_index: 0}]}],
	['an object part beyond its count', {...base.chunk, objects: [{...object, part_index: 2, part_count: 2}]}],
	['an object as an array of numbers', {...base.chunk, objects: [{...object, data: [97, 98, 99]}]}],
	['too many objects', {...base.chunk, objects: Array.from({length: 1025}, () => object)}],
	['ext that is no object', {...base.body, ext: 'x'}],
	['ext of more than 4 KiB', {...base.body, ext: {x: 'é'.repeat(2100)}}],
];

for (const [description, message] of refused) {
	test(`${description} is bad_message`, (t) => {
		const result = parseClientMessage(JSON.stringify(message));
		t.like(result, {ok: false, code: 'bad_message', in_reply_to: message['type']});
	});
}

test('what is wrong is said by field, without its value', (t) => {
	const message = {...base.chunk, objects: [object, {...object, data: 'secret*'}]};
	const result = parseClientMessage(JSON.stringify(message));
	t.like(result, {message: 'objects.1.data: is not base64'});
});

test('an unknown type is told with its name, and a type that is no name without', (t) => {
	t.like(parseClientMessage('{"type":"kick_user"}'), {
		ok: false,
		code: 'unknown_type',
		in_reply_to: 'kick_user',
	});
	t.false('in_reply_to' in parseClientMessage('{"type":"no name <b>"}'));
	t.like(parseClientMessage('{"type":5}'), {ok: false, code: 'bad_message'});
	t.like(parseClientMessage('{"type":"__proto__"}'), {ok: false, code: 'unknown_type'});
	t.like(parseClientMessage('{"type":"welcome"}'), {ok: false, code: 'unknown_type'});
});

test('unknown fields are dropped, ext is kept', (t) => {
	const ext = {tiers: ['proxy'], deep: {a: [1]}};
	const text = JSON.stringify({...base.body, ext, extra: 1, __proto: 2});
	t.deepEqual(parseClientMessage(text), {ok: true, message: {...base.body, ext}});
});

for (const type of ['request', 'response']) {
	test(`p2_p_connection_${type} is read as p2p_connection_${type}, with or without a target`, (t) => {
		const short = {...own, public_ip: '203.0.113.5', public_port: 54_321};
		const text = JSON.stringify({type: `p2_p_connection_${type}`, ...short});
		const message = {type: `p2p_connection_${type}`, ...short, generation: 0, candidates: []};
		t.deepEqual(parseClientMessage(text), {ok: true, message});
	});
}

test('an instance may be written as a number, and is passed on as text', (t) => {
	for (const instance of [0, 4_294_967_295, 0.125]) {
		const result = parseClientMessage(JSON.stringify({...base.create, instance}));
		t.deepEqual(result, {ok: true, message: {...base.create, instance: String(instance)}});
	}
});

test('what other programs say about a candidate is kept, within the size of one', (t) => {
	const candidate = {ip: '192.0.2.1', port: 5000, type: 'host', priority: 1, via: {tcp: true}};
	const message = {...base.p2p, candidates: [candidate], start_in_ms: 12.5};
	t.deepEqual(parseClientMessage(JSON.stringify(message)), {ok: true, message});
	const large = {...base.p2p, candidates: [{...candidate, note: 'x'.repeat(512)}]};
	t.like(parseClientMessage(JSON.stringify(large)), {code: 'bad_message'});
});

test('a request may have a number or a text', (t) => {
	for (const request_id of [0, 4_294_967_295, 'r-1']) {
		const message = {...base.want, request_id};
		t.deepEqual(parseClientMessage(JSON.stringify(message)), {ok: true, message});
	}

	for (const request_id of [-1, 1.5, '', 'a b', 'x'.repeat(65)]) {
		t.like(parseClientMessage(JSON.stringify({...base.want, request_id})), {code: 'bad_message'});
	}
});

test('any JSON gives an answer and never throws', (t) => {
	const types = clientMessages.map((message) => String(message['type']));
	const value = fc.record({type: fc.constantFrom(...types)}, {requiredKeys: ['type']});
	fc.assert(
		fc.property(value, fc.dictionary(fc.string(), fc.jsonValue()), (typed, rest) => {
			const text = JSON.stringify({...rest, ...typed});
			return !parseClientMessage(text).ok || parseRelayMessage(text).ok;
		}),
	);
	t.pass();
});

test('a good message with any one field changed is either good or bad_message', (t) => {
	fc.assert(
		fc.property(fc.constantFrom(...clientMessages), fc.nat(), fc.jsonValue(), (message, index, value) => {
			const names = Object.keys(message).filter((name) => name !== 'type');
			const name = names[index % names.length]!;
			const result = parseClientMessage(JSON.stringify({...message, [name]: value}));
			return result.ok || result.code === 'bad_message';
		}),
	);
	t.pass();
});
