/** One link inside the child, over a library that does what the test says. */
import test from 'ava';
import {ChildLink} from '../../../source/transport/ice/child-link.js';
import {type NativeEvents, type NativePeer} from '../../../source/transport/ice/native-peer.js';
import {decodeCount, type FrameType} from '../../../source/transport/ice/pipe-frame.js';

type Fake = {events: NativeEvents; sent: string[]; calls: string[]};

function openLink({isInitiator = true, accept = () => undefined, queuedBytes = (): number => 0} = {}) {
	const peers: Fake[] = [];
	const said: [FrameType, string][] = [];
	const link = new ChildLink(
		{isInitiator, generation: 7, windowBytes: 1000, native: {servers: []}},
		{
			say: (type, payload = '') => said.push([type, Buffer.from(payload).toString('latin1')]),
			gone: () => said.push(['end', '']),
			openPeer(_options, events): NativePeer {
				const number = peers.length;
				const fake: Fake = {events, sent: [], calls: []};
				peers.push(fake);
				return {
					offer: () => void fake.calls.push('offer'),
					answer: () => void fake.calls.push('answer'),
					accept: () => accept(),
					addCandidate: (candidate) => void fake.calls.push(candidate),
					description: () => describe(`ours${number}`),
					pair: () => undefined,
					send: (bytes) => void fake.sent.push(`${bytes.byteLength} bytes`),
					sendText: (text) => void fake.sent.push(text),
					queuedBytes: () => queuedBytes(),
					close: () => void fake.calls.push('close'),
				};
			},
		},
	);
	link.start();
	return {link, peers, said, told: () => said.filter(([type]) => type === 'described').map(([, sdp]) => sdp)};
}

const describe = (ufrag: string) => `v=0\r\na=ice-ufrag:${ufrag}\r\n`;

function open({link, peers}: ReturnType<typeof openLink>): void {
	link.remote(describe('theirs'));
	peers[0]!.events.opened();
	peers[0]!.events.text('hello pulsync-ice/1 7 5000 ice-srflx');
}

test('who offers does it anew when the first connection fails early, and takes the new answer', (t) => {
	const {link, peers, told} = openLink();
	peers[0]!.events.gathered(true);
	link.remote(describe('theirs'));
	peers[0]!.events.state('failed');
	t.deepEqual(peers[0]!.calls, ['offer', 'close']);
	t.deepEqual(peers[1]!.calls, ['offer']);
	peers[1]!.events.gathered(true);
	t.deepEqual(told(), [describe('ours0'), describe('ours1')]);
	link.dispose();
});

test('an answer that the library refuses is an early failure too', (t) => {
	const {link, peers, said} = openLink({
		accept() {
			throw new Error('Got a remote candidate without ICE transport');
		},
	});
	link.remote(describe('one'));
	link.remote(describe('two'));
	t.is(peers.length, 3);
	link.remote(describe('three'));
	t.deepEqual(said.slice(-2), [
		['failed', 'Got a remote candidate without ICE transport'],
		['end', ''],
	]);
});

test('who answers waits for a new offer after a failure, and forgets the old one', (t) => {
	const {link, peers, told} = openLink({isInitiator: false});
	link.remote(describe('one'));
	peers[0]!.events.gathered(true);
	peers[0]!.events.state('failed');
	link.remote(describe('one'));
	t.is(peers.length, 1);
	link.remote(describe('two'));
	link.remote(describe('one'));
	t.is(peers.length, 2);
	t.deepEqual(peers[1]!.calls, ['answer']);
	peers[1]!.events.gathered(true);
	t.deepEqual(told(), [describe('ours0'), describe('ours1')]);
	link.dispose();
});

test('a link is open when both ends have greeted, with the worse route and the window of the other end', (t) => {
	const opened = openLink();
	open(opened);
	const [type, payload] = opened.said.at(-1)!;
	t.is(type, 'opened');
	t.is(decodeCount(Buffer.from(payload, 'latin1')), 5000);
	t.is(payload.slice(4), 'ice-srflx');
	t.deepEqual(opened.peers[0]!.sent, ['hello pulsync-ice/1 7 1000 ice-host']);
	opened.link.dispose();
});

for (const [what, first] of [
	['bytes before a greeting', Buffer.from('bytes')],
	['another generation', 'hello pulsync-ice/1 8 5000 ice-host'],
	['another protocol', 'GET / HTTP/1.1'],
	['credit before a greeting', 'credit 1'],
] as const) {
	test(`${what}: that is not this peer`, (t) => {
		const {peers, said} = openLink();
		peers[0]!.events.opened();
		if (typeof first === 'string') peers[0]!.events.text(first);
		else peers[0]!.events.data(first);
		t.deepEqual(said.at(-2), ['failed', 'the other end is not this peer']);
	});
}

test('a peer that sends more than was granted is cut off', (t) => {
	const opened = openLink();
	open(opened);
	const [peer] = opened.peers;
	peer!.events.data(Buffer.alloc(1000));
	opened.link.grant(300);
	peer!.events.data(Buffer.alloc(300));
	t.is(opened.said.at(-1)![0], 'data');
	peer!.events.data(Buffer.alloc(1));
	t.deepEqual(opened.said.at(-1), ['closed', 'credit_exceeded']);
	t.deepEqual(peer!.sent.slice(1), ['credit 300', 'close credit_exceeded']);
	opened.link.dispose();
});

test('what was given before an end leaves before it, and the connection is closed when the other end has it', (t) => {
	const opened = openLink();
	open(opened);
	const [peer] = opened.peers;
	opened.link.data(Buffer.alloc(10));
	opened.link.close('closed');
	opened.link.data(Buffer.alloc(10));
	t.deepEqual(peer!.sent.slice(1), ['10 bytes', 'close closed']);
	t.false(peer!.calls.includes('close'));
	peer!.events.text('bye');
	t.true(peer!.calls.includes('close'));
	t.deepEqual(opened.said.at(-1), ['end', '']);
});

test('a connection that dies is a lost carrier', (t) => {
	const opened = openLink();
	open(opened);
	opened.peers[0]!.events.state('failed');
	t.deepEqual(opened.said.slice(-2), [
		['closed', 'carrier_lost'],
		['end', ''],
	]);
});

test('a peer that grants more than it takes does not fill this process', (t) => {
	let queued = 0;
	const scene = openLink({queuedBytes: () => queued});
	open(scene);
	scene.link.data(Buffer.alloc(10));
	queued = 17 * 1024 * 1024;
	scene.link.data(Buffer.alloc(10));
	t.true(scene.said.some(([type, payload]) => type === 'closed' && payload === 'credit_exceeded'));
	scene.link.dispose();
});
