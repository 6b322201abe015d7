import test from 'ava';
import {type Peer, type State} from '../../source/core/state.js';
import {selectOverall, selectStanding, type Standing} from '../../source/tui/overall.js';
import {
	nextPin,
	selectPeers,
	selectSharedNames,
	selectTickMs,
	selectUnsynced,
	type Unsynced,
} from '../../source/tui/select.js';
import {hasSameSides} from '../../source/tui/same-sides.js';
import {overallText} from '../../source/tui/sentences.js';
import {busyState, makeConflict, makePeer, makeState, noon, peersOf} from './fixtures/state.js';

const project = makeState().project;
const transfer = {tier: 'proxy', startedAt: noon, doneBytes: 1, doneObjects: 0, resumedBytes: 0} as const;
const bob = makePeer({name: 'bob'});
const other = 'f'.repeat(40);
const ours = project.head ?? '';

const words: [string, Partial<State>, string][] = [
	['nobody else', {}, 'alone'],
	[
		'nobody else, and the first look at the folder under way',
		{project: {...project, head: undefined, activity: {kind: 'scanning', done: 5}}},
		'reading the folder',
	],
	['nobody else, and no way to anybody', {hasNetwork: false}, 'no network'],
	['no network, and somebody on this machine', {hasNetwork: false, peers: peersOf(bob)}, 'in step'],
	['everybody has the same', {peers: peersOf(bob)}, 'in step'],
	[
		'nobody has anything',
		{project: {...project, head: undefined}, peers: peersOf({...bob, head: undefined})},
		'in step',
	],
	['a peer has another head', {peers: peersOf({...bob, head: other})}, '1 peer differs'],
	[
		'a peer has two snapshots that we lack',
		{peers: peersOf({...bob, head: other, distance: {ours, theirs: other, ahead: 2, behind: 1}})},
		'2 behind',
	],
	[
		'a peer lacks three of ours',
		{peers: peersOf({...bob, head: other, distance: {ours, theirs: other, ahead: 0, behind: 3}})},
		'1 peer is behind',
	],
	[
		'a distance that was measured for another head',
		{peers: peersOf({...bob, head: other, distance: {ours: other, theirs: other, ahead: 2, behind: 0}})},
		'1 peer differs',
	],
	[
		'a peer that is on its way here has another head',
		{
			peers: peersOf(bob, makePeer({name: 'eve', head: other, link: {status: 'offline', reason: 'no path'}})),
		},
		'1 peer differs',
	],
	[
		'a transfer of known size',
		{peers: peersOf({...bob, transferIn: {...transfer, doneBytes: 34, totalBytes: 100}})},
		'syncing 34 %',
	],
	[
		'a transfer that has everything but is not over',
		{peers: peersOf({...bob, transferIn: {...transfer, doneBytes: 100, totalBytes: 100}})},
		'syncing 99 %',
	],
	['a transfer of unknown size', {peers: peersOf({...bob, transferIn: transfer})}, 'syncing'],
	[
		'files being written',
		{peers: peersOf(bob), project: {...project, activity: {kind: 'applying', done: 5, total: 10}}},
		'syncing 50 %',
	],
	['a conflict while in step', {peers: peersOf(bob), conflicts: [makeConflict('a')]}, '1 conflict'],
	['a conflict while alone', {conflicts: [makeConflict('a')]}, '1 conflict'],
	[
		'a peer that is not here does not count',
		{
			peers: peersOf(
				bob,
				makePeer({name: 'dan', present: false, head: other, link: {status: 'offline', reason: ''}}),
			),
		},
		'in step',
	],
	['no relay yet', {relay: {status: 'connecting', attempt: 1, since: noon}}, 'connecting'],
	['no relay and nobody', {relay: {status: 'waiting', attempt: 2, retryAt: noon, reason: 'gone'}}, 'offline'],
	[
		'no relay but a link',
		{relay: {status: 'waiting', attempt: 2, retryAt: noon, reason: 'gone'}, peers: peersOf(bob)},
		'in step',
	],
	['refused', {relay: {status: 'refused', code: 'x', reason: 'no'}}, 'refused'],
	[
		'a peer that is being reached',
		{peers: peersOf({...bob, link: {status: 'connecting', tier: 'proxy', generation: 1, since: noon}})},
		'connecting',
	],
	['paused', {project: {...project, mode: {kind: 'paused'}}, peers: peersOf(bob)}, 'paused'],
	['halted', {project: {...project, mode: {kind: 'halted', code: 'root_emptied', message: 'x'}}}, 'halted'],
	[
		'a git operation',
		{project: {...project, activity: {kind: 'held', operation: 'rebase'}}},
		'waiting for git rebase',
	],
	['opening', {project: {...project, activity: {kind: 'opening'}}}, 'reading the folder'],
];

