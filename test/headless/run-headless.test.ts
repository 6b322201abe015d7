import test from 'ava';
import {type PublicEvent} from '../../source/core/public-event.js';
import {formatPlainLine} from '../../source/headless/plain-line.js';
import {formatJsonLine, runHeadless} from '../../source/headless/run-headless.js';
import {fakeSession} from '../helpers/fake-session.js';

const head = 'a'.repeat(40);
const peerId = 'bbbb7f3aaaaaaaaaaaaaaaaaaa';
const nameOf = (id: string) => (id === peerId ? 'bob' : 'you');
const events: readonly (readonly [event: PublicEvent, line: string | undefined])[] = [
	[
		{event: 'ready', session_id: 's', peer_id: peerId, role: 'member', relay_url: 'ws://r', root: '/p'},
		'ready: member of session s in /p, relay ws://r',
	],
	[
		{
			event: 'ready',
			session_id: 's',
			peer_id: peerId,
			role: 'host',
			relay_url: 'ws://r',
			root: '/p',
			invite: 'i',
		},
		'ready: host of session s in /p, relay ws://r, invite i',
	],
	[{event: 'peer_joined', peer_id: peerId, name: 'bob'}, 'peer is here: bob (bbbb)'],
	[{event: 'peer_left', peer_id: peerId, reason: 'left'}, 'peer left: bob, left'],
	[
		{event: 'link', peer_id: peerId, status: 'online', tier: 'proxy', route: 'proxy'},
		'link to bob: online by proxy',
	],
	[
		{event: 'link', peer_id: peerId, status: 'online', tier: 'direct', route: 'tcp-lan'},
		'link to bob: online by direct (tcp-lan)',
	],
	[
		{event: 'peer_left', peer_id: peerId, reason: 'lost'},
		'peer left: bob, its connection to the relay was lost',
	],
	[{event: 'link', peer_id: peerId, status: 'offline', reason: 'gone'}, 'link to bob: offline, gone'],
	[{event: 'attempt', peer_id: peerId, tier: 'proxy', route: 'proxy', outcome: 'ok', took_ms: 1}, undefined],
	[
		{
			event: 'attempt',
			peer_id: peerId,
			tier: 'proxy',
			route: 'proxy',
			outcome: 'failed',
			took_ms: 9,
			reason: 'r',
		},
		'proxy to bob failed after 9 ms: r',
	],
	[
		{event: 'attempt', peer_id: peerId, tier: 'proxy', route: 'proxy', outcome: 'failed', took_ms: 9},
		'proxy to bob failed after 9 ms: no reason given',
	],
	[{event: 'snapshot', head, paths: 3, took_ms: 1}, 'saved here: 3 paths (aaaaaaaaaaaa)'],
	[{event: 'applied', head, from_peer_id: peerId, paths: 3, took_ms: 1}, 'from bob: 3 paths (aaaaaaaaaaaa)'],
	[
		{event: 'applied', head, from_peer_id: peerId, paths: 0, took_ms: 1},
		'from bob: nothing to write (aaaaaaaaaaaa)',
	],
	[
		{event: 'snapshot', head, paths: 1, took_ms: 1, branch: 'next'},
		'saved here: 1 path (aaaaaaaaaaaa), switched to next',
	],
	[{event: 'synced', head, tree: head}, 'in step at aaaaaaaaaaaa'],
	[{event: 'conflict', path: 'a\nb', peers: []}, 'conflict: a\\u{a}b'],
	[{event: 'conflict', path: 'a', peers: ['me', peerId]}, 'conflict: a, between you and bob'],
	[{event: 'resolved', path: 'a', take: 'mine'}, 'resolved: a, mine'],
	[{event: 'editing', peer_id: peerId, paths: ['a']}, undefined],
	[{event: 'problem', code: 'c', message: 'm'}, 'problem: m'],
	[{event: 'problem', code: 'c', message: 'm', path: 'p'}, 'problem with p: m'],
	[{event: 'halted', code: 'c', message: 'm'}, 'halted: m'],
	[{event: 'error', code: 'c', message: 'm'}, 'error: m'],
];

