/** A peer that broke the rules: named, cut off, and kept out for a while, however it comes back. */
import test from 'ava';
import {type Event} from '../../source/core/event.js';
import {isInStep} from '../../source/core/in-step.js';
import {ada, bob, closes, hello, of, OneCore, opens} from '../helpers/one-core.js';

const minute = 60_000;
const report = {head: 'e'.repeat(40), tree: '9'.repeat(40), files: 1, bytes: 1};

/** A member with one link, in the middle of fetching the peer's head. */
function fetching(self = ada): OneCore {
	const side = new OneCore(self);
	side.online();
	side.do({type: 'project-opened', ...report});
	if (self === ada) side.linked('proxy');
	else {
		side.opened('proxy', side.asked('proxy', 7));
		side.said('use', 7);
	}
	says(side, '5');
	return side;
}

function says(side: OneCore, digit: string, revision = 1, pack?: string) {
	const entry = {peer_id: side.peerId, commit: digit.repeat(40), revision, instance: 'i', online: true};
	const generation = side.link.active?.generation ?? 0;
	const message = {type: 'heads' as const, heads: [entry], ...(pack && {pack})};
	return side.do({type: 'peer-said', peerId: side.peerId, generation, message});
}

function sentHostileData(side: OneCore, reason = 'a reserved name') {
	const {fetch} = side.machine.sync;
	const code = 'hostile_data';
	return side.do({
		type: 'fetch-ended',
		fetch: fetch?.id ?? -1,
		commit: fetch?.commit ?? '',
		code,
		hostile: true,
		reason,
	});
}

const ways: ReadonlyArray<{what: string; end: (side: OneCore) => Event}> = [
	{
		what: 'sent hostile objects',
		end: ({machine}) => ({
			type: 'fetch-ended',
			fetch: machine.sync.fetch!.id,
			commit: machine.sync.fetch!.commit,
			code: 'hostile_data',
			hostile: true,
			reason: 'a reserved name',
		}),
	},
	{
		what: 'sent frames that cannot be',
		end: ({peerId, link}) => ({
			type: 'carrier-closed',
			peerId,
			generation: link.active!.generation,
			reason: 'bad_frame',
			hostile: true,
		}),
	},
	{
		what: 'sent a hostile pack with its head',
		end: ({peerId}) => ({
			type: 'inline-stored',
			peerId,
			commit: '6'.repeat(40),
			stored: false,
			hostile: 'a pack that declares too much',
		}),
	},
];

for (const self of [ada, bob]) {
	const who = self === ada ? 'the leader' : 'a follower';
	for (const {what, end} of ways) {
		test(`${who} names a peer that ${what}, and lets nothing of it stand`, (t) => {
			const side = fetching(self);
			if (what.includes('pack')) says(side, '6', 2, 'AAAA');
			const {generation} = side.link.active!;
			const event = end(side);
			const effects = side.do(event);
			if (event.type !== 'carrier-closed') t.true(closes(effects).includes(generation));
			const [problem] = of(effects, 'emit').flatMap((effect) =>
				effect.event.event === 'problem' ? [effect.event] : [],
			);
			t.like(problem, {code: 'hostile_peer', peer_id: side.peerId});
			t.regex(problem?.message ?? '', /^peer broke the rules/);
			t.like(side.peer.link, {status: 'offline', retryAt: side.at + minute});
			t.is(side.peer.head, undefined);
			t.deepEqual([...side.machine.sync.heads], []);
			t.is(side.link.active, undefined);
			t.deepEqual(side.link.openings, []);
			t.deepEqual(opens(effects), []);
		});
	}
}

test('a follower refuses every request of a leader that was cut off, and asks for nothing', (t) => {
	const side = fetching(bob);
	sentHostileData(side);
	const {peerId} = side;
	for (const [at, tier] of (['proxy', 'json', 'direct'] as const).entries()) {
		side.at += 1000;
		const effects = side.do({type: 'carrier-requested', peerId, tier, generation: 100 + at});
		t.like(of(effects, 'refuse-carrier'), [{tier, reason: 'cut_off'}]);
		t.deepEqual(opens(effects), []);
	}
	for (const event of [
		{type: 'timer-fired', timer: `ask ${peerId}`},
		{type: 'commanded', command: {type: 'retry-now'}},
		{type: 'network-changed', cause: 'wake', gone: []},
	] as const) {
		t.deepEqual(of(side.do(event), 'ask-leader'), []);
	}
});

test('a leader opens nothing to a peer that was cut off, whoever asks and in whatever guise it comes', (t) => {
	const side = fetching(ada);
	sentHostileData(side);
	const {peerId} = side;
	const events: readonly Event[] = [
		{type: 'carrier-requested', peerId, tier: 'proxy', generation: 0},
		{type: 'carrier-requested', peerId, tier: 'direct', generation: 0},
		{type: 'peer-left', peerId, reason: 'left'},
		{type: 'peer-joined', peer: side.entry('i')},
		{type: 'peer-joined', peer: side.entry('another run')},
		{type: 'peer-found', peer: {peerId, instance: 'a third run', publicKey: 'k'}},
		{type: 'commanded', command: {type: 'set-tier', pin: 'json'}},
		{type: 'commanded', command: {type: 'set-tier', pin: 'auto'}},
		{type: 'commanded', command: {type: 'retry-now'}},
		{type: 'network-changed', cause: 'addresses', gone: []},
		{type: 'timer-fired', timer: `link ${peerId}`},
	];
	for (const event of events) {
		side.at += 1000;
		t.deepEqual(opens(side.do(event)), [], event.type);
	}
	t.is(side.peer.link.status, 'offline');
});

