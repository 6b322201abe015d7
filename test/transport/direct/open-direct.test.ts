/** What becomes of an attempt: who decides, which connection stays, what is told, and that nothing is left behind. */
import net from 'node:net';
import http from 'node:http';
import test from 'ava';
import {type Carrier} from '../../../source/transport/carrier.js';
import {Failure} from '../../../source/protocol/failure.js';
import {type Route} from '../../../source/protocol/tiers.js';
import {createMemoryCarriers} from '../../../source/transport/memory-carrier.js';
import {type IceHost} from '../../../source/transport/ice/ice-host.js';
import {waitUntil} from '../../helpers/wait.js';
import {helloOf} from '../support/peers.js';
import {attempt, countSockets, createSignalling, openDirectScene} from './support/direct-peers.js';

const outcome = async (opening: Promise<unknown>): Promise<Failure | undefined> => {
	try {
		await opening;
		return undefined;
	} catch (error) {
		if (error instanceof Failure) return error;
		throw error;
	}
};

const closedPort = async (): Promise<number> => {
	const server = net.createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	return typeof address === 'object' && address ? address.port : 0;
};

test.serial('the leader’s dial becomes the channel of both, and says how', async (t) => {
	const scene = await openDirectScene();
	const {leader, follower} = scene;
	const [atLeader, atFollower] = await Promise.all([
		attempt(scene, 'leader', {known: [follower.at]}),
		attempt(scene, 'follower', {}).catch(() => follower.arrived().then(() => attempt(scene, 'follower'))),
	]);
	t.is(atLeader.route, 'tcp-lan');
	t.is(atFollower.generation, 3);
	t.is(atLeader.hello.name, follower.person.name);
	t.deepEqual(leader.records, [{route: 'tcp-lan'}, {route: 'tcp-lan', outcome: 'ok'}]);
	atLeader.send({type: 'use', generation: 3});
	await follower.told.until(() => follower.told.messages.length === 1);
	atLeader.close('done');
	await atFollower.closed;
	scene.stop();
});

test.serial(
	'both sides dial all they know, one channel comes of it, and no other socket stays',
	async (t) => {
		for (let round = 0; round < 5; round++) {
			const scene = await openDirectScene();
			const {leader, follower} = scene;
			const {leader: toFollower, follower: toLeader} = createSignalling();
			const [atLeader, atFollower] = await Promise.all([
				attempt(scene, 'leader', {signalling: toFollower, listening: [leader.at], known: [follower.at]}),
				attempt(scene, 'follower', {signalling: toLeader, listening: [follower.at], known: [leader.at]}),
			]);
			// Two listeners, and the two ends of one connection.
			await waitUntil('the others are closed', () => countSockets() === 4);
			atFollower.send({type: 'use', generation: 3});
			await leader.told.until(() => leader.told.messages.length === 1);
			atLeader.close('done');
			await Promise.all([atLeader.closed, atFollower.closed]);
			t.is(leader.told.ends.length, 1);
			t.is(follower.told.ends.length, 1);
			scene.stop();
			await waitUntil('everything is closed', () => countSockets() === 0);
		}
	},
);

test.serial('candidates that are told later are dialled; ours that are refused are not', async (t) => {
	const scene = await openDirectScene();
	const {leader, follower} = scene;
	const signalling = createSignalling();
	const opening = Promise.all([
		attempt(scene, 'leader', {signalling: signalling.leader}),
		attempt(scene, 'follower', {signalling: signalling.follower, listening: [follower.at]}),
	]);
	const [atLeader, atFollower] = await opening;
	t.is(atLeader.route, 'tcp-lan');
	atLeader.close('done');
	await atFollower.closed;

	const refusing = createSignalling();
	const failures = await Promise.all([
		outcome(attempt(scene, 'leader', {signalling: refusing.leader, loopback: false, listening: [leader.at]})),
		outcome(
			attempt(scene, 'follower', {signalling: refusing.follower, loopback: false, listening: [follower.at]}),
		),
	]);
	for (const failure of failures) t.is(failure?.code, 'no_path');
	scene.stop();
});

test.serial('a port where nobody listens is named with the reason, at once', async (t) => {
	const scene = await openDirectScene();
	const port = await closedPort();
	const failure = await outcome(attempt(scene, 'leader', {known: [{ip: '127.0.0.1', port}]}));
	t.like(failure, {code: 'no_path', message: `127.0.0.1:${port}: refused`});
	t.deepEqual(scene.leader.records, [
		{route: 'tcp-lan'},
		{route: 'tcp-lan', outcome: 'failed', reason: `127.0.0.1:${port}: refused`},
	]);
	scene.stop();
});

