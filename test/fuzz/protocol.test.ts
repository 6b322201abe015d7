/** What comes from peers and relays: frames, messages, invites, addresses, candidates, signals. */
import test from 'ava';
import {formatAddress, isAddress, parseAddress} from '../../source/protocol/address.js';
import {filterSdp, parseCandidate, refuseCandidate} from '../../source/protocol/candidate.js';
import {lengthPrefixed} from '../../source/protocol/canonical.js';
import {decodeFrameHeader, encodeFrame} from '../../source/protocol/frame.js';
import {parseStunUrl, parseTurnUrl} from '../../source/protocol/ice-server.js';
import {decodeBase64Url, encodeBase64Url, isBase64} from '../../source/protocol/ids.js';
import {formatInvite, parseInvite} from '../../source/protocol/invite.js';
import {parseJsonObject} from '../../source/protocol/json-text.js';
import {maxDataBytes} from '../../source/protocol/limits.js';
import {findPathFault, isReservedName} from '../../source/protocol/path-name.js';
import {
	decodeControl,
	encodeBulkHeader,
	encodeControlFrame,
	FrameSplitter,
} from '../../source/protocol/peer-frames.js';
import {maxPeerFrameBytes, type PeerMessage} from '../../source/protocol/peer-messages.js';
import {parseClientMessage, parseRelayMessage} from '../../source/protocol/relay-messages.js';
import {helloOf} from '../transport/support/peers.js';
import {fuzz, must} from './mutate.js';

const oid = 'ab'.repeat(20);
const id = 'abcdefghijklmnopqrstuvwxyz';
const material = 'A'.repeat(64);

const peerMessages: readonly PeerMessage[] = [
	helloOf('Ada'),
	{type: 'auth', public_key: material, signature: material, instance: 'i', generation: 3},
	{
		type: 'heads',
		heads: [{peer_id: id, commit: oid, revision: 4, instance: 'i', online: true}],
		pack: 'QUJD',
	},
	{type: 'want', request: 1, commit: oid, have: [oid], after: {phase: 'trees', oid, offset: 3}},
	{type: 'plan', request: 1, objects: 3, bytes: 100, done_objects: 0, done_bytes: 0},
	{type: 'graph', request: 1, commits: [[oid, oid], [oid]], last: true},
	{
		type: 'segment',
		request: 1,
		index: 0,
		bytes: 64,
		sha256: 'c'.repeat(64),
		objects: 1,
		object_bytes: 9,
		up_to: {phase: 'blobs', oid},
	},
	{type: 'part', request: 1, index: 0, oid, object_type: 'blob', size: 100, offset: 0, bytes: 50},
	{type: 'activity', paths: ['a/b', 'ü']},
	{type: 'statement', kind: 'role', bytes: 'QUJD', signature: material},
	{type: 'git_history_answer', request: 1, commits: [oid]},
	{type: 'use', generation: 7},
];

test.serial('control messages of peers', async (t) => {
	await fuzz(
		t,
		peerMessages.map((message) => JSON.stringify(message)),
		(input) => {
			const parsed = decodeControl(input);
			must(parsed.ok || parsed.reason.length < 500, 'a short reason');
			if (parsed.ok && parsed.message.type === 'heads') must(parsed.message.heads.length <= 64, 'bounded');
		},
	);
});

test.serial('frames of peers, however they come in pieces', async (t) => {
	const bulk = Buffer.concat([
		encodeBulkHeader('segment', {request: 1, index: 2, offset: 3}, 5),
		Buffer.alloc(5),
	]);
	const frames = peerMessages.map((message) => Buffer.from(encodeControlFrame(message)!));
	await fuzz(t, [...frames, bulk, Buffer.concat([bulk, ...frames.slice(0, 3), bulk])], (input, random) => {
		let bytes = 0;
		const splitter = new FrameSplitter(maxPeerFrameBytes, {
			frame(kind, body) {
				bytes += body.byteLength;
				must(body.byteLength < maxPeerFrameBytes, 'a frame below the limit');
				if (kind === 1) decodeControl(body);
			},
			bulk(_kind, header, piece) {
				bytes += piece.byteLength;
				must(Number.isSafeInteger(header.offset), 'an exact number');
			},
		});
		for (let at = 0; at < input.length;) {
			const end = at + 1 + random.below(64);
			if (!splitter.push(input.subarray(at, end))) break;
			at = end;
		}
		must(bytes <= input.length, 'no more than came');
	});
});

