/** Who begins a message and never ends it holds memory that nobody answers for, and is given up. */
import net from 'node:net';
import test from 'ava';
import {startRelay} from '../../relay/start-relay.js';
import {waitUntil} from '../helpers/wait.js';
import {hubWith} from './fake-hub.js';
import {createPeer, createSession} from './raw-client.js';
import {scrape, valueIn} from './scrape.js';

const founder = createPeer();
const session = createSession(founder);
const kibibyte = 1024;

/** A hub with two members of one session, and the outcomes of sessions that ended on it. */
function hubOfTwo() {
	const outcomes: unknown[] = [];
	const made = hubWith({
		log: (message, facts) => message === 'session ended' && outcomes.push(facts['outcome']),
	});
	const slow = made.enter(founder, session, 'create_session');
	const other = made.enter(createPeer(), session);
	other.heard();
	return {...made, slow, other, outcomes};
}

test('a member that trickles a message without end is given up after a minute, and the others are told', (t) => {
	const {hub, slow, other, pass, outcomes} = hubOfTwo();
	for (let second = 0; second < 60; second++) {
		slow.received += 2 * kibibyte;
		pass(1, [other]);
	}

	t.is(slow.ended, undefined);
	slow.received += 2 * kibibyte;
	pass(2, [other]);
	t.is(slow.ended, 'terminated');
	t.like(other.messages, [{type: 'peer_left', from_peer_id: founder.peerId, reason: 'unfinished'}]);
	t.deepEqual(hub.counts.closed.all(), {unfinished: 1});
	t.is(hub.counters().sockets, 1);
	t.is(other.ended, undefined);
	slow.events.closed();
	other.events.closed();
	t.deepEqual(hub.counts.closed.all(), {unfinished: 1, lost: 1}, 'each is counted once');
	t.deepEqual(outcomes, ['lost']);
});

test('a member whose messages end stays, however slowly each comes, and so does one that says little', (t) => {
	const {slow, other, pass} = hubOfTwo();
	for (let message = 0; message < 3; message++) {
		for (let second = 0; second < 50; second++) {
			slow.received += 2 * kibibyte;
			other.received += 64;
			pass(1);
		}

		slow.say({type: 'ping', session_id: session.sessionId, peer_id: founder.peerId, sent_at_ms: message});
	}

	t.is(slow.ended, undefined);
	t.is(other.ended, undefined);
});

test('a stranger may not even begin a message that no handshake has the length of', (t) => {
	const {open, pass, hub} = hubWith();
	const [modest, greedy] = [open(), open()];
	modest.received = 64 * kibibyte;
	greedy.received = 64 * kibibyte + 1;
	pass(1);
	t.is(modest.ended, undefined);
	t.is(greedy.ended, 'terminated');
	t.deepEqual(hub.counts.closed.all(), {unfinished: 1});
});

test('on a real socket a frame that does not end is seen while it is under way', async (t) => {
	// Later than the test may take: it must not be what ends the socket.
	const relay = await startRelay({port: 0, host: '127.0.0.1', times: {handshakeDeadlineMs: 60_000}});
	t.teardown(() => relay.close());
	const socket = net.connect(relay.port, '127.0.0.1').on('error', () => undefined);
	t.teardown(() => socket.destroy());
	const lines = ['GET /ws HTTP/1.1', 'Host: relay', 'Connection: Upgrade', 'Upgrade: websocket'];
	const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
	socket.write([...lines, ...key].join('\r\n') + '\r\n\r\n');
	await new Promise((resolve) => socket.once('data', resolve));
	const closed = new Promise((resolve) => socket.once('close', resolve).resume());
	// The head of a masked text frame of 900,000 bytes.
	const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
	head.writeUInt32BE(900_000, 6);
	socket.write(head);
	const trickle = setInterval(() => socket.write(Buffer.alloc(4 * kibibyte)), 20);
	t.teardown(() => clearInterval(trickle));
	await closed;
	const counted = async () => valueIn(await scrape(relay), 'sockets_closed_total', {reason: 'unfinished'});
	t.is(await waitUntil('it to be counted', async () => (await counted()) || undefined), 1);
});
