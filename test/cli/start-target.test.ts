import test from 'ava';
import {type Choices} from '../../source/cli/choices.js';
import {offeredRelay, startTarget} from '../../source/cli/start-target.js';
import {formatInvite} from '../../source/protocol/invite.js';

const choices: Choices = {pin: 'auto', stun: [], turn: [], look: {}};
const invite = formatInvite({
	tls: false,
	addresses: [{host: '127.0.0.1', port: 8787}],
	sessionId: 'a'.repeat(26),
	secret: new Uint8Array(32),
});

test('a relay and a name of a flag or a variable are used, and never kept', (t) => {
	const given = {...choices, name: 'ada', nameNow: 'ada', relayUrl: 'ws://x', hostRelayUrl: 'ws://kept'};
	t.is(offeredRelay(given), 'ws://x');
	const chosen = startTarget({choice: 'host', name: 'ada', relayUrl: 'ws://x'}, '/p', given);
	t.deepEqual(chosen?.kept, {});
	t.deepEqual(chosen?.target, {folder: '/p', choices: given, mode: {kind: 'host'}});
});

test('what the person changed is used and kept', (t) => {
	const given = {...choices, name: 'ada', ownName: 'ada', relayUrl: 'ws://x'};
	const chosen = startTarget({choice: 'host', name: 'zoe', relayUrl: 'ws://y'}, '/p', given);
	t.deepEqual(chosen?.kept, {name: 'zoe', relayUrl: 'ws://y'});
	t.like(chosen?.target.choices, {name: 'zoe', ownName: null, relayUrl: undefined, hostRelayUrl: 'ws://y'});
	const emptied = startTarget({choice: 'host'}, '/p', {...choices, hostRelayUrl: 'ws://kept'});
	t.deepEqual(emptied?.kept, {relayUrl: undefined});
	t.true('relayUrl' in (emptied?.kept ?? {}));
	t.is(emptied?.target.choices.hostRelayUrl, undefined);
	const without = {...choices, relayUrl: 'ws://x', hostRelayUrl: 'ws://kept'};
	t.deepEqual(startTarget({choice: 'host'}, '/p', without)?.kept, {}, 'what a flag named was never kept');
});

test('a relay that was written on the screen is none to join at', (t) => {
	const chosen = startTarget({choice: 'join', invite, relayUrl: 'ws://y'}, '/p', choices);
	t.is(chosen?.target.choices.relayUrl, undefined);
	t.is(chosen?.target.mode.kind, 'join');
	t.is(startTarget({choice: 'quit', relayUrl: 'ws://y'}, '/p', choices), undefined);
});