const sender = {session_id: id, peer_id: id, target_peer_id: id};
const relayed = {session_id: id, from_peer_id: id};
const object = {oid, object_type: 'blob', size: 3, encoding: ['base64'], data: 'QUJD'};
const clientTexts = [
	{
		type: 'join_session',
		...sender,
		public_key: material,
		proof: material,
		name: 'Ada',
		instance: 'i',
		protocol_version: 1,
		admission_token: material,
	},
	{
		type: 'p2p_connection_request',
		...sender,
		generation: 1,
		candidates: ['192.0.2.1:4000', {ip: '192.0.2.1', port: 4000}],
		sdp: 'v=0',
	},
	{type: 'p2_p_connection_response', ...sender, generation: 1, sealed: 'QUJD', ext: {tiers: ['json']}},
	{type: 'request_binary_proxy', ...sender, generation: 1, window_bytes: 1000},
	{type: 'git_objects_chunk', ...sender, request_id: 1, chunk_index: 0, total_chunks: 0, objects: [object]},
	{type: 'request_git_objects', ...sender, request_id: 1, commit_hash: oid, have: [oid], window_bytes: 1000},
	{type: 'peer_message', ...sender, channel: '1.credit', sequence: 3, body: 'QUJD'},
	{type: 'ping', ...sender, sent_at_ms: 1},
].map((message) => JSON.stringify(message));

test.serial('messages of clients to the relay', async (t) => {
	await fuzz(t, clientTexts, (input) => {
		const parsed = parseClientMessage(input.toString());
		must(parsed.ok || parsed.message.length <= 300, 'a short reason');
	});
});

test.serial('messages of the relay to clients', async (t) => {
	const entry = {peer_id: id, public_key: material, name: 'Ada', instance: 'i'};
	const relay = {
		max_frame_bytes: 1,
		max_text_bytes: 1,
		max_window_bytes: 1,
		max_peers: 1,
		bytes_per_second: 0,
		stun: ['stun:a:1'],
		turn: [{url: 'turn:a:1'}],
		reflectors: ['/reflect'],
		observed_ip: '192.0.2.1',
		observed_port: 1,
	};
	const texts = [
		{type: 'welcome', nonce: material, versions: [1, 1]},
		{type: 'session_joined', session_id: id, peer_id: id, founder_key: material, peers: [entry], relay},
		{type: 'peer_joined', ...relayed, ...entry},
		{type: 'peer_left', ...relayed, reason: 'left'},
		{
			type: 'git_objects_chunk',
			...relayed,
			request_id: 1,
			chunk_index: 0,
			total_chunks: 0,
			objects: [object],
		},
		{type: 'binary_proxy_rejected', ...relayed, generation: 0, reason: 'pinned', ext: {tiers: ['json']}},
		{type: 'error', code: 'no_tunnel', message: 'm', in_reply_to: 'binary_frame', generation: 1},
	];
	await fuzz(
		t,
		texts.map((message) => JSON.stringify(message)),
		(input) => {
			parseRelayMessage(input.toString());
		},
	);
});

test.serial('binary frames of the relay', async (t) => {
	const frame = encodeFrame({
		sessionId: id,
		peerId: id,
		sequence: {generation: 5, counter: 2 ** 33},
		data: Buffer.from('data'),
	});
	await fuzz(t, [Buffer.from(frame), Buffer.from(frame.subarray(0, 62))], (input) => {
		const header = decodeFrameHeader(input);
		if ('error' in header) return;
		must(header.dataOffset <= input.length && input.length - header.dataOffset <= maxDataBytes, 'inside');
		must(header.counter < 2 ** 40 && header.generation < 2 ** 24, 'in range');
	});
});

test.serial('JSON texts, nested and long', async (t) => {
	await fuzz(
		t,
		[...clientTexts, '[{"a":[{"b":"\\\\\\""}]}]', '{"a":'.repeat(30), '['.repeat(5000)],
		(input) => {
			parseJsonObject(input.toString(), 64 * 1024, 16);
		},
	);
});

