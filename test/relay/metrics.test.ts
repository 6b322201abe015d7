import test, {type ExecutionContext} from 'ava';
import {metricTable} from '../../relay/metric-table.js';
import {type RelayOptions} from '../../relay/relay-options.js';
import {type Relay, startRelay} from '../../relay/start-relay.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {createPeer, createSession, handshake, RawClient} from './raw-client.js';
import {scrape, valueIn} from './scrape.js';

const founder = createPeer();
const guest = createPeer();
const session = createSession(founder);
const ids = (peer: {peerId: string}) => ({session_id: session.sessionId, peer_id: peer.peerId});

async function start(t: ExecutionContext, options: Partial<RelayOptions> = {}): Promise<Relay> {
	const relay = await startRelay({port: 0, host: '127.0.0.1', ...options});
	t.teardown(() => relay.close());
	return relay;
}

async function enterBoth({url}: Relay): Promise<[RawClient, RawClient]> {
	const host = await RawClient.enter(url, 'create_session', founder, session);
	const other = await RawClient.enter(url, 'join_session', guest, session);
	return [host, other];
}

async function openTunnel([host, other]: [RawClient, RawClient], windowBytes = 100_000): Promise<void> {
	const ask = {generation: 1, window_bytes: windowBytes};
	host.send({type: 'request_binary_proxy', ...ids(founder), target_peer_id: guest.peerId, ...ask});
	await other.message('request_binary_proxy');
	other.send({type: 'binary_proxy_accepted', ...ids(guest), target_peer_id: founder.peerId, ...ask});
	await host.message('binary_proxy_accepted');
}

function frame(counter: number, bytes: number): Uint8Array {
	const sequence = {generation: 1, counter};
	return encodeFrame({...session, peerId: guest.peerId, sequence, data: new Uint8Array(bytes)});
}

async function pingPong(client: RawClient, peer = founder): Promise<void> {
	client.send({type: 'ping', ...ids(peer), sent_at_ms: 1});
	await client.message('pong');
}

type Moves = readonly [name: string, labels?: Record<string, string>];

