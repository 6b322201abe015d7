import test from 'ava';
import fc from 'fast-check';
import {formatAddress, parseAddress} from '../../source/protocol/address.js';

const good: ReadonlyArray<[string, string, number]> = [
	['relay.example.org:8787', 'relay.example.org', 8787],
	['Relay.Example.ORG:8787', 'relay.example.org', 8787],
	['localhost:1', 'localhost', 1],
	['192.168.1.20:65535', '192.168.1.20', 65_535],
	['2001-db8--1.v6:8787', '2001:db8::1', 8787],
	['--1.v6:8787', '::1', 8787],
	['[2001:db8::1]:8787', '2001:db8::1', 8787],
	['fe80-0-0-0-1-2-3-4.v6:80', 'fe80:0:0:0:1:2:3:4', 80],
];

for (const [text, host, port] of good) {
	test(`${text} is an address`, (t) => {
		t.deepEqual(parseAddress(text), {host, port});
	});
}

for (const text of [
	'',
	':80',
	'host',
	'host:0',
	'host:65536',
	'host:x',
	'host:80:90',
	'-host:80',
	'ho st:80',
	'host$(id):80',
	'1.2.3:80',
	'1.2.3.256:80',
	'01.2.3.4:80',
	'2001:db8::1:80',
	'2001-db8--1--2.v6:80',
	'1-2-3.v6:80',
	'[::ffff:1.2.3.4]:80',
	'[]:80',
	`${'a'.repeat(64)}:80`,
]) {
	test(`"${text}" is no address`, (t) => {
		t.is(parseAddress(text), undefined);
	});
}

test('a port may be left out where there is a default', (t) => {
	t.deepEqual(parseAddress('host', 8787), {host: 'host', port: 8787});
	t.deepEqual(parseAddress('[::1]', 8787), {host: '::1', port: 8787});
});

test('an address that was formatted is read as the same, and no shell minds it', (t) => {
	const host = fc.oneof(
		fc.ipV4(),
		fc.domain().map((name) => name.toLowerCase()),
		fc
			.ipV6()
			.filter((ip) => !ip.includes('.'))
			.map((ip) => ip.toLowerCase()),
	);
	fc.assert(
		fc.property(host, fc.integer({min: 1, max: 65_535}), (name, port) => {
			const text = formatAddress({host: name, port});
			t.regex(text, /^[a-z0-9._:-]+$/);
			t.deepEqual(parseAddress(text), {host: name, port});
		}),
	);
});
