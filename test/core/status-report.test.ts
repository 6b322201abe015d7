import test from 'ava';
import {findPeer} from '../../source/core/find-peer.js';
import {reportConflicts, reportStatus, selectOverallState} from '../../source/core/status-report.js';
import {type State} from '../../source/core/state.js';
import {headOne, headTwo, samplePeer, sampleState} from '../helpers/sample-state.js';

const {project} = sampleState();
const withPeers = (...peers: ReturnType<typeof samplePeer>[]) =>
	new Map(peers.map((peer) => [peer.peerId, peer]));
const conflict: State['conflicts'][number] = {
	path: 'a.txt',
	kind: 'delete',
	base: `${headTwo}-100644`,
	baseFacts: {bytes: 7, binary: false},
	since: 5,
	sides: [
		{content: 'absent', peerId: 'b', name: 'bob', at: 1, mine: false},
		{
			content: `${headOne}-100755`,
			facts: {bytes: 9, binary: true},
			peerId: 'a',
			name: 'ada',
			at: 2,
			mine: true,
		},
	],
};

const overall: readonly (readonly [what: string, change: Partial<State>, state: string])[] = [
	['the same head on all online peers', {}, 'synced'],
	['no online peer', {peers: new Map()}, 'alone'],
	['a peer with another head', {peers: withPeers(samplePeer({head: headTwo}))}, 'syncing'],
	[
		'an offline peer with another head',
		{peers: withPeers(samplePeer({head: headTwo, link: {status: 'offline', reason: 'gone'}}))},
		'alone',
	],
	['an open conflict', {conflicts: [conflict]}, 'conflicted'],
	['a scan under way', {project: {...project, activity: {kind: 'scanning', done: 1}}}, 'working'],
	[
		'a git operation of the user',
		{project: {...project, activity: {kind: 'held', operation: 'rebase'}}},
		'held',
	],
	['a pause', {project: {...project, mode: {kind: 'paused'}}}, 'paused'],
	['a guard', {project: {...project, mode: {kind: 'halted', code: 'root_emptied', message: ''}}}, 'halted'],
];

for (const [what, change, state] of overall) {
	test(`${what} makes the state ${state}`, (t) => {
		t.is(selectOverallState(sampleState(change)), state as never);
	});
}

test('status has the fields that are promised, in snake_case and fit for JSON', (t) => {
	const report = reportStatus(sampleState());
	t.deepEqual(JSON.parse(JSON.stringify(report)), report);
	t.like(report, {session_id: 'k7f3q2aaaaaaaaaaaaaaaaaaaa', head: headOne, state: 'synced', role: 'host'});
	t.like(report.peers[0], {
		name: 'bob',
		status: 'online',
		tier: 'proxy',
		route: 'proxy',
		rtt_ms: 4,
		in_step: true,
		behind: 0,
		bytes_in: {direct: 0, proxy: 10, json: 0},
	});
	t.false(JSON.stringify(report).includes('1secret'));
});

test('a conflict shows base and sides by oid and mode, and a side that deleted by neither', (t) => {
	t.deepEqual(reportConflicts(sampleState({conflicts: [conflict]})), [
		{
			path: 'a.txt',
			kind: 'delete',
			since: 5,
			base: {oid: headTwo, mode: '100644', bytes: 7, binary: false},
			sides: [
				{peer_id: 'b', name: 'bob', at: 1, mine: false},
				{peer_id: 'a', name: 'ada', at: 2, mine: true, oid: headOne, mode: '100755', bytes: 9, binary: true},
			],
		},
	]);
});

test('a peer is found by name, by id, by the start of its id, and by both where two share a name', (t) => {
	const bob = samplePeer();
	const other = samplePeer({peerId: 'cccc7f3aaaaaaaaaaaaaaaaaaa'});
	const eve = samplePeer({peerId: 'dddd7f3aaaaaaaaaaaaaaaaaaa', name: 'eve'});
	const peers = withPeers(bob, other, eve);
	t.deepEqual(findPeer(peers, 'eve'), {ok: true, peerId: eve.peerId});
	t.deepEqual(findPeer(peers, eve.peerId), {ok: true, peerId: eve.peerId});
	t.deepEqual(findPeer(peers, 'cccc7'), {ok: true, peerId: other.peerId});
	t.deepEqual(findPeer(peers, 'bob·bbbb'), {ok: true, peerId: bob.peerId});
	t.deepEqual(findPeer(peers, 'bob-bbbb'), {ok: true, peerId: bob.peerId});
	t.deepEqual(findPeer(peers, 'bob:cccc7f3a'), {ok: true, peerId: other.peerId});
	t.deepEqual(findPeer(peers, 'bob'), {ok: false, code: 'peer_ambiguous', choices: 'bob:bbbb, bob:cccc'});
	for (const text of ['ev', 'bob·dddd', 'eeee', ''])
		t.like(findPeer(peers, text), {code: 'peer_unknown'}, text);
});