/** What happens on a relay, and which series it moves. Together they move every one of the table. */
const cases: ReadonlyArray<{
	readonly what: string;
	readonly options?: Partial<RelayOptions>;
	readonly run: (relay: Relay) => Promise<unknown>;
	readonly moves: readonly Moves[];
}> = [
	{
		what: 'two peers with a tunnel',
		async run(relay) {
			const both = await enterBoth(relay);
			await openTunnel(both);
			both[0].socket.send(frame(0, 5_000));
			await both[1].frame();
		},
		moves: [
			['sockets'],
			['sessions'],
			['peers'],
			['tunnels'],
			['sockets_opened_total'],
			['handshakes_total', {outcome: 'admitted'}],
			['bytes_total', {tier: 'proxy', direction: 'in'}],
			['bytes_total', {tier: 'proxy', direction: 'out'}],
			['frames_total', {tier: 'proxy', direction: 'in'}],
			['frames_total', {tier: 'proxy', direction: 'out'}],
			['bytes_total', {tier: 'control', direction: 'in'}],
			['frames_total', {tier: 'control', direction: 'out'}],
			['queue_seconds'],
			['cpu_seconds_total'],
			['sessions_by_tier', {tier: 'none'}],
		],
	},
	{
		what: 'a message of the json tier',
		async run(relay) {
			const [host, other] = await enterBoth(relay);
			const message = {type: 'peer_message', channel: '1', sequence: 0, body: 'YWJj'};
			host.send({...message, ...ids(founder), target_peer_id: guest.peerId});
			await other.message('peer_message');
		},
		moves: [
			['bytes_total', {tier: 'json', direction: 'in'}],
			['bytes_total', {tier: 'json', direction: 'out'}],
			['frames_total', {tier: 'json', direction: 'out'}],
		],
	},
	{
		what: 'a report of links',
		async run(relay) {
			const [host] = await enterBoth(relay);
			host.send({
				type: 'traffic_report',
				...ids(founder),
				links: {direct: 1, proxy: 0, json: 0},
				bytes_in: {direct: 7, proxy: 0, json: 0},
				bytes_out: {direct: 1000, proxy: 2, json: 0},
				changes: [
					{from: 'proxy', to: 'direct', reason: 'better'},
					{from: 'direct', to: 'json', reason: 'an_own_word'},
				],
			});
			await pingPong(host);
		},
		moves: [
			['sessions_by_tier', {tier: 'direct'}],
			['link_ends', {tier: 'direct'}],
			['reported_bytes_total', {tier: 'direct', direction: 'in'}],
			['reported_bytes_total', {tier: 'proxy', direction: 'out'}],
			['saved_bytes_total'],
			['tier_upgrades_total', {from: 'proxy', to: 'direct', reason: 'better'}],
			['tier_downgrades_total', {from: 'direct', to: 'json', reason: 'other'}],
		],
	},
	{
		what: 'reports that come too often',
		async run(relay) {
			const [host] = await enterBoth(relay);
			const none = {direct: 0, proxy: 0, json: 0};
			const report = {type: 'traffic_report', ...ids(founder), links: none, bytes_in: none, bytes_out: none};
			for (let index = 0; index < 2; index++) host.send({...report, changes: []});
			await pingPong(host);
		},
		moves: [['dropped_total', {reason: 'report_too_soon'}]],
	},
	{
		what: 'an error and a goodbye',
		async run(relay) {
			const client = new RawClient(relay.url);
			const {nonce} = await client.message('welcome');
			client.send(handshake('join_session', guest, session, nonce));
			await client.errorCode();
			const host = await RawClient.enter(relay.url, 'create_session', founder, session);
			host.send({type: 'leave_session', ...ids(founder)});
			await host.end();
		},
		moves: [
			['errors_total', {code: 'not_admitted'}],
			['handshakes_total', {outcome: 'not_admitted'}],
			['sockets_closed_total', {reason: 'left'}],
		],
	},
	{
		what: 'a late frame',
		async run(relay) {
			const both = await enterBoth(relay);
			await openTunnel(both);
			const closed = {type: 'binary_proxy_closed', generation: 1, reason: 'done'};
			both[0].send({...closed, ...ids(founder), target_peer_id: guest.peerId});
			await both[1].message('binary_proxy_closed');
			both[0].socket.send(frame(0, 10));
			await pingPong(both[0]);
		},
		moves: [['dropped_total', {reason: 'late_frame'}]],
	},
	{
		what: 'a limit of bytes',
		options: {maxBytesPerSecond: 10_000},
		async run(relay) {
			const both = await enterBoth(relay);
			await openTunnel(both);
			both[0].socket.send(frame(0, 9_000));
			await both[1].frame();
			const credit = {type: 'binary_proxy_credit', generation: 1, bytes: 9_000};
			both[1].send({...credit, ...ids(guest), target_peer_id: founder.peerId});
			const {scope, bytes_per_second: rate} = await both[0].message('limited');
			if (scope !== 'session' || rate !== 10_000) throw new Error(`told of ${scope}, ${rate}`);
			await both[0].message('binary_proxy_credit');
		},
		moves: [
			['pauses_total', {limit: 'session'}],
			['pause_seconds_total', {limit: 'session'}],
		],
	},
];

for (const {what, options, run, moves} of cases) {
	test(`${what} moves ${moves.length} numbers`, async (t) => {
		const relay = await start(t, options);
		const before = await scrape(relay);
		await run(relay);
		const after = await scrape(relay);
		for (const [name, labels] of moves) {
			const [was, is] = [valueIn(before, name, labels), valueIn(after, name, labels)];
			t.true(is > was, `${name} ${JSON.stringify(labels ?? {})}: ${was} → ${is}`);
		}
	});
}

