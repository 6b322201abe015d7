import test from 'ava';
import fc from 'fast-check';
import {formatInvite, type Invite, parseInvite, relayUrls} from '../../source/protocol/invite.js';

const invite: Invite = {
	tls: false,
	addresses: [
		{host: '192.168.1.20', port: 8787},
		{host: '2001:db8::1', port: 8787},
	],
	sessionId: 'abcdefghijklmnopqrstuvwxyz',
	secret: Uint8Array.from({length: 32}, (_, index) => index),
};

test('the text of an invite does not change', (t) => {
	t.is(
		formatInvite(invite),
		'pulsync:192.168.1.20:8787,2001-db8--1.v6:8787/abcdefghijklmnopqrstuvwxyz/1AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh_K7lSB',
	);
});

const invites = fc.record({
	tls: fc.boolean(),
	addresses: fc.array(
		fc.record({
			host: fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::1', 'relay.example.org', 'localhost')),
			port: fc.integer({min: 1, max: 65_535}),
		}),
		{minLength: 1, maxLength: 8},
	),
	sessionId: fc.stringMatching(/^[a-z2-7]{26}$/),
	secret: fc.uint8Array({minLength: 32, maxLength: 32}).map((bytes) => Uint8Array.from(bytes)),
});

test('an invite is read as it was written, and needs no quotes in a shell', (t) => {
	fc.assert(
		fc.property(invites, (given) => {
			const text = formatInvite(given);
			t.regex(text, /^[A-Za-z0-9:,./_-]+$/);
			t.deepEqual(parseInvite(`  ${text}\n`), {ok: true, invite: given});
		}),
	);
});

test('an invite that a terminal or a mail wrapped is the same invite', (t) => {
	const text = formatInvite(invite);
	for (let at = 0; at < text.length; at++)
		t.true(parseInvite(`${text.slice(0, at)}\r\n  ${text.slice(at)}`).ok, `wrapped at ${at}`);
});

test('one wrong character anywhere is found before anything is dialled', (t) => {
	const text = formatInvite(invite);
	for (let index = 0; index < text.length; index++) {
		const other = text[index] === 'a' ? 'b' : 'a';
		const wrong = text.slice(0, index) + other + text.slice(index + 1);
		t.false(parseInvite(wrong).ok, wrong);
	}
});

test('a cut invite is no invite', (t) => {
	const text = formatInvite(invite);
	for (let length = 0; length < text.length; length++) t.false(parseInvite(text.slice(0, length)).ok);
});

test('any text gives an answer and never throws', (t) => {
	fc.assert(fc.property(fc.string(), (text) => !parseInvite(text).ok));
	fc.assert(fc.property(fc.string(), (text) => !parseInvite(`pulsync:${text}`).ok));
	t.pass();
});

const text = formatInvite(invite);
const faults: ReadonlyArray<[string, string]> = [
	['', 'scheme'],
	['https://example.org', 'scheme'],
	['pulsync:', 'shape'],
	['pulsync:a:1', 'shape'],
	[`pulsync:${'a'.repeat(5000)}`, 'shape'],
	[text.replace('192.168.1.20:8787', '192.168.1.20'), 'address'],
	[text.replace('192.168.1.20', '192.168.1.21'), 'checksum'],
	[text.replace('pulsync:', 'pulsyncs:'), 'checksum'],
	[text.replace('abcdef', 'abcde1'), 'session_id'],
	[text.replace('/1AAE', '/2AAE'), 'version'],
	[text.replace(/\/1AAE.*$/, '/'), 'secret'],
	[text.slice(0, -1), 'secret'],
	[text.replace('/1AAE', '/1AAF'), 'checksum'],
];

for (const [given, reason] of faults) {
	test(`what is wrong with "${given.slice(0, 60)}…${given.slice(-4)}" is its ${reason}`, (t) => {
		t.deepEqual(parseInvite(given), {ok: false, code: 'bad_invite', reason});
	});
}

test('the case of scheme, addresses and session does not matter, that of the secret does', (t) => {
	const end = text.lastIndexOf('/');
	t.true(parseInvite(text.slice(0, end).toUpperCase() + text.slice(end)).ok);
	t.false(parseInvite(text.toUpperCase()).ok);
});

test('the relay of an invite has one URL for each address, in order', (t) => {
	t.deepEqual(relayUrls(invite), ['ws://192.168.1.20:8787/ws', 'ws://[2001:db8::1]:8787/ws']);
	t.deepEqual(relayUrls({tls: true, addresses: [{host: 'r.example', port: 443}]}), [
		'wss://r.example:443/ws',
	]);
});

test('parts that no invite can hold are a bug of the caller', (t) => {
	const bad: Invite[] = [
		{...invite, addresses: []},
		{...invite, addresses: Array.from({length: 9}, () => ({host: 'a', port: 1}))},
		{...invite, addresses: [{host: 'a b', port: 1}]},
		{...invite, sessionId: 'short'},
		{...invite, secret: new Uint8Array(31)},
	];
	for (const given of bad) t.throws(() => formatInvite(given), {instanceOf: RangeError});
});

test('an address without a port is none, wherever it stands', (t) => {
	const text = formatInvite({
		tls: false,
		addresses: [
			{host: 'a.example', port: 1},
			{host: 'b.example', port: 1},
		],
		sessionId: 'a'.repeat(26),
		secret: new Uint8Array(32),
	});
	t.true(parseInvite(text).ok);
	t.like(parseInvite(text.replace('b.example:1', 'b.example')), {ok: false, reason: 'address'});
});
