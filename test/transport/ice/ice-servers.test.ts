import test from 'ava';
import {selectServers} from '../../../source/transport/ice/ice-servers.js';

const turn = (url: string) => ({url, username: 'user', credential: 'secret'});
const entry = (hostname: string, port: number) => ({
	hostname,
	port,
	username: 'user',
	password: 'secret',
	relayType: 'TurnUdp',
});

test('each try asks another one of the STUN servers', (t) => {
	const stun = ['stun:192.0.2.1:3478', 'stun:stun.example.org', 'stun:[2001:db8::1]:99'];
	const asked = [0, 1, 2, 3].map((round) => selectServers({stun, turn: []}, round));
	t.deepEqual(asked, [
		[{hostname: '192.0.2.1', port: 3478}],
		[{hostname: 'stun.example.org', port: 3478}],
		[{hostname: '2001:db8::1', port: 99}],
		[{hostname: '192.0.2.1', port: 3478}],
	]);
});

test('of the TURN servers two are asked, those over UDP that come with credentials', (t) => {
	const servers = selectServers(
		{
			stun: [],
			turn: [
				turn('turns:192.0.2.1'),
				turn('turn:192.0.2.2?transport=tcp'),
				{url: 'turn:192.0.2.3'},
				turn('turn:192.0.2.4?transport=udp'),
				turn('turn:192.0.2.5:99'),
				turn('turn:192.0.2.6'),
			],
		},
		0,
	);
	t.deepEqual(servers, [entry('192.0.2.4', 3478), entry('192.0.2.5', 99)]);
});

for (const url of [
	'',
	'stun:',
	'http://192.0.2.1',
	'stun:a b',
	'stun:host:0',
	'stun:host:99999',
	'stun:[zz]',
]) {
	test(`"${url}" is nobody to ask`, (t) => {
		t.deepEqual(selectServers({stun: [url], turn: []}, 0), []);
	});
}
