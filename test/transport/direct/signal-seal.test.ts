/** Signals through a relay: what it can see, what it can change, and what of others is understood. */
import test from 'ava';
import {parseRelayMessage} from '../../../source/protocol/relay-messages.js';
import {type DirectSignal} from '../../../source/transport/direct/direct-signal.js';
import {openSignal, sealSignal} from '../../../source/transport/direct/signal-seal.js';
import {createSecret, deriveSession} from '../../../source/transport/session-keys.js';
import {createPair} from '../support/peers.js';

const [one, other] = createPair();
const keys = deriveSession({secret: createSecret(), founderPublicKey: one.identity.publicKey});
const path = {keys, from: one.identity.peerId, to: other.identity.peerId};

const full: DirectSignal = {
	generation: 9,
	candidates: [
		{ip: '10.0.0.1', port: 4000},
		{ip: 'fd00::1', port: 4001},
	],
	mappings: [{ip: '198.51.100.7', port: 5000}],
	natKind: 'symmetric',
	sdp: 'v=0\r\n',
	startInMs: 50,
	over: 'nothing else to try',
};

for (const signal of [
	full,
	{generation: 1},
	{generation: 2, mappings: []},
	{generation: 3, candidates: []},
]) {
	test(`a sealed signal is opened as it was: ${Object.keys(signal).join(', ')}`, (t) => {
		t.deepEqual(openSignal(sealSignal(signal, path), path), signal);
	});
}

test('the relay sees the address that it told the sender, and nothing else', (t) => {
	const fields = sealSignal(full, path);
	const {sealed, ...visible} = fields;
	t.deepEqual(visible, {generation: 9, candidates: [], public_ip: '198.51.100.7', public_port: 5000});
	const text = Buffer.from(sealed ?? '', 'base64').toString('latin1');
	t.false(/10\.0\.0\.1|v=0|symmetric/.test(text));
	const message = {type: 'p2p_connection_request', session_id: keys.sessionId, from_peer_id: path.from};
	t.true(parseRelayMessage(JSON.stringify({...message, ...fields})).ok);
	t.not(sealSignal(full, path).sealed, sealed);
});

test('what was changed, or is for another peer, attempt, direction or session, is not opened', (t) => {
	const fields = sealSignal(full, path);
	const bytes = Buffer.from(fields.sealed ?? '', 'base64');
	const stranger = deriveSession({secret: createSecret(), founderPublicKey: one.identity.publicKey});
	t.is(openSignal({...fields, generation: 10}, path), undefined);
	t.is(openSignal(fields, {...path, from: path.to, to: path.from}), undefined);
	t.is(openSignal(fields, {...path, keys: stranger}), undefined);
	for (const index of [0, 12, 40, bytes.byteLength - 1]) {
		const changed = Buffer.from(bytes);
		changed[index]! ^= 1;
		t.is(openSignal({...fields, sealed: changed.toString('base64')}, path), undefined);
	}
	for (const sealed of ['', 'AAAA', 'A'.repeat(64)]) t.is(openSignal({...fields, sealed}, path), undefined);
});

test('clear fields of a peer that seals nothing are understood', (t) => {
	const fields = {
		generation: 2,
		candidates: ['198.51.100.4:4000', 'garbage', {ip: '2001:db8::5', port: 4001, route: 'lan'}],
		public_ip: '198.51.100.9',
		public_port: 6000,
		sdp: 'v=0',
		start_in_ms: 10,
	};
	t.deepEqual(openSignal(fields, path), {
		generation: 2,
		candidates: [
			{ip: '198.51.100.4', port: 4000},
			{ip: '2001:db8::5', port: 4001},
		],
		mappings: [{ip: '198.51.100.9', port: 6000}],
		sdp: 'v=0',
		startInMs: 10,
	});
});

test('nothing said in the clear leads into a private network: a relay could have said it', (t) => {
	const inside = [
		'10.1.2.3',
		'172.16.0.1',
		'172.31.9.9',
		'192.168.1.1',
		'100.64.0.1',
		'fd00::1',
		'127.0.0.1',
		'::1',
	];
	const line = (ip: string) => `a=candidate:1 1 UDP 2122317823 ${ip} 4000 typ host`;
	const outside = '198.51.100.4';
	for (const ip of inside) {
		const fields = {
			generation: 2,
			candidates: [{ip, port: 4000}],
			public_ip: ip,
			public_port: 4000,
			sdp: ['v=0', line(ip), line(outside)].join('\r\n'),
		};
		t.deepEqual(openSignal(fields, path), {generation: 2, sdp: ['v=0', line(outside)].join('\r\n')}, ip);
		// A member may say so.
		const signal = {generation: 2, candidates: [{ip, port: 4000}]};
		t.deepEqual(openSignal(sealSignal(signal, path), path), signal);
	}
});

test('a description that no relay would take is left out, and too many candidates are cut', (t) => {
	const candidates = Array.from({length: 20}, (_, index) => ({ip: '10.0.0.1', port: 4000 + index}));
	const opened = openSignal(sealSignal({generation: 1, candidates, sdp: 'x'.repeat(20_000)}, path), path);
	t.is(opened?.candidates?.length, 8);
	t.is(opened?.sdp, undefined);
});