test.serial('invites', async (t) => {
	const addresses = [
		{host: 'relay.example.org', port: 8787},
		{host: '2001:db8::1', port: 1},
	];
	const invite = formatInvite({tls: true, addresses, sessionId: id, secret: Buffer.alloc(32, 7)});
	await fuzz(t, [invite, ` ${invite}\n`, invite.toUpperCase()], (input) => {
		const parsed = parseInvite(input.toString());
		if (!parsed.ok) return;
		must(parsed.invite.addresses.every(isAddress), 'addresses that can be dialled');
		must(parseInvite(formatInvite(parsed.invite)).ok, 'it can be written again');
	});
});

test.serial('addresses, candidates and servers', async (t) => {
	const samples = [
		'192.0.2.1:4000',
		'[2001:db8::1]:4000',
		'2001-db8--1.v6:8787',
		'a.example.org:1',
		'stun:a:3478',
		'turn:user:password@a:3478?transport=udp',
		'::ffff:127.0.0.1',
	];
	await fuzz(t, samples, (input) => {
		const text = input.toString();
		const address = parseAddress(text);
		if (address) must(parseAddress(formatAddress(address)) !== undefined, 'it can be read again');
		const candidate = parseCandidate(text);
		if (candidate) refuseCandidate(candidate, {own: [], loopback: false});
		refuseCandidate({ip: text, port: input.length}, {own: [], loopback: true});
		parseStunUrl(text);
		parseTurnUrl(text);
	});
});

test.serial('session descriptions of ICE', async (t) => {
	const line = (ip: string, kind: string) => `a=candidate:1 1 UDP 2113937151 ${ip} 50000 typ ${kind}`;
	const sdp = [
		'v=0',
		'a=ice-ufrag:abcd',
		line('192.0.2.1', 'host'),
		line('127.0.0.1', 'host'),
		line('::1', 'srflx'),
		line('x.local', 'host'),
	].join('\r\n');
	await fuzz(t, [sdp, line('10.0.0.1', 'srflx'), `${line('192.0.2.9', 'relay')}\n`.repeat(30)], (input) => {
		const kept = filterSdp(input.toString(), {own: [], loopback: false});
		const candidates = kept.split(/\r?\n/).filter((text) => /^(?:a=)?candidate:/i.test(text));
		must(candidates.length <= 8, 'at most eight');
		const places = candidates.map((text) => text.trim().split(/\s+/)[4] ?? '');
		must(
			!places.some((ip) => /^127\.|^::1$|\.local$|^0\.0\.0\.0$|^169\.254\./.test(ip)),
			'none to this machine',
		);
	});
});

test.serial('base64, ids and names', async (t) => {
	await fuzz(
		t,
		[material, 'QUI=', id, '.git', '.g\u200cit ', 'a\\..\\.GIT', 'x/y/z', 'con', 'ü/\u202eb'],
		(input) => {
			const text = input.toString();
			const bytes = decodeBase64Url(text);
			if (bytes) must(encodeBase64Url(bytes) === text, 'one spelling');
			isBase64(text);
			isReservedName(text);
			const fault = findPathFault(text);
			if (fault === undefined) {
				must(
					!text.split('/').some((name) => /^\.git[. ]*$/i.test(name) || name === '..' || name === ''),
					'a sound path',
				);
				must(!/[\u0000-\u0008\u001b]/.test(text), 'no control characters');
			}
		},
	);
});

test.serial('parts that are signed are never the same bytes as other parts', async (t) => {
	const seen = new Map<string, string>();
	await fuzz(t, ['a\0b', 'session\0peer\0nonce', '\0\0\0'], (input) => {
		const parts = input.toString('latin1').split('\0');
		const bytes = Buffer.from(lengthPrefixed(parts.map((part) => Buffer.from(part, 'latin1')))).toString(
			'latin1',
		);
		const key = JSON.stringify(parts);
		must((seen.get(bytes) ?? key) === key, 'one list of parts');
		if (seen.size < 20_000) seen.set(bytes, key);
	});
});
