/** Which servers a direct attempt asks: what a relay names is asked only where the relay itself is. */
import test from 'ava';
import {directServers} from '../../source/runtime/direct-servers.js';
import {type RelayConnection} from '../../source/transport/relay-socket.js';

function relayWith(url: string, reflectors: readonly string[]): Pick<RelayConnection, 'url' | 'limits'> {
	const limits: RelayConnection['limits'] = {
		max_frame_bytes: 1,
		max_text_bytes: 1,
		max_window_bytes: 1,
		max_peers: 1,
		bytes_per_second: 0,
		stun: ['stun:192.0.2.1:8787'],
		turn: [],
		reflectors: [...reflectors],
		observed_ip: '192.0.2.9',
		observed_port: 5000,
	};
	return {url, limits};
}

const cases: ReadonlyArray<[url: string, reflector: string, expected: string | undefined]> = [
	['ws://192.0.2.1:8787/ws', '/reflect', 'http://192.0.2.1:8787/reflect'],
	['wss://relay.example/ws', '/reflect', 'https://relay.example/reflect'],
	['wss://relay.example/ws', 'http://relay.example:8788/reflect', 'http://relay.example:8788/reflect'],
	['ws://[2001:db8::1]:8787/ws', 'http://[2001:db8::1]:8788/reflect', 'http://[2001:db8::1]:8788/reflect'],
	['ws://192.0.2.1:8787/ws', 'http://127.0.0.1:8788/reflect', undefined],
	['ws://192.0.2.1:8787/ws', 'http://192.168.1.1/reflect', undefined],
	['ws://192.0.2.1:8787/ws', 'http://192.0.2.1:8788/reboot', undefined],
	['ws://192.0.2.1:8787/ws', 'http://192.0.2.1:8788/reflect?now=1', undefined],
	['ws://192.0.2.1:8787/ws', 'http://admin:admin@192.0.2.1:8788/reflect', undefined],
	['ws://192.0.2.1:8787/ws', '//printer.local/reflect', undefined],
	['ws://192.0.2.1:8787/ws', 'file:///reflect', undefined],
	['ws://192.0.2.1:8787/ws', 'http://[', undefined],
];

for (const [url, reflector, expected] of cases) {
	test(`the reflector ${reflector} of ${url} is ${expected ? 'asked' : 'not asked'}`, (t) => {
		const {reflectors} = directServers({}, relayWith(url, [reflector]));
		t.deepEqual(reflectors, expected === undefined ? [] : [expected]);
	});
}

test('servers of the user come before those of the relay, and alone where there is none', (t) => {
	const own = {stun: ['stun:198.51.100.1:3478'], turn: [{url: 'turn:198.51.100.1:3478'}]};
	t.deepEqual(directServers(own, undefined), {...own, reflectors: []});
	t.deepEqual(directServers(own, relayWith('ws://192.0.2.1/ws', [])).stun, [
		'stun:198.51.100.1:3478',
		'stun:192.0.2.1:8787',
	]);
});
