/** What a relay tells of the other relays, and of NATS between them. */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {type ExecutionContext} from 'ava';
import {clusterMetricRows} from '../../../relay/cluster/metric-rows.js';
import {type Relay, startRelay} from '../../../relay/start-relay.js';
import {NatsServer} from '../../helpers/nats-server.js';
import {natsTest} from '../../helpers/nats-test.js';
import {waitUntil} from '../../helpers/wait.js';
import {createPeer, createSession, RawClient} from '../raw-client.js';
import {scrape, valueIn} from '../scrape.js';

/** Smaller than what peers may send. */
const maxPayloadBytes = 4096;

async function startOne(t: ExecutionContext, url: string): Promise<Relay> {
	const relay = await startRelay({port: 0, host: '127.0.0.1', cluster: {url}});
	t.teardown(() => relay.close());
	return relay;
}

async function startNats(t: ExecutionContext): Promise<NatsServer> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'nats-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const file = path.join(folder, 'nats.conf');
	writeFileSync(file, `max_payload: ${maxPayloadBytes}\n`);
	return NatsServer.start(t, ['-c', file]);
}

natsTest('what crosses between relays, who is there, and each return of NATS is counted', async (t) => {
	const nats = await startNats(t);
	const [one, two] = [await startOne(t, nats.url), await startOne(t, nats.url)];
	const moved = new Set<string>();
	const read = async (relay: Relay, name: string, direction?: string) => {
		const value = valueIn(await scrape(relay), name, direction === undefined ? {} : {direction});
		if (value > 0) moved.add(name);
		return value;
	};
	t.is(await read(one, 'cluster_joined'), 1);
	t.is(await read(one, 'cluster_relays'), 0);

	const [a, b] = [createPeer(), createPeer()];
	const session = createSession(a);
	const first = await RawClient.enter(one.url, 'create_session', a, session);
	const second = await RawClient.enter(two.url, 'join_session', b, session);
	await first.message('peer_joined');
	t.is(await read(one, 'cluster_relays'), 1);
	t.is(await read(one, 'cluster_peers'), 1);
	const own = {session_id: session.sessionId, peer_id: a.peerId, target_peer_id: b.peerId};
	const say = (bytes: number) => {
		const body = Buffer.alloc(bytes).toString('base64');
		first.send({type: 'peer_message', ...own, channel: '1', sequence: 0, body});
	};
	say(900);
	await second.message('peer_message');
	for (const [relay, direction] of [
		[one, 'out'],
		[two, 'in'],
	] as const) {
		t.is(await read(relay, 'cluster_messages_total', direction), 1);
		t.true((await read(relay, 'cluster_bytes_total', direction)) > 1200);
	}
	t.is(await read(two, 'cluster_messages_total', 'out'), 0);
	say(maxPayloadBytes);
	await waitUntil(
		'what NATS does not take is counted',
		async () => (await read(one, 'cluster_too_large_total')) === 1,
	);

	await nats.kill();
	await waitUntil('NATS is missed', async () => (await read(one, 'cluster_joined')) === 0);
	t.is(await read(one, 'cluster_relays'), 0);
	t.is(await read(one, 'cluster_peers'), 0);
	t.is(await read(one, 'cluster_reconnections_total'), 0);
	await nats.restart();
	await waitUntil('NATS is back', async () => (await read(one, 'cluster_joined')) === 1);
	t.is(await read(one, 'cluster_reconnections_total'), 1);
	await waitUntil('the other relay is found again', async () => (await read(one, 'cluster_relays')) === 1);

	const names = clusterMetricRows.map(({name}) => name);
	t.deepEqual([...moved].sort(), names.sort(), 'each of them has moved');
	const answer = await fetch(`http://127.0.0.1:${one.port}/status`);
	t.like(await answer.json(), {cluster: {is_joined: true, relays: 1, reconnections: 1, too_large: 1}});
	for (const {socket} of [first, second]) socket.terminate();
});