test.serial('a stranger who answers is no failure of the peer', async (t) => {
	const scene = await openDirectScene();
	const stranger = await openDirectScene();
	const failure = await outcome(attempt(scene, 'leader', {known: [stranger.follower.at]}));
	t.like(failure, {code: 'no_path', severity: 'transient'});
	t.regex(failure?.message ?? '', /somebody else answered there|cut off/);
	scene.stop();
	stranger.stop();
});

test.serial(
	'one who accepts and says nothing costs five seconds at most, and the attempt’s end closes it',
	async (t) => {
		const scene = await openDirectScene();
		const sockets: net.Socket[] = [];
		const silent = net.createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
		await new Promise((resolve) => silent.once('listening', resolve));
		const address = silent.address();
		const port = typeof address === 'object' && address ? address.port : 0;
		const abort = new AbortController();
		const opening = outcome(
			attempt(scene, 'leader', {known: [{ip: '127.0.0.1', port}], signal: abort.signal}),
		);
		await waitUntil('it is dialled', () => sockets.length > 0);
		let bytes = 0;
		sockets[0]?.on('data', (chunk: Buffer) => (bytes += chunk.byteLength)).on('error', () => {});
		await waitUntil('the handshake began', () => bytes > 0);
		abort.abort(new Failure('closed', {message: 'over'}));
		t.is((await opening)?.code, 'closed');
		// One handshake message (larger with newer TLS libraries) and nothing of us before it is answered.
		t.true(bytes < 2048, `${bytes} bytes`);
		await waitUntil('it is closed', () => sockets[0]?.destroyed);
		silent.close();
		scene.stop();
	},
);

test.serial('nothing to try without a relay fails at once and opens nothing', async (t) => {
	const scene = await openDirectScene();
	const before = countSockets();
	t.like(await outcome(attempt(scene, 'leader')), {code: 'no_path', message: 'nothing to try'});
	t.is(countSockets(), before);
	t.deepEqual(scene.leader.records, []);
	scene.stop();
});

test.serial('both sides out of routes end at once, each with what the other said', async (t) => {
	const scene = await openDirectScene();
	const signalling = createSignalling();
	const failures = await Promise.all([
		outcome(attempt(scene, 'leader', {signalling: signalling.leader})),
		outcome(attempt(scene, 'follower', {signalling: signalling.follower})),
	]);
	for (const failure of failures) t.like(failure, {code: 'no_path', message: 'nothing else to try'});
	scene.stop();
});

test.serial('a pin of the other side ends the attempt as pinned, on both sides at once', async (t) => {
	const scene = await openDirectScene();
	const startedAt = performance.now();
	const signalling = createSignalling();
	const {leader, follower} = scene;
	const [atLeader, atFollower] = await Promise.all([
		outcome(attempt(scene, 'leader', {signalling: signalling.leader, known: [follower.at]})),
		outcome(
			attempt(scene, 'follower', {
				signalling: signalling.follower,
				hello: helloOf('Bob', ['proxy']),
				known: [leader.at],
			}),
		),
	]);
	t.is(atLeader?.code, 'pinned');
	t.is(atFollower?.code, 'no_path');
	t.true(performance.now() - startedAt < 3000);
	scene.stop();
});

test.serial('an arrival of an earlier process of the peer is turned away', async (t) => {
	const scene = await openDirectScene();
	const {leader, follower} = scene;
	const peer = {peerId: leader.person.identity.peerId, instance: 'earlier'};
	const [failure] = await Promise.all([
		outcome(attempt(scene, 'leader', {known: [follower.at]})),
		outcome(
			attempt(scene, 'follower', {
				peer,
				signalling: createSignalling().follower,
				signal: AbortSignal.timeout(1500),
			}),
		),
	]);
	t.is(failure?.code, 'no_path');
	scene.stop();
});

/** ICE whose carriers are pairs in memory. */
function fakeIce(route: Route): {leader: IceHost; follower: IceHost} {
	const pair = createMemoryCarriers({tier: 'direct', route, generation: 3});
	const host = (carrier: Carrier): IceHost => {
		const fake: Pick<IceHost, 'connect' | 'close'> = {
			connect(options) {
				let open: (carrier: Carrier) => void = () => {};
				const opened = new Promise<Carrier>((resolve) => (open = resolve));
				setImmediate(() => options.described('v=0'));
				return {remote: () => open(carrier), opened, close: () => void carrier.destroy()};
			},
			close: async () => {},
		};
		return fake as IceHost;
	};
	return {leader: host(pair[0]), follower: host(pair[1])};
}

const servers = {stun: ['stun:192.0.2.1:3478'], turn: []};

