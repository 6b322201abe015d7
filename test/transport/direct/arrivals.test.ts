/** Who gets in through the listener, and the two errands beside an attempt: to knock, and to be introduced. */
import {once} from 'node:events';
import net from 'node:net';
import test from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {DirectListener} from '../../../source/transport/direct/direct-listener.js';
import {HeldArrivals} from '../../../source/transport/direct/held-arrivals.js';
import {introduce} from '../../../source/transport/direct/introduce.js';
import {knock} from '../../../source/transport/direct/knock.js';
import {waitUntil} from '../../helpers/wait.js';
import {createPerson, helloOf} from '../support/peers.js';
import {attempt, countSockets, type DirectScene, openDirectScene} from './support/direct-peers.js';

const wordsOf = async (work: Promise<unknown>): Promise<string | undefined> => {
	try {
		await work;
		return undefined;
	} catch (error) {
		return error instanceof Failure ? `${error.code}: ${error.message}` : String(error);
	}
};

const knockOf = ({leader, follower, keys}: DirectScene) => ({
	candidates: [leader.at],
	peer: {peerId: leader.person.identity.peerId, instance: leader.person.instance},
	identity: follower.person.identity,
	instance: follower.person.instance,
	keys,
	hello: helloOf(follower.person.name),
	loopback: true,
});

test.serial(
	'a follower’s knock gets the leader’s number and becomes the channel of that attempt',
	async (t) => {
		const scene = await openDirectScene();
		const knocking = knock(knockOf(scene));
		const arrival = await scene.leader.arrived();
		t.is(arrival.generation, 0);
		t.is(arrival.peerId, scene.follower.person.identity.peerId);
		t.is(arrival.instance, scene.follower.person.instance);
		const opening = attempt(scene, 'leader', {generation: 12});
		const answered = await knocking;
		t.is(answered.generation, 12);
		t.true(scene.follower.held.hold(answered));
		const [atLeader, atFollower] = await Promise.all([opening, attempt(scene, 'follower', {generation: 12})]);
		t.is(atLeader.generation, 12);
		t.is(atFollower.generation, 12);
		t.is(atFollower.peerId, scene.leader.person.identity.peerId);
		atFollower.close('done');
		await atLeader.closed;
		scene.stop();
	},
);

test.serial(
	'a knock that is refused, and one at an earlier process of the leader, end in words',
	async (t) => {
		const scene = await openDirectScene();
		const knocking = wordsOf(knock(knockOf(scene)));
		(await scene.leader.arrived()).refuse('paused');
		t.is(await knocking, 'no_path: cut off');

		const peer = {...knockOf(scene).peer, instance: 'earlier'};
		const late = wordsOf(knock({...knockOf(scene), peer}));
		await scene.leader.arrived();
		const opening = wordsOf(attempt(scene, 'leader'));
		t.is(await late, 'no_path: the peer has started anew meanwhile');
		await opening;
		scene.stop();
	},
);

test.serial('a knock goes nowhere that a candidate may not lead', async (t) => {
	const scene = await openDirectScene();
	const refused = wordsOf(knock({...knockOf(scene), loopback: false}));
	t.is(await refused, 'no_path: no address of the peer is known');
	t.deepEqual(scene.leader.arrivals, []);
	scene.stop();
});

test.serial('a newcomer is told the founder’s key by whoever answers, and nobody hears of it', async (t) => {
	const scene = await openDirectScene();
	const {identity, instance} = createPerson('Eve');
	const {sessionId, psk} = scene.keys;
	const closed = {ip: '127.0.0.1', port: 1024};
	const options = {identity, instance, sessionId, psk, candidates: [closed, scene.leader.at]};
	const told = await introduce(options);
	t.is(told.peerId, scene.leader.person.identity.peerId);
	t.is(told.founderKey, scene.leader.person.identity.publicKey);
	t.is(told.hello.name, scene.leader.person.name);
	t.is((await introduce({...options, peerId: told.peerId})).instance, scene.leader.person.instance);
	t.deepEqual(scene.leader.arrivals, []);

	const other = scene.follower.person.identity.peerId;
	t.regex((await wordsOf(introduce({...options, peerId: other}))) ?? '', /^no_path: /);
	t.regex((await wordsOf(introduce({...options, psk: Buffer.alloc(32, 1)}))) ?? '', /^no_path: /);
	t.regex((await wordsOf(introduce({...options, sessionId: 'x'.repeat(26)}))) ?? '', /^no_path: /);
	scene.stop();
	await waitUntil('all is closed', () => countSockets() === 0);
});

