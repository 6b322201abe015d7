/** Short texts of others: notes on data channels, names of channels, what relays tell each other, lines of git. */
import test from 'ava';
import {parseNatsAddress} from '../../relay/cluster/nats-address.js';
import {
	decodeAnswer,
	decodeBye,
	decodeStatement,
	encodeAnswer,
	encodeBye,
	encodeStatement,
} from '../../relay/cluster/statement.js';
import {parsePeerSubject, peerSubject} from '../../relay/cluster/subjects.js';
import {ipBytes} from '../../relay/ip-bytes.js';
import {plainAddress} from '../../relay/reflector.js';
import {parseLimits, withDefaults} from '../../relay/relay-limits.js';
import {WrongFlags} from '../../relay/wrong-flags.js';
import {parseHeader} from '../../source/git/cat-file-header.js';
import {parseGraphLine} from '../../source/git/graph-file.js';
import {isOid} from '../../source/protocol/content.js';
import {parseAdvertised} from '../../source/runtime/local-addresses.js';
import {parseReflection} from '../../source/transport/direct/reflect.js';
import {maxDescribedCandidates, parseDescription} from '../../source/transport/ice/ice-description.js';
import {formatNote, parseNote} from '../../source/transport/ice/link-note.js';
import {decodeCount} from '../../source/transport/ice/pipe-frame.js';
import {parseChannel} from '../../source/transport/json-channel.js';
import {fuzz, must} from './mutate.js';

const oid = 'ab'.repeat(20);
const id = 'abcdefghijklmnopqrstuvwxyz';

test.serial('notes and descriptions of data channels', async (t) => {
	const notes = [
		formatNote({type: 'hello', generation: 7, windowBytes: 65_536, route: 'ice-host'}),
		formatNote({type: 'credit', total: 2 ** 50}),
		formatNote({type: 'close', code: 'closed_by_peer'}),
	];
	const candidate = 'a=candidate:1 1 UDP 2113937151 192.0.2.1 50000 typ host';
	const description = ['v=0', 'a=ice-ufrag:abcd', ...Array.from({length: 20}, () => candidate), ''].join(
		'\r\n',
	);
	await fuzz(t, [...notes, description], (input) => {
		const text = input.toString();
		const note = parseNote(text);
		if (note) must(parseNote(formatNote(note)) !== undefined, 'it can be written again');
		const parsed = parseDescription(text);
		if (parsed) must(parsed.candidates.length <= maxDescribedCandidates && parsed.ufrag !== '', 'bounded');
		decodeCount(input);
	});
});

test.serial('names of channels and servers', async (t) => {
	const way = peerSubject({relay: 'r', from: 's', sessionId: id, peerId: id});
	const samples = ['12345678', '7.credit', '0.close', 'host.example:8787', '[2001:db8::1]:1', '::1', way];
	await fuzz(t, [...samples, 'nats://user:password@a:4222,nats://b', 'tls://a:1?token=x'], (input) => {
		const text = input.toString();
		const channel = parseChannel(text);
		if (channel) must(Number.isSafeInteger(channel.generation), 'a number');
		const advertised = parseAdvertised(text, 8787);
		if (advertised)
			must(advertised.port > 0 && advertised.port < 65_536 && advertised.host !== '', 'an address');
		parseNatsAddress(text);
		parsePeerSubject(text);
	});
});

test.serial('what relays of a cluster say', async (t) => {
	const member = {peer_id: id, public_key: 'A'.repeat(64), name: 'Ada', instance: 'i', entered_at: 5};
	const statement = encodeStatement({
		relay: 'a'.repeat(16),
		session_id: id,
		founder_key: 'A'.repeat(64),
		admission_hash: 'A'.repeat(43),
		members: [member, member],
	});
	const answers = [undefined, decodeStatement(statement)].map((stated) =>
		encodeAnswer({relay: 'a'.repeat(16), session_id: id, relays: ['b'.repeat(16)], statement: stated}),
	);
	t.deepEqual(
		answers.map((bytes) => decodeAnswer(bytes)?.statement?.members.length),
		[undefined, 2],
	);
	const samples = [statement, encodeBye('a'.repeat(16)), ...answers].map((bytes) => Buffer.from(bytes));
	await fuzz(t, samples, (input) => {
		const said = decodeStatement(input);
		const answer = decodeAnswer(input);
		must(
			[...(answer?.relays ?? []), answer?.relay ?? 'a'.repeat(16)].every((name) =>
				/^[0-9a-f]{16}$/.test(name),
			),
			'relays',
		);
		if (said)
			must(
				said.members.every(({entered_at: at}) => Number.isSafeInteger(at) && at >= 0),
				'sound',
			);
		decodeBye(input);
	});
});

test.serial('limits that an operator wrote', async (t) => {
	const limits = {
		max_sessions: 10,
		max_peers: 5,
		bytes_per_second: {connection: 1, session: 2, address: 3, relay: 2 ** 48},
		messages_per_second: {relay: 0},
		bytes_per_day: {session: 7},
	};
	await fuzz(t, [JSON.stringify(limits, undefined, '\t'), '{}'], (input) => {
		try {
			const {bytesPerSecond, maxSessions, maxPeers} = withDefaults(parseLimits(input.toString()));
			const counts = [maxSessions, maxPeers, ...Object.values(bytesPerSecond)];
			must(
				counts.every((count) => Number.isSafeInteger(count) && count >= 0),
				'whole numbers',
			);
		} catch (error) {
			if (!(error instanceof WrongFlags)) throw error;
			must(error.message.length < 1000, 'a short sentence');
		}
	});
});

test.serial('addresses of clients', async (t) => {
	await fuzz(
		t,
		['192.0.2.1', '::ffff:192.0.2.1', 'fe80::1%eth0', '1:2:3:4:5:6:7:8', '64:ff9b::192.0.2.1'],
		(input) => {
			const bytes = ipBytes(plainAddress(input.toString()));
			must(bytes === undefined || bytes.length === 4 || bytes.length === 16, 'an address');
		},
	);
});

test.serial('lines of git and of the graph, answers of reflectors', async (t) => {
	const lines = [`${oid} blob 5`, `${oid} missing`, `+ ${oid} 1700000000 ${oid} ${oid}`, `- ${oid} ?`];
	await fuzz(t, [...lines, '{"ip":"192.0.2.1","port":4000}', '{"ip":"2001:db8::1","port":1}'], (input) => {
		const text = input.toString();
		const header = parseHeader(text);
		if (header?.info) must(Number.isSafeInteger(header.info.bytes), 'a size');
		const line = parseGraphLine(text);
		if (line) must([line.oid, ...line.known.parents].every(isOid), 'ids');
		const seen = parseReflection(input);
		if (seen) must(Number.isSafeInteger(seen.port) && seen.port > 0 && seen.port < 65_536, 'an address');
	});
});