for (const [event, line] of events) {
	test(`${event.event} ${line === undefined ? 'makes no plain line' : `is the line "${line}"`}`, (t) => {
		t.is(formatPlainLine(event, nameOf), line);
	});
}

test('a route that nobody needed makes no plain line', (t) => {
	const reason = 'not needed: tcp-lan was there first';
	const attempt = {event: 'attempt', peer_id: peerId, tier: 'direct', route: 'ice-host', took_ms: 9} as const;
	t.is(formatPlainLine({...attempt, outcome: 'failed', reason}, nameOf), undefined);
});

test('a JSON line has event and time first and stays one line', (t) => {
	const line = formatJsonLine({event: 'conflict', path: 'a\nb', peers: ['x']}, 7);
	t.is(line, '{"event":"conflict","at":7,"path":"a\\nb","peers":["x"]}');
});

test('events become lines until the session has ended', async (t) => {
	const {session, emit, end} = fakeSession();
	const lines: string[] = [];
	const sink = {write: (line: string) => lines.push(line), writableLength: 0};
	const running = runHeadless(session, {json: true, sink, now: () => 1});
	emit({event: 'synced', head, tree: head});
	end({exitCode: 0});
	t.deepEqual(await running, {exitCode: 0});
	emit({event: 'error', code: 'late', message: 'late'});
	t.deepEqual(
		lines.map((line) => JSON.parse(line) as unknown),
		[{event: 'synced', at: 1, head, tree: head}],
	);
});

const ready: PublicEvent = {
	event: 'ready',
	session_id: 's',
	peer_id: peerId,
	role: 'member',
	relay_url: 'ws://r',
	root: '/p',
};
const joined: PublicEvent = {event: 'peer_joined', peer_id: peerId, name: 'bob'};

for (const [title, emitted, written] of [
	['the first line is ready, also where others were met before', [joined, ready], ['ready', 'peer_joined']],
	[
		'a folder that halts before it is ready says so at once',
		[joined, {event: 'halted', code: 'root_missing', message: 'gone'}],
		['peer_joined', 'halted'],
	],
	['what was held back is told at the end', [joined], ['peer_joined']],
] as const) {
	test(title, async (t) => {
		const {session, emit, end} = fakeSession();
		const lines: string[] = [];
		const sink = {write: (line: string) => lines.push(line), writableLength: 0};
		const running = runHeadless(session, {json: true, sink, now: () => 1});
		for (const event of emitted) emit(event);
		const before = lines.length;
		end({exitCode: 0});
		await running;
		t.deepEqual(
			lines.map((line) => (JSON.parse(line) as {event: string}).event),
			[...written],
		);
		if (written.length > 1) t.is(before, written.length);
	});
}

test('plain lines tell what happens before the folder is ready as it happens', async (t) => {
	const {session, emit, end} = fakeSession();
	const lines: string[] = [];
	const sink = {write: (line: string) => lines.push(line), writableLength: 0};
	const running = runHeadless(session, {json: false, sink, now: () => 1});
	emit(joined);
	t.deepEqual(lines, ['peer is here: bob (bbbb)\n']);
	end({exitCode: 0});
	await running;
});

test('plain lines call peers by their names', async (t) => {
	const {session, emit, end} = fakeSession();
	const {self, peers} = session.getSnapshot();
	const [peer] = peers.values();
	const lines: string[] = [];
	const running = runHeadless(session, {
		json: false,
		sink: {write: (line: string) => lines.push(line), writableLength: 0},
		now: () => 1,
	});
	emit({event: 'conflict', path: 'a', peers: [self.peerId, peer!.peerId]});
	end({exitCode: 0});
	await running;
	t.deepEqual(lines, [`conflict: a, between you and ${peer!.name}\n`]);
});

test('a reader that stands still costs progress lines and no others', async (t) => {
	const {session, emit, end} = fakeSession();
	const lines: string[] = [];
	const sink = {write: (line: string) => lines.push(line), writableLength: 10_000_000};
	const running = runHeadless(session, {json: true, sink, now: () => 1});
	emit({event: 'transfer', peer_id: peerId, direction: 'in', tier: 'proxy', done_bytes: 1, objects: 1});
	emit({event: 'conflict', path: 'a', peers: []});
	end({exitCode: 0});
	await running;
	t.is(lines.length, 1);
});
