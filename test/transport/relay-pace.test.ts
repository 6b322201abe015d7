/** At a relay that takes few messages a second transfers are slow, whole, and refused nothing. */
import {randomBytes} from 'node:crypto';
import test, {type ExecutionContext} from 'ava';
import {type SomeLimits} from '../../relay/relay-limits.js';
import {maxChunkBytes} from '../../source/protocol/limits.js';
import {type PeerChannel} from '../../source/transport/peer-channel.js';
import {type TunnelTier} from '../../source/transport/tunnel-hub.js';
import {waitUntil} from '../helpers/wait.js';
import {openChannels, openScene, type Scene} from './support/relay-peers.js';

type Rates = NonNullable<SomeLimits['messagesPerSecond']>;

async function start(t: ExecutionContext, tier: TunnelTier, messagesPerSecond: Rates) {
	const scene = await openScene({limits: {messagesPerSecond}});
	t.teardown(async () => scene.stop());
	const [one, other] = await openChannels(scene, tier);
	return {scene, one, other};
}

/** Sends so many bytes as bulk; says how long that took, in seconds. */
async function sendBulk({follower}: Scene, one: PeerChannel, byteLength: number): Promise<number> {
	const bytes = randomBytes(byteLength);
	const since = performance.now();
	await one.sendBulk('segment', {request: 1, index: 0}, bytes);
	const {told} = follower;
	const arrived = () => told.bulk.reduce((sum, slice) => sum + slice.bytes.byteLength, 0);
	await told.until(() => arrived() === byteLength);
	if (!Buffer.concat(told.bulk.map((slice) => slice.bytes)).equals(bytes)) throw new Error('other bytes');
	return (performance.now() - since) / 1000;
}

function nothingRefused(t: ExecutionContext, {relay, leader, follower}: Scene): void {
	t.deepEqual(relay.counters().errors, {});
	for (const {told, ends, messages} of [leader, follower]) {
		t.deepEqual([told.ends, ends], [[], []]);
		t.false(messages.some(({type}) => type === 'error'));
	}
}

/** 305 frames cost more than the relay takes at once. */
for (const rates of [{connection: 10}, {session: 20}, {address: 20}, {relay: 20}]) {
	const what = JSON.stringify(rates);
	test.serial(`proxy: 20 MB pass a relay that takes ${what} messages a second`, async (t) => {
		const {scene, one} = await start(t, 'proxy', rates);
		const took = await sendBulk(scene, one, 20_000_000);
		t.true(took > 2, `${took} s`);
		nothingRefused(t, scene);
	});
}

for (const rates of [{connection: 20}, {session: 40}, {address: 40}, {relay: 40}]) {
	const what = JSON.stringify(rates);
	test.serial(
		`json: 6 MB as bytes and 3 MB of objects pass a relay that takes ${what} messages a second`,
		async (t) => {
			const {scene, one, other} = await start(t, 'json', rates);
			const took = await sendBulk(scene, one, 6_000_000);
			t.true(took > 3, `${took} s`);
			other.send({type: 'want', request: 2, commit: 'a'.repeat(40), have: []});
			await scene.leader.told.until(() => scene.leader.told.messages.length > 0);
			const bytes = randomBytes(maxChunkBytes);
			const sends = Array.from({length: 12}, async (_, chunkIndex) =>
				one.objects!.send({
					...{request: 2, chunkIndex, totalChunks: 12},
					objects: [{oid: 'b'.repeat(40), type: 'blob', size: bytes.byteLength, bytes}],
				}),
			);
			one.send({type: 'end', request: 2});
			await Promise.all(sends);
			const {told} = scene.follower;
			await told.until(() => told.messages.some(({type}) => type === 'end'));
			t.is(told.chunks.length, 12);
			t.true(told.chunks.every(({objects}) => bytes.equals(objects[0]!.bytes)));
			nothingRefused(t, scene);
		},
	);
}

test.serial('A ping is answered soon while bulk waits for the relay', async (t) => {
	const {scene, one} = await start(t, 'proxy', {connection: 20});
	const sending = sendBulk(scene, one, 30_000_000);
	const {connection} = scene.leader;
	for (let times = 0; times < 10; times++) {
		const since = performance.now();
		t.true(await connection.binaryPasses());
		const tookMs = performance.now() - since;
		t.true(tookMs < 500, `${tookMs} ms`);
	}
	await sending;
	nothingRefused(t, scene);
});

for (const tier of ['proxy', 'json'] as const)
	test.serial(
		`${tier}: what a relay drops that takes less from now on ends the channel alone, and the next one keeps the new pace`,
		async (t) => {
			const scene = await openScene();
			t.teardown(async () => scene.stop());
			const {relay, leader} = scene;
			const [one, other] = await openChannels(scene, tier);
			relay.setLimits({messagesPerSecond: {connection: 20, session: 40}});
			const sending = one.sendBulk('segment', {request: 1, index: 0}, randomBytes(60_000_000));
			await t.throwsAsync(sending);
			t.regex((await other.closed).reason, /sequence_gap|closed_by_peer/);
			const refusals = relay.counters().errors['rate_limited'] ?? 0;
			t.true(refusals > 0);
			await waitUntil(
				'the leader is told',
				() => leader.connection.limits.limits?.messages_per_second.connection === 20,
			);
			await openChannels(scene, tier, 2).then(async ([again]) => {
				scene.follower.told.bulk.length = 0;
				await sendBulk(scene, again, 4_000_000);
			});
			t.is(relay.counters().errors['rate_limited'], refusals);
			t.deepEqual(leader.ends, []);
			t.false(leader.messages.some(({type}) => type === 'error'));
		},
	);

test('json: a channel ends where the relay dropped something and nothing follows that could tell what', async (t) => {
	const scene = await openScene();
	t.teardown(async () => scene.stop());
	const {relay, leader} = scene;
	const [one, other] = await openChannels(scene, 'json');
	relay.setLimits({messagesPerSecond: {connection: 1}});
	for (let sent = 0; sent < 10; sent++) leader.connection.send({type: 'ping', sent_at_ms: 1});
	t.is((await one.closed).reason, 'sequence_gap');
	t.regex((await other.closed).reason, /sequence_gap|closed_by_peer/);
});