for (const [what, changes, expected] of words) {
	test(`${what}: ${expected}`, (t) => t.is(overallText(selectOverall(makeState(changes))), expected));
}

const standings: [string, Partial<Peer>, Standing][] = [
	['the same head', {}, 'in-step'],
	['another head', {head: other}, 'apart'],
	['a transfer in', {head: other, transferIn: transfer}, 'fetching'],
	['a transfer out', {head: other, transferOut: transfer}, 'sending'],
	['no link', {link: {status: 'offline', reason: ''}}, 'unknown'],
];

for (const [what, changes, expected] of standings) {
	test(`a peer with ${what} is ${expected}`, (t) => {
		const peer = {...bob, ...changes};
		t.is(selectStanding(makeState({peers: peersOf(peer)}), peer), expected);
	});
}

const unsynced: [string, Partial<State>, Unsynced['kind']][] = [
	['nobody ever met', {}, 'none'],
	['everybody online has it', {peers: peersOf(bob)}, 'none'],
	['a peer that left has it', {peers: peersOf({...bob, link: {status: 'offline', reason: ''}})}, 'none'],
	['nobody has the newest', {peers: peersOf({...bob, head: other})}, 'nobody-has-it'],
	[
		'one has it and one online lacks it',
		{peers: peersOf(bob, makePeer({name: 'eve', head: other}))},
		'some-lack-it',
	],
	['a transfer is under way', {peers: peersOf({...bob, transferOut: transfer})}, 'transferring'],
	['files are being written', {project: {...project, activity: {kind: 'merging', done: 0}}}, 'writing'],
];

for (const [what, changes, expected] of unsynced) {
	test(`quitting while ${what}: ${expected}`, (t) => t.is(selectUnsynced(makeState(changes)).kind, expected));
}

test('linked peers come first, then by name', (t) => {
	t.deepEqual(
		selectPeers(busyState()).map((peer) => peer.name),
		['bob', 'eve', 'dan'],
	);
});

test('a name is shared with another peer or with you', (t) => {
	const state = makeState({
		peers: peersOf(
			makePeer({name: 'bob', peerId: 'one'}),
			makePeer({name: 'bob', peerId: 'two'}),
			makePeer({name: 'ada'}),
		),
	});
	t.deepEqual([...selectSharedNames(state)].sort(), ['ada', 'bob']);
});

test('the tier key goes through all pins and comes back', (t) => {
	t.deepEqual(
		['auto', nextPin('auto'), nextPin('direct'), nextPin('proxy'), nextPin('json')],
		['auto', 'direct', 'proxy', 'json', 'auto'],
	);
});

test('a conflict is the same one while its sides are, in whatever order', (t) => {
	const conflict = makeConflict('a.txt');
	const [one, other] = conflict.sides;
	t.true(hasSameSides(conflict, {...conflict, sides: [other!, one!], since: 1}));
	t.false(hasSameSides(conflict, {...conflict, sides: [one!]}));
	t.false(
		hasSameSides(conflict, {...conflict, sides: [one!, {...other!, content: `${'9'.repeat(40)}-100644`}]}),
	);
});

test('the clock alone redraws as often as what it shows changes', (t) => {
	const tick = (changes: Partial<State>) => selectTickMs(makeState(changes), noon);
	const online = makePeer({name: 'bob'});
	const missing = (retryAt?: number): Peer['link'] => ({
		status: 'online',
		tier: 'proxy',
		route: 'proxy',
		generation: 1,
		since: noon,
		missed: [{tier: 'direct', reason: 'no answer', retryAt}],
	});
	const offline = {status: 'offline', reason: 'lost', retryAt: noon + 5000} as const;
	t.is(tick({}), undefined);
	t.is(
		tick({peers: peersOf({...online, transferIn: transfer})}),
		undefined,
		'a transfer is drawn as it goes on',
	);
	t.is(tick({peers: peersOf({...online, link: offline})}), 1000);
	t.is(tick({peers: peersOf({...online, link: offline, present: false})}), undefined, 'nobody waits for it');
	t.is(tick({peers: peersOf({...online, link: missing(noon + 5000)})}), 1000);
	t.is(tick({peers: peersOf({...online, link: missing()})}), undefined);
	const [young, old] = [makeConflict('a', {since: noon - 5000}), makeConflict('b', {since: noon - 90_000})];
	t.is(tick({conflicts: [old]}), 5000);
	t.is(tick({conflicts: [old, young]}), 1000);
});