test.serial('strangers hear nothing, are closed, and are told to nobody', async (t) => {
	const scene = await openDirectScene();
	const {port} = scene.leader.at;
	for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0000\u0001x', '']) {
		const socket = net.connect({host: '127.0.0.1', port});
		let heard = '';
		socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1'))).on('error', () => {});
		await once(socket, 'connect');
		const closing = new Promise((resolve) => socket.once('close', resolve));
		socket.end(bytes, 'latin1');
		await closing;
		// A TLS alert at most.
		t.true(heard.length < 16, heard);
	}
	t.deepEqual(scene.leader.arrivals, []);
	scene.stop();
});

test.serial('one address has eight sockets before it has proved anything, and gets them back', async (t) => {
	const scene = await openDirectScene();
	const {port} = scene.leader.at;
	const sockets = Array.from({length: 12}, () =>
		net
			.connect({host: '127.0.0.1', port})
			.on('error', () => {})
			.resume(),
	);
	await waitUntil('those too many are closed', () => sockets.filter((one) => one.closed).length === 4);
	for (const socket of sockets) socket.destroy();
	await waitUntil('only the two listeners are left', () => countSockets() === 2);
	const knocking = wordsOf(knock(knockOf(scene)));
	(await scene.leader.arrived()).refuse('done');
	await knocking;
	scene.stop();
	await waitUntil('all is closed', () => countSockets() === 0);
	t.pass();
});

test.serial('a listener that listens nowhere takes what another server accepted', async (t) => {
	const scene = await openDirectScene();
	const {person} = scene.leader;
	const held = new HeldArrivals();
	const listener = new DirectListener({
		identity: person.identity,
		instance: person.instance,
		keys: scene.keys,
		arrived: (arrival) => void held.hold(arrival),
	});
	t.is(listener.port, undefined);
	// As a relay does: it looks at the first byte and puts it back.
	const server = net.createServer((socket) => {
		socket.once('data', (chunk: Buffer) => {
			socket.pause();
			t.is(chunk[0], 0x16);
			socket.unshift(chunk);
			listener.take(socket);
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const at = {ip: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0};
	const peerId = scene.follower.person.identity.peerId;
	const knocking = knock({...knockOf(scene), candidates: [at]});
	const opening = attempt(scene, 'leader', {
		generation: 4,
		arrivals: held.of(peerId, 4),
		signalling: {send: () => {}, receive: () => () => {}},
	});
	const answered = await knocking;
	t.is(answered.generation, 4);
	scene.follower.held.hold(answered);
	const [atLeader, atFollower] = await Promise.all([opening, attempt(scene, 'follower', {generation: 4})]);
	atLeader.close('done');
	await atFollower.closed;
	server.close();
	listener.close();
	scene.stop();
});

test('sixteen arrivals are held; those of one attempt are given out, and the rest is closed', (t) => {
	const held = new HeldArrivals();
	const refused: string[] = [];
	const fake = (peerId: string, generation: number) => ({
		peerId,
		publicKey: '',
		instance: 'i',
		generation,
		remote: {ip: '192.0.2.1', port: 4000},
		gone: new Promise<void>(() => {}),
		accept: () => Promise.reject(new Failure('closed')),
		refuse: (reason: string) => void refused.push(`${peerId} ${generation} ${reason}`),
	});
	for (let generation = 1; generation <= 16; generation++) t.true(held.hold(fake('a', generation)));
	t.false(held.hold(fake('b', 1)));
	t.deepEqual(refused.splice(0), ['b 1 busy']);
	const taken: number[] = [];
	const stop = held.of('a', 3).take(({generation}) => taken.push(generation));
	t.deepEqual(taken, [3]);
	// A knock joins the attempt that runs.
	t.false(held.hold(fake('a', 0)));
	t.deepEqual(taken, [3, 0]);
	stop();
	t.true(held.hold(fake('b', 2)));
	held.drop('pinned', 'b');
	t.deepEqual(refused.splice(0), ['b 2 pinned']);
	held.close();
	t.is(refused.length, 15);
	t.false(held.hold(fake('a', 1)));
});