test.serial('an ICE carrier is taken where no TCP route runs, under the route it really has', async (t) => {
	const scene = await openDirectScene();
	const signalling = createSignalling();
	const ice = fakeIce('ice-host');
	const [atLeader, atFollower] = await Promise.all([
		attempt(scene, 'leader', {signalling: signalling.leader, ice: {host: ice.leader, servers}}),
		attempt(scene, 'follower', {signalling: signalling.follower, ice: {host: ice.follower, servers}}),
	]);
	t.is(atLeader.route, 'ice-host');
	t.deepEqual(scene.leader.records, [
		{route: 'ice-srflx'},
		{route: 'ice-host'},
		{route: 'ice-srflx', outcome: 'failed', reason: 'not needed: ice-host was there first'},
		{route: 'ice-host', outcome: 'ok'},
	]);
	atLeader.close('done');
	await atFollower.closed;
	scene.stop();
});

test.serial(
	'TCP wins against ICE that is there first, if it comes within the time that ICE waits',
	async (t) => {
		const scene = await openDirectScene();
		const signalling = createSignalling();
		const ice = fakeIce('ice-srflx');
		const opening = Promise.all([
			attempt(scene, 'leader', {
				signalling: signalling.leader,
				ice: {host: ice.leader, servers},
				// A route that is tried for as long as it takes.
				known: [{ip: '127.0.0.1', port: scene.follower.at.port}],
			}),
			attempt(scene, 'follower', {signalling: signalling.follower, ice: {host: ice.follower, servers}}),
		]);
		const [atLeader, atFollower] = await opening;
		t.is(atLeader.route, 'tcp-lan');
		t.is(atFollower.route, 'tcp-lan');
		atLeader.close('done');
		await atFollower.closed;
		scene.stop();
	},
);

test.serial('with routes tcp no ICE is started', async (t) => {
	const scene = await openDirectScene();
	const signalling = createSignalling();
	const ice = fakeIce('ice-srflx');
	const options = {routes: 'tcp' as const};
	const failures = await Promise.all([
		outcome(
			attempt(scene, 'leader', {...options, signalling: signalling.leader, ice: {host: ice.leader, servers}}),
		),
		outcome(
			attempt(scene, 'follower', {
				...options,
				signalling: signalling.follower,
				ice: {host: ice.follower, servers},
			}),
		),
	]);
	for (const failure of failures) t.is(failure?.code, 'no_path');
	scene.stop();
});

/** Reflectors on loopback that tell another port for each of two questions: what a symmetric NAT looks like. */
async function lyingReflectors(ip: string): Promise<{urls: string[]; close(): void}> {
	let port = 20_000;
	const servers = await Promise.all(
		[0, 1].map(async () => {
			const server = http.createServer((_request, response) =>
				response.end(JSON.stringify({ip, port: port++})),
			);
			server.listen(0, '127.0.0.1');
			await new Promise((resolve) => server.once('listening', resolve));
			return server;
		}),
	);
	const urls = servers.map((server) => {
		const address = server.address();
		return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/reflect`;
	});
	return {
		urls,
		close() {
			for (const server of servers) {
				server.closeAllConnections();
				server.close();
			}
		},
	};
}

test.serial('a symmetric NAT on both sides is recognised and named, and nothing is punched', async (t) => {
	const scene = await openDirectScene();
	const signalling = createSignalling();
	const [one, other] = [await lyingReflectors('198.51.100.1'), await lyingReflectors('198.51.100.2')];
	const failures = await Promise.all([
		outcome(attempt(scene, 'leader', {signalling: signalling.leader, reflectors: one.urls})),
		outcome(attempt(scene, 'follower', {signalling: signalling.follower, reflectors: other.urls})),
	]);
	for (const failure of failures) t.is(failure?.message, 'symmetric NAT on both sides');
	t.deepEqual(scene.leader.records, [
		{route: 'tcp-punched'},
		{route: 'tcp-punched', outcome: 'failed', reason: 'symmetric NAT on both sides'},
	]);
	one.close();
	other.close();
	scene.stop();
});

test.serial('a reflector that does not answer is named', async (t) => {
	const scene = await openDirectScene();
	const signalling = createSignalling();
	const reflectors = [`http://127.0.0.1:${await closedPort()}/reflect`];
	const [atLeader, atFollower] = await Promise.all([
		outcome(attempt(scene, 'leader', {signalling: signalling.leader, reflectors})),
		outcome(attempt(scene, 'follower', {signalling: signalling.follower})),
	]);
	t.is(atLeader?.message, 'the server that tells public addresses: refused');
	t.is(atFollower?.message, 'the server that tells public addresses: refused');
	scene.stop();
});