test('bytes that wait for a slow reader are shown while they wait', async (t) => {
	const relay = await start(t);
	const both = await enterBoth(relay);
	await openTunnel(both, 8_000_000);
	both[1].socket.pause();
	for (let counter = 0; counter < 120; counter++) both[0].socket.send(frame(counter, 60_000));
	await pingPong(both[0]);
	t.true(valueIn(await scrape(relay), 'waiting_bytes') > 0);
	both[1].socket.terminate();
});

test('a relay that ends says so', async (t) => {
	const relay = await start(t, {monitor: {host: '127.0.0.1', port: 0}});
	const port = relay.monitorPort ?? 0;
	t.is(valueIn(await scrape({port}), 'draining'), 0);
	const client = await RawClient.enter(relay.url, 'create_session', founder, session);
	client.socket.pause();
	const closed = relay.close();
	t.is(valueIn(await scrape({port}), 'draining'), 1);
	await closed;
	client.socket.terminate();
});

test('every row of the table has a case that moves it', (t) => {
	const moved = new Set(cases.flatMap(({moves}) => moves.map(([name]) => name)));
	const elsewhere = [
		'event_loop_lag_seconds',
		'resident_memory_bytes',
		'waiting_bytes',
		'draining',
		'turned_away_total',
	];
	const missing = metricTable.filter(({name}) => !moved.has(name) && !elsewhere.includes(name));
	t.deepEqual(
		missing.map(({name}) => name),
		[],
	);
});

test('the numbers are told to this machine alone, but for the port that is for others', async (t) => {
	const relay = await start(t, {monitor: {host: '127.0.0.1', port: 0}});
	for (const path of ['/metrics', '/status']) {
		const through = {headers: {'x-forwarded-for': '192.0.2.1'}};
		t.is((await fetch(`http://127.0.0.1:${relay.port}${path}`, through)).status, 403);
		t.is((await fetch(`http://127.0.0.1:${relay.monitorPort ?? 0}${path}`, through)).status, 200);
	}

	t.is((await fetch(`http://127.0.0.1:${relay.port}/healthz`, {headers: {forwarded: 'for=x'}})).status, 200);
});

test('a process that was busy says how long', async (t) => {
	const relay = await start(t);
	await scrape(relay);
	const until = performance.now() + 200;
	await new Promise((resolve) => setTimeout(resolve, 30));
	while (performance.now() < until);
	await new Promise((resolve) => setTimeout(resolve, 30));
	t.true(valueIn(await scrape(relay), 'event_loop_lag_seconds', {stat: 'max'}) > 0.05);
});

test('the memory of the process is told', async (t) => {
	t.true(valueIn(await scrape(await start(t)), 'resident_memory_bytes') > 10_000_000);
});

test('/status lists sessions by the start of their ids, with their tier and bytes', async (t) => {
	const relay = await start(t);
	const both = await enterBoth(relay);
	await openTunnel(both);
	both[0].socket.send(frame(0, 5_000));
	await both[1].frame();
	const response = await fetch(`http://127.0.0.1:${relay.port}/status`);
	const text = await response.text();
	const {listed} = JSON.parse(text) as {listed: ReadonlyArray<{session: string; bytes: {proxy: number}}>};
	t.like(listed[0], {session: session.sessionId.slice(0, 6), peers: 2, tier: 'none'});
	t.true((listed[0]?.bytes.proxy ?? 0) >= 5_000);
	for (const secret of [session.sessionId, founder.peerId, session.token]) t.false(text.includes(secret));
});

test('a scrape names no session, peer or address', async (t) => {
	const relay = await start(t);
	await enterBoth(relay);
	const text = await (await fetch(`http://127.0.0.1:${relay.port}/metrics`)).text();
	for (const id of [session.sessionId, founder.peerId]) t.false(text.includes(id.slice(0, 6)));
	t.false(text.includes('127.0.0.1'));
	t.false(text.includes('cluster'), 'nor other relays where there are none');
});
