/** How signals find the attempt they belong to: kept until it is opened here, and no longer than it counts. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import {type Event} from '../../source/core/event.js';
import {type Failure} from '../../source/protocol/failure.js';
import {SignalBox} from '../../source/runtime/signal-box.js';
import {type DirectSignal} from '../../source/transport/direct/direct-signal.js';
import {createIdentity} from '../../source/transport/identity.js';
import {deriveSession} from '../../source/transport/session-keys.js';
import {type OwnMessage} from '../../source/transport/tunnel-hub.js';

const candidate = {ip: '192.0.2.7', port: 4000};

type Side = {
	box: SignalBox;
	peerId: string;
	events: Event[];
	/** What this side gave to the relay, as the other side gets it. */
	sent: (Record<string, unknown> & {type: string})[];
};

function createSides(): [leader: Side, follower: Side] {
	const founder = createIdentity();
	const keys = deriveSession({secret: randomBytes(32), founderPublicKey: founder.publicKey});
	const peerIds = [createIdentity().peerId, createIdentity().peerId].sort();
	const make = (peerId: string): Side => {
		const events: Event[] = [];
		const sent: Side['sent'] = [];
		const relay = {
			rttMs: 10,
			send: ({...message}: OwnMessage) =>
				void sent.push({...message, session_id: keys.sessionId, from_peer_id: peerId}),
		};
		const box = new SignalBox({
			self: peerId,
			keys,
			relay: () => relay,
			dispatch: (event) => events.push(event),
		});
		return {box, peerId, events, sent};
	};
	return [make(peerIds[0]!), make(peerIds[1]!)];
}

const attempt = (of: Side, generation: number, leader: boolean) =>
	({peerId: of.peerId, generation, leader, tiers: ['direct', 'json']}) as const;

const ignore = () => undefined;

test('What a leader tells reaches the attempt that its follower opens later, sealed from the relay', (t) => {
	const [leader, follower] = createSides();
	const ours = leader.box.open(attempt(follower, 7, true), ignore)!;
	ours.send({generation: 7, candidates: [candidate]});
	ours.send({generation: 7, natKind: 'open'});
	t.notRegex(JSON.stringify(leader.sent), /192\.0\.2\.7/);
	for (const message of leader.sent) t.true(follower.box.receive(message));
	t.deepEqual(follower.events, [
		{
			type: 'carrier-requested',
			peerId: leader.peerId,
			tier: 'direct',
			generation: 7,
			tiers: ['direct', 'json'],
		},
	]);
	const got: DirectSignal[] = [];
	follower.box.open(attempt(leader, 7, false), ignore)!.receive((signal) => got.push(signal));
	t.deepEqual(
		got.map(({candidates, natKind}) => ({candidates, natKind})),
		[
			{candidates: [candidate], natKind: undefined},
			{candidates: undefined, natKind: 'open'},
		],
	);
});

test('A follower answers to the leader, who is not asked to open anything', (t) => {
	const [leader, follower] = createSides();
	const got: DirectSignal[] = [];
	leader.box.open(attempt(follower, 7, true), ignore)!.receive((signal) => got.push(signal));
	follower.box.open(attempt(leader, 7, false), ignore)!.send({generation: 7, candidates: [candidate]});
	for (const message of follower.sent) leader.box.receive(message);
	t.is(got.length, 1);
	t.deepEqual(leader.events, []);
});

test('A refusal ends the attempt with its reason and with what the other side allows', (t) => {
	const [leader, follower] = createSides();
	follower.box.refuse(leader.peerId, 7, 'pinned', ['json']);
	const failures: Failure[] = [];
	leader.box.open(attempt(follower, 7, true), (failure) => failures.push(failure));
	for (const message of follower.sent) leader.box.receive(message);
	t.is(failures[0]?.code, 'pinned');
	t.is(failures[0]?.details.tiers, 'json');
});

test('A refusal that comes before the attempt is opened is not lost', (t) => {
	const [leader, follower] = createSides();
	follower.box.refuse(leader.peerId, 7, 'pinned', ['json']);
	for (const message of follower.sent) leader.box.receive(message);
	const failures: Failure[] = [];
	leader.box.open(attempt(follower, 7, true), (failure) => failures.push(failure));
	t.is(failures[0]?.code, 'pinned');
});

test('Signals of an older attempt, and those that no member sealed, are dropped', (t) => {
	const [leader, follower] = createSides();
	const [stranger] = createSides();
	const got: DirectSignal[] = [];
	follower.box.open(attempt(leader, 8, false), ignore)!.receive((signal) => got.push(signal));
	leader.box.open(attempt(follower, 7, true), ignore)!.send({generation: 7, candidates: [candidate]});
	stranger.box.open(attempt(follower, 8, true), ignore)!.send({generation: 8, sdp: 'v=0'});
	for (const message of [...leader.sent, ...stranger.sent]) {
		const claimed = {...message, from_peer_id: leader.peerId};
		follower.box.receive(claimed);
	}
	t.deepEqual(
		got.filter(({candidates, sdp}) => candidates !== undefined || sdp !== undefined),
		[],
	);
});

test('A made-up request of the highest generation hides none that comes after its attempt', (t) => {
	const [leader, follower] = createSides();
	const madeUp = {type: 'p2p_connection_request', generation: 0xff_ff_ff, candidates: []};
	const message = {...madeUp, session_id: 'x', from_peer_id: leader.peerId};
	follower.box.receive(message);
	follower.box.open(attempt(leader, 0xff_ff_ff, false), ignore)!.receive(ignore)();
	leader.box.open(attempt(follower, 7, true), ignore)!.send({generation: 7, candidates: [candidate]});
	for (const told of leader.sent) follower.box.receive(told);
	const got: DirectSignal[] = [];
	follower.box.open(attempt(leader, 7, false), ignore)!.receive((signal) => got.push(signal));
	t.deepEqual(got[0]?.candidates, [candidate]);
});

test('A follower asks for an attempt with the number 0', (t) => {
	const [leader, follower] = createSides();
	follower.box.ask(leader.peerId, ['direct']);
	for (const message of follower.sent) leader.box.receive(message);
	const [asked] = leader.events;
	t.like(asked, {type: 'carrier-requested', generation: 0, tier: 'direct', tiers: ['direct']});
});

test('Other messages are somebody else’s', (t) => {
	const [{box}] = createSides();
	t.false(box.receive({type: 'peer_joined'}));
});
