/** Real multicast, on the loopback interface and a port of the test's own. */
import {randomBytes} from 'node:crypto';
import {createSocket, type Socket} from 'node:dgram';
import {once} from 'node:events';
import test, {type ExecutionContext} from 'ava';
import {createIdentity} from '../../../source/transport/identity.js';
import {type LanInterface} from '../../../source/transport/lan/lan-interfaces.js';
import {type LanDiscoveryOptions, openLanDiscovery} from '../../../source/transport/lan/lan-discovery.js';
import {type LanPeer} from '../../../source/transport/lan/lan-peers.js';
import {seededRandom} from '../../helpers/random.js';
import {waitUntil} from '../../helpers/wait.js';

const group = '224.0.0.251';
const loopback = (address = '127.0.0.1'): LanInterface => ({name: 'lo', zone: 'lo', v4: [address], v6: []});

async function bound(options: {reuseAddr?: boolean; port?: number; address?: string} = {}): Promise<Socket> {
	const socket = createSocket({type: 'udp4', reuseAddr: options.reuseAddr ?? true});
	socket.bind({port: options.port ?? 0, address: options.address});
	await once(socket, 'listening');
	return socket;
}

async function freePort(): Promise<number> {
	const socket = await bound();
	const {port} = socket.address();
	socket.close();
	return port;
}

/** All are on one address here, so each has a port of its own. */
let nextPort = 4001;

/** Opens a discovery that is closed with the test, and keeps what it tells. */
function open(t: ExecutionContext, port: number, options: Partial<LanDiscoveryOptions> = {}) {
	const found: LanPeer[] = [];
	const lost: string[] = [];
	const problems: string[] = [];
	const {peerId} = createIdentity();
	const self = {peerId, instance: randomBytes(9).toString('base64url'), port: nextPort++};
	const discovery = openLanDiscovery({
		secret: new Uint8Array(32).fill(7),
		self,
		found: (peer) => found.push(peer),
		lost: (id) => lost.push(id),
		problem: (reason) => problems.push(reason),
		interfaces: () => [loopback()],
		port,
		loopback: true,
		...options,
	});
	t.teardown(() => discovery.close());
	return {peerId, self, found, lost, problems, discovery};
}

test('Two members find each other within two seconds, and a listener finds both and is found by none', async (t) => {
	const port = await freePort();
	const ada = open(t, port);
	const bob = open(t, port);
	const listener = open(t, port, {self: undefined});
	await waitUntil('Ada finds Bob', () => ada.found[0]?.peerId === bob.peerId, 2000);
	await waitUntil('Bob finds Ada', () => bob.found[0]?.peerId === ada.peerId, 2000);
	await waitUntil('the listener finds both', () => listener.found.length === 2, 2000);
	t.like(bob.found[0], {instance: ada.self.instance, addresses: [{ip: '127.0.0.1', port: ada.self.port}]});
	t.deepEqual([ada.found.length, bob.found.length], [1, 1]);
});

test('Another session in the same network is not seen', async (t) => {
	const port = await freePort();
	const ada = open(t, port);
	const stranger = open(t, port, {secret: new Uint8Array(32).fill(8)});
	const bob = open(t, port);
	await waitUntil('Ada finds Bob', () => ada.found.length > 0);
	await waitUntil('Bob finds Ada', () => bob.found.length > 0);
	t.deepEqual(stranger.found, []);
	t.deepEqual([ada.found.length, bob.found.length], [1, 1]);
});

test('Who closes has said goodbye, and is lost within three seconds', async (t) => {
	const port = await freePort();
	const ada = open(t, port);
	const bob = open(t, port);
	await waitUntil('Ada finds Bob', () => ada.found.length > 0);
	await bob.discovery.close();
	await waitUntil('Ada loses Bob', () => ada.lost.includes(bob.peerId), 3000);
	t.is(bob.lost.length, 0);
});

