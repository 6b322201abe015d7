/** Which addresses of a peer are dialled: other hosts' alone. */
import test from 'ava';
import fc from 'fast-check';
import {
	filterSdp,
	formatCandidate,
	isSameCandidate,
	parseCandidate,
	refuseCandidate,
} from '../../source/protocol/candidate.js';

const rules = {own: [{ip: '192.0.2.7', port: 4000}], loopback: false};

const refused: ReadonlyArray<{ip: string; port?: number; reason: string}> = [
	{ip: '127.0.0.1', reason: 'loopback'},
	{ip: '127.255.0.9', reason: 'loopback'},
	{ip: '::1', reason: 'loopback'},
	{ip: '0:0:0:0:0:0:0:1', reason: 'loopback'},
	{ip: '0.0.0.0', reason: 'unspecified'},
	{ip: '0.1.2.3', reason: 'unspecified'},
	{ip: '::', reason: 'unspecified'},
	{ip: '169.254.169.254', reason: 'link-local'},
	{ip: 'fe80::1', reason: 'link-local'},
	{ip: 'febf::1', reason: 'link-local'},
	{ip: '224.0.0.251', reason: 'multicast'},
	{ip: '239.1.2.3', reason: 'multicast'},
	{ip: 'ff02::fb', reason: 'multicast'},
	{ip: '255.255.255.255', reason: 'broadcast'},
	{ip: '240.0.0.1', reason: 'broadcast'},
	{ip: '::ffff:7f00:1', reason: 'a mapped form'},
	{ip: '::7f00:1', reason: 'a mapped form'},
	{ip: '64:ff9b::7f00:1', reason: 'a mapped form'},
	{ip: '::ffff:127.0.0.1', reason: 'not a literal address'},
	{ip: 'localhost', reason: 'not a literal address'},
	{ip: 'printer.local', reason: 'not a literal address'},
	{ip: '192.0.2.1', port: 80, reason: 'a port below 1024'},
	{ip: '192.0.2.1', port: 0, reason: 'a port below 1024'},
	{ip: '192.0.2.1', port: 70_000, reason: 'a port below 1024'},
	{ip: '192.0.2.1', port: 4000.5, reason: 'a port below 1024'},
	{ip: '192.0.2.7', port: 4000, reason: 'our own address'},
	{ip: '010.0.0.1', reason: 'not a literal address'},
	{ip: '1.2.3', reason: 'not a literal address'},
	{ip: '1.2.3.256', reason: 'not a literal address'},
	{ip: 'fe80::1%eth0', reason: 'not a literal address'},
	{ip: '1:2:3:4:5:6:7:8:9', reason: 'not a literal address'},
	{ip: ':::', reason: 'not a literal address'},
	{ip: '', reason: 'not a literal address'},
];

for (const {ip, port = 4000, reason} of refused) {
	test(`${ip || 'nothing'} port ${port} is refused as ${reason}`, (t) => {
		t.is(refuseCandidate({ip, port}, rules), reason);
	});
}

for (const ip of ['10.0.0.1', '192.168.1.2', '203.0.113.9', 'fd00::1', '2001:db8::1', '192.0.2.7']) {
	test(`${ip} on another port than ours is dialled`, (t) => {
		t.is(refuseCandidate({ip, port: 4001}, rules), undefined);
	});
}

test('loopback is dialled where our relay is reached over it, and nothing else more', (t) => {
	const open = {...rules, loopback: true};
	t.is(refuseCandidate({ip: '127.0.0.1', port: 4000}, open), undefined);
	t.is(refuseCandidate({ip: '::1', port: 4000}, open), undefined);
	t.is(refuseCandidate({ip: '169.254.169.254', port: 4000}, open), 'link-local');
	t.is(refuseCandidate({ip: '127.0.0.1', port: 22}, open), 'a port below 1024');
	t.is(refuseCandidate({ip: '127.0.0.1', port: 9}, {own: [], loopback: true}), 'a port below 1024');
});

const ipv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((octets) => octets.join('.'));

test('a candidate’s text is read as the same candidate', (t) => {
	fc.assert(
		fc.property(fc.oneof(ipv4, fc.ipV6()), fc.integer({min: 1, max: 65_535}), (ip, port) => {
			fc.pre(!ip.includes(':') || !ip.includes('.'));
			const candidate = {ip, port};
			const parsed = parseCandidate(formatCandidate(candidate));
			t.truthy(parsed, ip);
			t.true(parsed !== undefined && isSameCandidate(parsed, candidate), ip);
		}),
	);
});

test('no text and no address makes the rules throw', (t) => {
	fc.assert(
		fc.property(fc.string(), fc.integer(), (text, port) => {
			refuseCandidate({ip: text, port}, rules);
			filterSdp(text, rules);
			parseCandidate(text);
		}),
	);
	t.pass();
});

const line = (ip: string, kind: string, port = 50_000, transport = 'UDP') =>
	`a=candidate:1 1 ${transport} 2122317823 ${ip} ${port} typ ${kind}`;

test('a description loses the candidates that are refused and keeps all else', (t) => {
	const sdp = [
		'v=0',
		'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
		line('127.0.0.1', 'host'),
		line('10.0.0.5', 'host'),
		line('7c1f.local', 'host'),
		line('10.0.0.5', 'host', 9, 'tcp'),
		line('10.0.0.5', 'host', 53),
		line('203.0.113.4', 'srflx raddr 10.0.0.5 rport 50000'),
		'a=end-of-candidates',
		'',
	].join('\r\n');
	t.deepEqual(filterSdp(sdp, rules).split('\r\n'), [
		'v=0',
		'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
		line('10.0.0.5', 'host'),
		line('203.0.113.4', 'srflx raddr 10.0.0.5 rport 50000'),
		'a=end-of-candidates',
		'',
	]);
});

test('of many candidates in a description eight are kept, the far-reaching ones among them', (t) => {
	const hosts = Array.from({length: 20}, (_, index) => line(`10.0.0.${index + 1}`, 'host'));
	const kept = filterSdp(
		[...hosts, line('203.0.113.4', 'srflx'), line('203.0.113.5', 'relay')].join('\n'),
		rules,
	);
	t.is(kept.split('\r\n').length, 8);
	t.regex(kept, /srflx/);
	t.regex(kept, /relay/);
});