test('what a peer that was cut off still says, or others say of it, is not heard', (t) => {
	const side = fetching();
	const {generation} = side.link.active!;
	sentHostileData(side);
	const {peerId} = side;
	const heads = [{peer_id: peerId, commit: '7'.repeat(40), revision: 9, instance: 'i', online: true}];
	side.do({type: 'peer-said', peerId, generation, message: {type: 'heads', heads}});
	side.do({type: 'peer-said', peerId, generation, message: {type: 'activity', paths: ['a']}});
	t.is(side.peer.head, undefined);
	t.deepEqual(side.peer.editing, []);
	const third = 'c'.repeat(26);
	side.do({type: 'peer-joined', peer: {peerId: third, publicKey: 'k', name: 'third', instance: 'i'}});
	side.do({type: 'peer-said', peerId: third, generation: 1, message: {type: 'heads', heads}});
	t.is(side.peer.head, undefined);
});

test('it is let in again after a minute, then kept out for longer and longer, an hour at most', (t) => {
	const side = fetching();
	const waits: number[] = [];
	for (let time = 0; time < 8; time++) {
		sentHostileData(side);
		const {link} = side.peer;
		const retryAt = (link.status === 'offline' && link.retryAt) || 0;
		waits.push((retryAt - side.at) / minute);
		t.deepEqual(opens(side.pass(retryAt - side.at - 1)), [], 'not a moment before');
		t.true(opens(side.pass(1)).includes('proxy'));
		side.linked('proxy');
		says(side, `${time}`, 10 + time);
	}
	t.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
});

test('a carrier on its way when the peer was cut off is closed when it opens', (t) => {
	const side = fetching();
	const direct = side.opening('direct');
	sentHostileData(side);
	t.deepEqual(closes(side.opened('direct', direct)), [direct]);
	t.is(side.peer.link.status, 'offline');
});

test('each of several hostile peers is named', (t) => {
	const side = fetching();
	const third = 'c'.repeat(26);
	side.do({type: 'peer-joined', peer: {peerId: third, publicKey: 'k', name: 'third', instance: 'i'}});
	sentHostileData(side);
	side.do({type: 'carrier-closed', peerId: third, generation: 1, reason: 'bad_frame', hostile: true});
	t.deepEqual(
		side.machine.state.problems.items.map(({code, peerId}) => [code, peerId]),
		[
			['hostile_peer', bob],
			['hostile_peer', third],
		],
	);
});

test('packs that come with heads are stored a few at a time', (t) => {
	const side = fetching();
	const stores = Array.from({length: 50}, (_, at) =>
		of(says(side, (at % 10).toString(), 100 + at, 'AAAA'), 'store-inline'),
	).flat();
	t.is(stores.length, 2);
	const {commit} = stores[0]!;
	side.do({type: 'inline-stored', peerId: bob, commit, stored: false});
	t.is(of(says(side, 'a', 200, 'AAAA'), 'store-inline').length, 1);
});

/** A third peer gets a link and says its head. */
function comes(side: OneCore, commit: string) {
	const peerId = 'c'.repeat(26);
	side.do({type: 'peer-joined', peer: {peerId, publicKey: 'k', name: 'third', instance: 'i'}});
	const {generation} = of(side.effects, 'open-carrier').find(
		(open) => open.peerId === peerId && open.tier === 'proxy',
	)!;
	const entry = {peer_id: peerId, commit, revision: 1, instance: 'i', online: true};
	side.do(
		{type: 'carrier-opened', peerId, generation, tier: 'proxy', route: 'proxy', hello: hello()},
		{type: 'peer-said', peerId, generation, message: {type: 'using', generation}},
		{type: 'peer-said', peerId, generation, message: {type: 'heads', heads: [entry]}},
	);
	return peerId;
}

test('nobody waits for a peer that was cut off, until it says a head again', (t) => {
	const side = fetching();
	comes(side, report.head);
	t.false(isInStep(side.machine));
	const synced = of(sentHostileData(side), 'emit').filter(({event}) => event.event === 'synced');
	t.is(synced.length, 1);
	t.true(isInStep(side.machine));
	side.pass(minute);
	side.linked('proxy');
	says(side, '7', 9);
	t.false(isInStep(side.machine));
});

test('a session with nobody but a peer that was cut off is alone, and not in step with it', (t) => {
	const side = fetching();
	const effects = sentHostileData(side);
	t.deepEqual(
		of(effects, 'emit').filter(({event}) => event.event === 'synced'),
		[],
	);
});

test('fetches that failed long ago are not remembered', (t) => {
	const side = fetching();
	for (let time = 0; time < 100; time++) {
		const {fetch} = side.machine.sync;
		side.do({type: 'fetch-ended', fetch: fetch!.id, commit: fetch!.commit, code: 'want_failed'});
		side.at += 2000;
		says(side, (time % 10).toString(), 100 + time);
		side.do({type: 'timer-fired', timer: 'pursue'});
	}
	t.true(side.machine.sync.fetchRetries.size <= 2);
});

test('one that has news all the time and never answers does not keep us from asking the others', (t) => {
	const side = fetching();
	const third = comes(side, '8'.repeat(40));
	const asked: string[] = [];
	for (let time = 0; time < 4; time++) {
		says(side, `${time}`, 100 + time);
		const {fetch} = side.machine.sync;
		asked.push(fetch!.peerId);
		side.do({type: 'fetch-ended', fetch: fetch!.id, commit: fetch!.commit, code: 'silent_peer'});
	}
	t.is(asked[0], bob);
	t.true(asked.slice(0, 2).includes(third));
});