test('One whose connection died is asked, and lost only if it does not answer', async (t) => {
	const port = await freePort();
	let interfaces = [loopback()];
	const ada = open(t, port);
	const bob = open(t, port);
	const eve = open(t, port, {interfaces: () => interfaces});
	await waitUntil('Ada finds both', () => ada.found.length === 2);
	interfaces = [];
	// Eve falls silent without a goodbye when she has looked at her interfaces again.
	await waitUntil(
		'Ada loses Eve',
		() => {
			for (const {peerId} of [bob, eve]) ada.discovery.doubt(peerId);
			return ada.lost.length > 0;
		},
		15_000,
	);
	t.deepEqual(ada.lost, [eve.peerId]);
	interfaces = [loopback()];
	await waitUntil('Eve is found again', () => ada.found.length === 3, 6000);
});

test('An interface that comes up later, and other addresses on it, are announced by themselves', async (t) => {
	const port = await freePort();
	let interfaces: readonly LanInterface[] = [];
	const ada = open(t, port);
	const bob = open(t, port, {interfaces: () => interfaces});
	t.deepEqual(bob.problems, []);
	interfaces = [loopback()];
	await waitUntil('Ada finds Bob', () => ada.found.length === 1, 3000);
	await waitUntil('Bob finds Ada', () => bob.found.length === 1, 3000);
	interfaces = [{...loopback(), v4: ['127.0.0.1', '127.0.0.7']}];
	await waitUntil('Ada hears of the move', () => ada.found.length === 2, 3000);
	t.deepEqual(
		ada.found[1]?.addresses.map(({ip}) => ip),
		['127.0.0.1', '127.0.0.7'],
	);
	t.deepEqual(ada.lost, []);
});

test('Without an interface it is quiet, and ends at once', async (t) => {
	const lonely = open(t, await freePort(), {interfaces: () => []});
	await lonely.discovery.close();
	t.deepEqual([lonely.found, lonely.lost, lonely.problems], [[], [], []]);
});

test('The port is shared with others who share it; where one does not, that is told once', async (t) => {
	const port = await freePort();
	const other = await bound({port});
	t.teardown(() => other.close());
	other.addMembership(group, '127.0.0.1');
	const ada = open(t, port);
	const bob = open(t, port);
	await waitUntil('Ada finds Bob', () => ada.found.length > 0, 2000);
	await waitUntil('Bob finds Ada', () => bob.found.length > 0, 2000);

	const taken = await freePort();
	const owner = await bound({port: taken, reuseAddr: false});
	t.teardown(() => owner.close());
	const late = open(t, taken);
	await waitUntil('it is told', () => late.problems.length > 0);
	t.regex(late.problems[0] ?? '', /EADDRINUSE/);
});

test('Rubbish, floods and copies from the network neither stop it nor make it say anything', async (t) => {
	const port = await freePort();
	const heard: Buffer[] = [];
	const spy = await bound({port, address: process.platform === 'win32' ? undefined : group});
	t.teardown(() => spy.close());
	spy.addMembership(group, '127.0.0.1');
	spy.on('message', (bytes) => heard.push(bytes));
	const ada = open(t, port);
	const bob = open(t, port);
	await waitUntil('Ada finds Bob', () => ada.found.length > 0);
	await waitUntil('Bob finds Ada', () => bob.found.length > 0);

	const enemy = await bound();
	t.teardown(() => enemy.close());
	enemy.setMulticastInterface('127.0.0.1');
	const say = async (bytes: Buffer) =>
		new Promise<void>((resolve) => enemy.send(bytes, port, group, () => resolve()));
	const random = seededRandom(5353);
	for (const original of [...heard]) {
		await say(original);
		for (let times = 0; times < 30; times++) {
			const broken = Buffer.from(original);
			for (let index = 0; index < 8; index++) {
				broken[random.below(broken.length)] = random.below(256);
			}
			await say(broken.subarray(0, 12 + random.below(broken.length)));
		}
	}
	for (let times = 0; times < 200; times++) await say(random.bytes(1 + times * 7));

	const eve = open(t, port);
	await waitUntil('Ada finds Eve all the same', () => ada.found.some(({peerId}) => peerId === eve.peerId));
	const known = new Set([ada.peerId, bob.peerId, eve.peerId]);
	t.true([...ada.found, ...bob.found].every(({peerId}) => known.has(peerId)));
	t.deepEqual([ada.lost, bob.lost], [[], []]);
});
