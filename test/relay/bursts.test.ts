/**
 * Clients that say all they have in one write and may be gone with it: whatever is half done by then concerns nobody else.
 * `PULSYNC_BURST_SEED` and `PULSYNC_BURSTS` run others, and more.
 */
import {type Socket} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {type Relay, startRelay} from '../../relay/start-relay.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {type Random, seededRandom} from '../helpers/random.js';
import {waitUntil} from '../helpers/wait.js';
import {
	createPeer,
	createSession,
	handshake,
	RawClient,
	type TestPeer,
	type TestSession,
} from './raw-client.js';

const firstSeed = Number(process.env['PULSYNC_BURST_SEED'] ?? 1);
const bursts = Number(process.env['PULSYNC_BURSTS'] ?? 150);
/** At a time; they come in the names of a few peers, so that they push each other out as well. */
const atOnce = 8;
const oid = '0'.repeat(40);

type Scene = {
	readonly relay: Relay;
	readonly session: TestSession;
	readonly peers: readonly TestPeer[];
	/** The two that behave. */
	readonly honest: readonly [TestPeer, TestPeer];
};

/** What one may say, to whomever; most of it would be right at another time. */
function message(random: Random, {session, peers, honest}: Scene, self: TestPeer): object {
	const target = random.pick([...peers, ...honest]).peerId;
	const own = {session_id: session.sessionId, peer_id: self.peerId};
	const to = {...own, target_peer_id: target};
	const generation = random.below(4);
	const object = {oid, object_type: 'blob', size: 3, encoding: ['base64'], data: 'YWJj'};
	const makers: (() => object)[] = [
		() => ({type: 'request_binary_proxy', ...to, generation, window_bytes: 1 + random.below(2 ** 20)}),
		() => ({type: 'binary_proxy_accepted', ...to, generation, window_bytes: 1000}),
		() => ({type: 'binary_proxy_rejected', ...to, generation, reason: 'no'}),
		() => ({type: 'binary_proxy_closed', ...to, generation, reason: 'closed'}),
		() => ({type: 'binary_proxy_credit', ...to, generation, bytes: 1 + random.below(2 ** 23)}),
		() => ({type: 'p2p_connection_request', ...to, generation}),
		() => ({type: 'p2p_connection_response', ...own, generation}),
		() => ({type: 'peer_message', ...to, channel: `${generation}.credit`, sequence: 0, body: ''}),
		() => ({
			type: 'git_objects_chunk',
			...to,
			request_id: 1,
			chunk_index: 0,
			total_chunks: 1,
			objects: [object],
		}),
		() => ({type: 'git_objects_ack', ...to, request_id: 1, bytes: 9}),
		() => ({type: 'traffic_report', ...own, links: {}, bytes_in: {}, bytes_out: {}, changes: []}),
		() => ({type: 'ping', ...own, sent_at_ms: random.pick([0, -1, 1e300])}),
		() => ({type: 'leave_session', ...own}),
		() => ({type: 'error', code: 'failed', message: 'to the relay'}),
		() => ({type: 'of_a_later_version', ...own}),
	];
	return random.pick(makers)();
}

function frame(random: Random, {session, peers}: Scene): Uint8Array {
	const sequence = {generation: random.below(4), counter: random.below(3)};
	const data = random.bytes(random.below(200));
	const {sessionId} = session;
	return encodeFrame({sessionId, peerId: random.pick(peers).peerId, sequence, data});
}

/** One client's life: greeted, one write, and gone in one way or another. */
async function burst(random: Random, scene: Scene): Promise<void> {
	const client = new RawClient(scene.relay.url);
	const socket = new Promise<Socket>((resolve) => {
		client.socket.once('upgrade', ({socket: below}) => resolve(below));
	});
	const welcome = client.message('welcome').catch(() => undefined);
	const below = await socket;
	const greeting = random.below(8) === 0 ? undefined : await welcome;
	const self = random.pick(scene.peers);
	below.cork();
	if (greeting) {
		const type = random.pick(['create_session', 'join_session'] as const);
		client.send(handshake(type, self, scene.session, greeting.nonce));
	}

	for (let left = random.below(12); left > 0; left--) {
		const choice = random.below(10);
		if (choice < 6) client.send(message(random, scene, self));
		else if (choice < 8) client.socket.send(frame(random, scene));
		else if (choice === 8) client.socket.send(random.pick(['', '{', '[]', 'x'.repeat(70_000)]));
		else client.socket.ping();
	}

	const end = random.below(6);
	if (end === 0) below.write(random.bytes(30));
	if (end === 1) client.socket.close(random.pick([1000, 1001, 4000]));
	below.uncork();
	if (end === 2) client.socket.terminate();
	if (end === 3) below.resetAndDestroy();
	if (end === 4) below.end();
	// Some stay until another one comes in their name.
	if (end === 5)
		await Promise.race([client.end(), new Promise((resolve) => setTimeout(resolve, 50))]).catch(() => 0);
	client.socket.terminate();
}

test("Whoever joins, asks and goes in one write is nobody else's concern", async (t: ExecutionContext) => {
	t.timeout(120_000);
	const relay = await startRelay({port: 0, host: '127.0.0.1'});
	t.teardown(async () => relay.close());
	const honest = [createPeer(), createPeer()] as const;
	const peers = [createPeer(), createPeer(), createPeer()];
	const session = createSession(honest[0]);
	const one = await RawClient.enter(relay.url, 'create_session', honest[0], session);
	const other = await RawClient.enter(relay.url, 'join_session', honest[1], session);
	const from = (index: 0 | 1) => ({
		...{session_id: session.sessionId, peer_id: honest[index].peerId},
		target_peer_id: honest[index === 0 ? 1 : 0].peerId,
	});
	const window = {generation: 1, window_bytes: 1_000_000};
	one.send({type: 'request_binary_proxy', ...from(0), ...window});
	await other.message('request_binary_proxy');
	other.send({type: 'binary_proxy_accepted', ...from(1), ...window});
	await one.message('binary_proxy_accepted');

	const scene = {relay, session, peers, honest};
	let next = firstSeed;
	const run = async () => {
		while (next < firstSeed + bursts) await burst(seededRandom(next++), scene);
	};
	await Promise.all(Array.from({length: atOnce}, run));

	const sequence = {generation: 1, counter: 0};
	const data = Buffer.from('still here');
	one.socket.send(encodeFrame({sessionId: session.sessionId, peerId: honest[1].peerId, sequence, data}));
	await other.until('the frame', () => other.frames.find((bytes) => bytes.includes('still here')));
	await waitUntil('all others to be gone', async () => relay.counters().sockets === 2);
	t.is(relay.counters().peers, 2);
	t.is(relay.counters().tunnels, 1);
	t.is(relay.counters().waitingBytes, 0);
	for (const client of [one, other]) client.socket.terminate();
});
