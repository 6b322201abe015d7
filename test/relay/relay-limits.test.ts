import test from 'ava';
import {parseLimits, type SomeLimits, withDefaults} from '../../relay/relay-limits.js';

/** Of these 0 would mean that nobody may enter. */
const leastOf = {
	max_sessions: 1,
	max_peers: 2,
	max_handshakes: 1,
	max_handshakes_of_network: 1,
	max_sockets_of_address: 1,
};

test('a limits file is read number by number, and a wrong one is told by its field', (t) => {
	const read: SomeLimits = parseLimits('{"max_peers": 4, "bytes_per_second": {"session": 5}}');
	t.like(withDefaults(read, {maxSessions: undefined}), {
		maxPeers: 4,
		maxSessions: 1000,
		bytesPerSecond: {connection: 0, session: 5, address: 0, relay: 0},
	});
	t.throws(() => parseLimits('{"bytes_per_second": {"sesion": 5}}'), {message: /bytes_per_second/});
	t.throws(() => parseLimits('{"max_peers": 1}'), {message: /max_peers/});
	t.throws(() => parseLimits('max_peers = 4'), {message: /no JSON/});
	for (const [field, least] of Object.entries(leastOf)) {
		t.throws(() => parseLimits(`{"${field}": ${least - 1}}`), {message: new RegExp(field)});
		t.notThrows(() => parseLimits(`{"${field}": ${least}}`));
	}

	const none = {session: 0, address: 0};
	t.like(parseLimits(JSON.stringify({bytes_per_day: none, messages_per_second: none})), {
		bytesPerDay: none,
		messagesPerSecond: none,
	});
});
