import test from 'ava';
import {type Effect} from '../../source/core/effect.js';
import {type Event} from '../../source/core/event.js';
import {isInStep} from '../../source/core/in-step.js';
import {initialMachine} from '../../source/core/initial-machine.js';
import {type Machine} from '../../source/core/machine.js';
import {selectOverallState} from '../../source/core/status-report.js';
import {update} from '../../source/core/update.js';
import {type Hello} from '../../source/protocol/peer-messages.js';
import {tiers} from '../../source/protocol/tiers.js';

const ada = 'aaaaaaaaaaaaaaaaaaaaaaaaaa';
const bob = 'bbbbbbbbbbbbbbbbbbbbbbbbbb';
const carol = 'cccccccccccccccccccccccccc';
const eve = 'eeeeeeeeeeeeeeeeeeeeeeeeee';
const oid = (digit: string) => digit.repeat(40);

/** A machine with its effects so far and a clock that only goes on when told. */
class Bench {
	machine: Machine;
	effects: Effect[] = [];
	at = 1_700_000_000_000;
	/** Lists a head's conflicts at once: those that were there before. */
	listsConflicts = true;

	constructor(self: string) {
		this.machine = initialMachine({
			at: this.at,
			self: {peerId: self, name: 'me', instance: 'i1', role: 'member'},
			session: {sessionId: 's', root: '/p', projectName: 'p', invite: 'x', relayUrl: 'ws://r'},
			pin: 'auto',
			relayAttempt: 0,
		});
	}

	do(...events: Event[]): Effect[] {
		const fresh: Effect[] = [];
		for (const event of events) {
			const result = update(this.machine, event, {at: this.at, random: 0.5});
			this.machine = result.machine;
			fresh.push(...result.effects);
			if (result.effects.some(({type}) => type === 'list-conflicts')) fresh.push(...this.#listConflicts());
		}
		this.effects.push(...fresh);
		return fresh;
	}

	#listConflicts(): readonly Effect[] {
		const {conflicts, project} = this.machine.state;
		if (!this.listsConflicts) return [];
		const {machine, effects} = update(
			this.machine,
			{type: 'conflicts-listed', head: project.head!, conflicts},
			{at: this.at, random: 0.5},
		);
		this.machine = machine;
		return effects;
	}

	/** Relay up, binary frames pass, these peers present. */
	online(...peers: string[]): Effect[] {
		this.do({type: 'timer-fired', timer: 'relay'});
		return this.do(
			{type: 'relay-opened', attempt: 1, url: 'ws://r', peers: peers.map((peerId) => member(peerId))},
			{type: 'relay-binary-tested', attempt: 1, passes: true},
		);
	}

	/** Opens and confirms the carrier through the relay that was asked for last; the direct tier finds no way. */
	link(peerId: string): number {
		for (const {generation, tier} of this.machine.links.get(peerId)?.openings ?? []) {
			if (tier !== 'direct') continue;
			this.do({type: 'carrier-failed', peerId, generation, tier, code: 'no_path', reason: 'no way'});
		}
		const open = this.effects.findLast(
			(effect) => effect.type === 'open-carrier' && effect.peerId === peerId && effect.tier !== 'direct',
		);
		if (open?.type !== 'open-carrier') throw new Error('no carrier was asked for');
		const {generation, tier} = open;
		if (tier === 'direct') throw new Error('not through the relay');
		this.do({type: 'carrier-opened', peerId, generation, tier, route: tier, hello: hello()});
		const type = this.machine.state.self.peerId < peerId ? 'using' : 'use';
		this.do({type: 'peer-said', peerId, generation, message: {type, generation}});
		return generation;
	}

	heads(peerId: string, commit: string, revision = 1): Effect[] {
		const generation = this.machine.links.get(peerId)?.active?.generation ?? 0;
		const entry = {peer_id: peerId, commit, revision, instance: 'i', online: true};
		return this.do({type: 'peer-said', peerId, generation, message: {type: 'heads', heads: [entry]}});
	}
}

function member(peerId: string) {
	return {peerId, publicKey: 'k', name: peerId.slice(0, 3), instance: 'i'};
}

function hello(over: Partial<Hello> = {}): Hello {
	return {
		type: 'hello',
		name: 'peer',
		role: 'member',
		versions: [1, 1],
		tiers: [...tiers],
		addresses: [],
		relay_urls: [],
		capabilities: [],
		...over,
	};
}

const report = (head: string) => ({head, tree: oid('9'), files: 1, bytes: 1});
/** The carriers through the relay that were to be opened; the direct tier has tests of its own (ladder.test.ts). */
const relayOpens = (effects: readonly Effect[]) =>
	ofType(effects, 'open-carrier').filter(({tier}) => tier !== 'direct');
const ofType = <T extends Effect['type']>(effects: readonly Effect[], type: T) =>
	effects.filter((effect): effect is Extract<Effect, {type: T}> => effect.type === type);

test('the leader opens a carrier once it knows that binary frames pass', (t) => {
	const bench = new Bench(ada);
	bench.do({type: 'timer-fired', timer: 'relay'});
	const before = bench.do({type: 'relay-opened', attempt: 1, url: 'ws://r', peers: [member(bob)]});
	t.deepEqual(relayOpens(before), []);
	const [open] = relayOpens(bench.do({type: 'relay-binary-tested', attempt: 1, passes: true}));
	t.is(open?.tier, 'proxy');
	t.true(open?.leader);
});

test('without binary frames the link runs over json, and comes back up when they pass again', (t) => {
	const bench = new Bench(ada);
	bench.do({type: 'timer-fired', timer: 'relay'});
	bench.do({type: 'relay-opened', attempt: 1, url: 'ws://r', peers: [member(bob)]});
	const [open] = relayOpens(bench.do({type: 'relay-binary-tested', attempt: 1, passes: false}));
	t.is(open?.tier, 'json');
	const first = bench.link(bob);
	bench.at += 600_001;
	t.is(ofType(bench.do({type: 'timer-fired', timer: 'binary'}), 'test-binary').length, 1);
	const [upgrade] = relayOpens(bench.do({type: 'relay-binary-tested', attempt: 1, passes: true}));
	t.is(upgrade?.tier, 'proxy');
	t.is(bench.machine.links.get(bob)?.active?.generation, first, 'make before break');
	const second = bench.link(bob);
	t.is(bench.machine.links.get(bob)?.active?.generation, second);
	t.like(ofType(bench.effects, 'drain-carrier'), [{generation: first}]);
});

test('two sockets that die in the binary test mean text only', (t) => {
	const bench = new Bench(ada);
	for (const attempt of [1, 2]) {
		bench.do({type: 'timer-fired', timer: 'relay'});
		bench.do({type: 'relay-opened', attempt, url: 'ws://r', peers: [member(bob)]});
		bench.do({type: 'relay-closed', attempt, code: 'closed', reason: 'reset'});
	}
	bench.do({type: 'timer-fired', timer: 'relay'});
	const effects = bench.do({type: 'relay-opened', attempt: 3, url: 'ws://r', peers: [member(bob)]});
	t.deepEqual(ofType(effects, 'test-binary'), []);
	t.is(relayOpens(effects)[0]?.tier, 'json');
});

test('what two deaths mean is looked at again after half a minute, then less and less', (t) => {
	const bench = new Bench(ada);
	const waits: number[] = [];
	for (let attempt = 1; attempt <= 8; attempt++) {
		bench.do({type: 'timer-fired', timer: 'relay'});
		const opened = bench.do({type: 'relay-opened', attempt, url: 'ws://r', peers: [member(bob)]});
		const again = bench.do({type: 'timer-fired', timer: 'binary'});
		if (attempt > 2) t.is(ofType([...opened, ...again], 'test-binary').length, 1);
		const closed = bench.do({type: 'relay-closed', attempt, code: 'closed', reason: 'reset'});
		for (const {timer, afterMs} of ofType(closed, 'start-timer')) if (timer === 'binary') waits.push(afterMs);
	}
	t.deepEqual(waits, [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
});

test('a follower that was text-only and may use proxy alone is believed when it asks again', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.do({type: 'commanded', command: {type: 'set-tier', pin: 'proxy'}});
	const [{generation} = {generation: 0}] = ofType(bench.effects, 'open-carrier').filter(
		({tier}) => tier === 'proxy',
	);
	const no = {peerId: bob, generation, tier: 'proxy', code: 'text_only', reason: 'no'} as const;
	t.deepEqual(relayOpens(bench.do({type: 'carrier-failed', ...no})), []);
	const asked = bench.do({
		type: 'carrier-requested',
		peerId: bob,
		tier: 'proxy',
		generation: 0,
		tiers: ['proxy'],
	});
	t.is(relayOpens(asked)[0]?.tier, 'proxy');
});

test('a relay that goes and comes back kills nobody for his binary frames', (t) => {
	for (const code of ['closed', 'shutting_down']) {
		const bench = new Bench(ada);
		for (let attempt = 1; attempt <= 7; attempt += 2) {
			bench.do({type: 'timer-fired', timer: 'relay'});
			bench.do({type: 'relay-opened', attempt, url: 'ws://r', peers: [member(bob)]});
			bench.do({type: 'relay-closed', attempt, code, reason: 'reset'});
			// Only while it is away nobody answers at its port.
			bench.do({type: 'timer-fired', timer: 'relay'});
			bench.do({
				type: 'relay-failed',
				attempt: attempt + 1,
				code: 'relay_unreachable',
				reason: 'refused',
				final: false,
			});
		}
		bench.do({type: 'timer-fired', timer: 'relay'});
		const effects = bench.do({type: 'relay-opened', attempt: 9, url: 'ws://r', peers: [member(bob)]});
		t.is(ofType(effects, 'test-binary').length, 1);
	}
});

test('a follower waits, then asks its leader', (t) => {
	const bench = new Bench(bob);
	bench.online(ada);
	t.deepEqual(relayOpens(bench.effects), []);
	t.is(ofType(bench.do({type: 'timer-fired', timer: `ask ${ada}`}), 'ask-leader').length, 1);
});

const refusals = [
	{what: 'a tier that is pinned away', pin: 'json', tier: 'proxy', reason: 'pinned'},
	{what: 'json under a proxy pin', pin: 'proxy', tier: 'json', reason: 'pinned'},
] as const;
for (const {what, pin, tier, reason} of refusals) {
	test(`a follower refuses ${what}`, (t) => {
		const bench = new Bench(bob);
		bench.online(ada);
		bench.do({type: 'commanded', command: {type: 'set-tier', pin}});
		const effects = bench.do({type: 'carrier-requested', peerId: ada, tier, generation: 7});
		t.is(ofType(effects, 'refuse-carrier')[0]?.reason, reason);
	});
}

test('pins without a common tier leave the link offline, with both pins in the reason', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	const generation = bench.link(bob);
	bench.do({type: 'commanded', command: {type: 'set-tier', pin: 'json'}});
	bench.do({type: 'peer-said', peerId: bob, generation, message: hello({tiers: ['proxy']})});
	const link = bench.machine.state.peers.get(bob)?.link;
	t.is(link?.status, 'offline');
	t.regex(link?.status === 'offline' ? link.reason : '', /json only.*proxy only/);
});

test('a pin switches a running link and the old carrier closes only afterwards', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	const first = bench.link(bob);
	const effects = bench.do({type: 'commanded', command: {type: 'set-tier', pin: 'json'}});
	t.is(relayOpens(effects)[0]?.tier, 'json');
	t.deepEqual(ofType(effects, 'close-carrier'), []);
	t.is(bench.machine.links.get(bob)?.active?.generation, first);
});

test('a failed tier is tried again later, the next one at once', (t) => {
	const bench = new Bench(ada);
	const [open] = relayOpens(bench.online(bob));
	const {generation} = open!;
	const failed = {
		type: 'carrier-failed' as const,
		peerId: bob,
		generation,
		tier: 'proxy' as const,
		code: 'no_answer',
		reason: 'no answer',
	};
	const effects = bench.do(failed);
	t.is(relayOpens(effects)[0]?.tier, 'json');
	t.like(bench.machine.state.peers.get(bob)?.attempts[0], {outcome: 'failed', reason: 'no answer'});
});

test('a new instance of a peer resets its link', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	const generation = bench.link(bob);
	const effects = bench.do({type: 'peer-joined', peer: {...member(bob), instance: 'later'}});
	t.is(ofType(effects, 'close-carrier')[0]?.generation, generation);
	t.true((relayOpens(effects)[0]?.generation ?? 0) > generation);
});

test('strangers are ignored: events of an old attempt or generation change nothing', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	const generation = bench.link(bob);
	const before = bench.machine;
	bench.do({type: 'relay-closed', attempt: 0, code: 'closed', reason: 'old'});
	bench.do({type: 'fetch-ended', fetch: 99, commit: oid('1')});
	bench.do({
		type: 'commit-integrated',
		operation: 99,
		commit: oid('1'),
		outcome: 'merge',
		fromPeerId: bob,
		applied: [],
		saved: [],
		tookMs: 1,
		...report(oid('1')),
	});
	t.is(bench.machine, before);
	bench.do({type: 'carrier-closed', peerId: bob, generation: generation - 1, reason: 'old', hostile: false});
	t.is(bench.machine.links.get(bob)?.active?.generation, generation);
});

test('what the first look at the disk took in is told once, and nothing where it found nothing new', (t) => {
	const bench = new Bench(ada);
	const effects = bench.do({type: 'project-opened', saved: ['a', 'b'], tookMs: 7, ...report(oid('1'))});
	const events = ofType(effects, 'emit').map(({event}) => event);
	t.deepEqual(
		events.filter(({event}) => event === 'snapshot'),
		[{event: 'snapshot', head: oid('1'), paths: 2, took_ms: 7}],
	);
	t.true(bench.machine.state.activity.items.some(({text}) => text.includes('a and 1 more')));

	const other = new Bench(ada);
	const nothing = other.do({type: 'project-opened', saved: [], tookMs: 7, ...report(oid('1'))});
	t.false(ofType(nothing, 'emit').some(({event}) => event.event === 'snapshot'));
});

test('a disk that does not show its head at the start is brought there first, and is not in step before', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.link(bob);
	const effects = bench.do({type: 'project-opened', left: 600, ...report(oid('1'))});
	bench.heads(bob, oid('1'));
	t.is(ofType(effects, 'take-snapshot').length, 1);
	t.deepEqual(bench.machine.state.project.activity, {kind: 'applying', done: 0, total: 600});
	t.is(selectOverallState(bench.machine.state), 'working');
	const [{operation} = {operation: 0}] = ofType(effects, 'take-snapshot');
	const done = {changed: false, paths: [], tookMs: 5, ...report(oid('1'))};
	bench.do({type: 'snapshot-taken', operation, ...done});
	t.is(selectOverallState(bench.machine.state), 'synced');
});

test('a head of a peer is fetched, then integrated', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.link(bob);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [fetch] = ofType(bench.heads(bob, oid('2')), 'fetch');
	t.is(fetch?.commit, oid('2'));
	const [integrate] = ofType(
		bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2')}),
		'integrate',
	);
	t.like(integrate, {commit: oid('2'), mayMerge: true});
	const done = bench.do({
		type: 'commit-integrated',
		operation: integrate!.operation,
		commit: oid('2'),
		outcome: 'fast-forward',
		fromPeerId: bob,
		applied: ['a'],
		saved: [],
		tookMs: 3,
		...report(oid('2')),
	});
	t.deepEqual(
		ofType(done, 'emit').map(({event}) => event.event),
		['applied', 'synced'],
	);
	t.is(ofType(done, 'announce').length, 1);
});

test('who is not the smallest peer merges only after its hold-off', (t) => {
	const bench = new Bench(bob);
	bench.online(ada);
	bench.do({type: 'carrier-requested', peerId: ada, tier: 'proxy', generation: 5});
	bench.link(ada);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [fetch] = ofType(bench.heads(ada, oid('2')), 'fetch');
	const [first] = ofType(bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2')}), 'integrate');
	t.false(first?.mayMerge);
	const diverged = {
		type: 'commit-integrated' as const,
		commit: oid('2'),
		outcome: 'diverged' as const,
		fromPeerId: ada,
		applied: [],
		saved: [],
		tookMs: 1,
	};
	const waiting = bench.do({...diverged, operation: first!.operation, ...report(oid('1'))});
	t.deepEqual(ofType(waiting, 'integrate'), []);
	bench.at += 3000;
	const [second] = ofType(bench.do({type: 'timer-fired', timer: 'pursue'}), 'integrate');
	t.true(second?.mayMerge);
});

test('a joiner adopts the first head it gets instead of making one', (t) => {
	const bench = new Bench(bob);
	bench.online(ada);
	bench.do({type: 'carrier-requested', peerId: ada, tier: 'proxy', generation: 5});
	bench.link(ada);
	bench.do({type: 'project-opened'});
	const [fetch] = ofType(bench.heads(ada, oid('2')), 'fetch');
	const effects = bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2')});
	t.is(ofType(effects, 'adopt')[0]?.commit, oid('2'));
});

test('a fetch whose peer lost its carrier goes on with another peer of the same head, progress and all', (t) => {
	const bench = new Bench(ada);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	bench.online(bob, eve);
	const generation = bench.link(bob);
	bench.link(eve);
	const [fetch] = ofType(bench.heads(bob, oid('2')), 'fetch');
	const facts = {doneObjects: 3, resumedBytes: 0, resentBytes: 0, doneBytes: 500, totalBytes: 1000};
	bench.do({type: 'transfer-progressed', peerId: bob, direction: 'in', tier: 'proxy', ...facts});
	const {startedAt} = bench.machine.state.peers.get(bob)!.transferIn!;
	bench.at += 5000;
	t.deepEqual(ofType(bench.heads(eve, oid('2')), 'move-fetch'), []);
	const lost = bench.do({
		type: 'carrier-closed',
		peerId: bob,
		generation,
		reason: 'carrier_lost',
		hostile: false,
	});
	t.like(ofType(lost, 'move-fetch')[0], {fetch: fetch!.fetch, peerId: eve});
	t.is(bench.machine.state.peers.get(bob)!.transferIn, undefined);
	t.like(bench.machine.state.peers.get(eve)!.transferIn, {startedAt, doneBytes: 500});
	t.deepEqual(ofType(bench.do({type: 'timer-fired', timer: 'pursue'}), 'move-fetch'), []);
	bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2')});
	t.is(bench.machine.state.peers.get(eve)!.transferIn, undefined);
});

test('a fetch that failed is tried again after a while, not in a loop', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.link(bob);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [fetch] = ofType(bench.heads(bob, oid('2')), 'fetch');
	const failed = bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2'), code: 'silent_peer'});
	t.deepEqual(ofType(failed, 'fetch'), []);
	bench.at += 1600;
	t.is(ofType(bench.do({type: 'timer-fired', timer: 'pursue'}), 'fetch').length, 1);
});

test('a paused peer still fetches but takes no snapshot and applies nothing', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.link(bob);
	bench.do({type: 'project-opened', ...report(oid('1'))}, {type: 'commanded', command: {type: 'pause'}});
	const effects = [...bench.do({type: 'disk-changed'}), ...bench.heads(bob, oid('2'))];
	t.deepEqual(ofType(effects, 'take-snapshot'), []);
	const [fetch] = ofType(effects, 'fetch');
	t.deepEqual(
		ofType(bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2')}), 'integrate'),
		[],
	);
	const resumed = bench.do({type: 'commanded', command: {type: 'resume'}});
	t.is(ofType(resumed, 'take-snapshot').length, 1);
});

test('a first join that is refused ends the session with exit code 3', (t) => {
	const bench = new Bench(bob);
	bench.do({type: 'timer-fired', timer: 'relay'});
	const effects = bench.do({
		type: 'relay-failed',
		attempt: 1,
		code: 'not_admitted',
		reason: 'unknown session',
		final: true,
	});
	t.is(ofType(effects, 'end-session')[0]?.exitCode, 3);
});

test('synced is not told before the conflicts of that head are listed', (t) => {
	const bench = new Bench(ada);
	bench.listsConflicts = false;
	bench.online(bob);
	bench.link(bob);
	const synced = (effects: readonly Effect[]) =>
		ofType(effects, 'emit').filter(({event}) => event.event === 'synced').length;
	const list = (head: string) => bench.do({type: 'conflicts-listed', head, conflicts: []});
	t.is(ofType(bench.do({type: 'project-opened', ...report(oid('1'))}), 'list-conflicts').length, 1);
	t.is(synced(bench.heads(bob, oid('1'))), 0);
	t.is(synced(list(oid('1'))), 1);
	const [snapshot] = ofType(bench.do({type: 'disk-changed'}), 'take-snapshot');
	const taken = {
		type: 'snapshot-taken',
		operation: snapshot!.operation,
		changed: true,
		paths: ['a'],
		tookMs: 1,
	} as const;
	bench.do({...taken, ...report(oid('2'))});
	t.is(synced(bench.heads(bob, oid('2'), 2)), 0);
	t.is(synced(list(oid('1'))), 0, 'a list of an earlier head');
	// Listing them failed: the next operation asks again.
	const [again] = ofType(bench.do({type: 'disk-changed'}), 'take-snapshot');
	const looked = bench.do({...taken, operation: again!.operation, changed: false, ...report(oid('2'))});
	t.is(ofType(looked, 'list-conflicts').length, 1);
	t.is(synced(looked), 0);
	t.is(synced(list(oid('2'))), 1);
});

test('synced is not told while a save stands where something was to be written', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.link(bob);
	const synced = (effects: readonly Effect[]) =>
		ofType(effects, 'emit').filter(({event}) => event.event === 'synced').length;
	bench.do({type: 'project-opened', ...report(oid('1')), looksAgain: true});
	t.is(synced(bench.heads(bob, oid('1'))), 0);
	t.false(isInStep(bench.machine));
	const [snapshot] = ofType(bench.do({type: 'disk-changed'}), 'take-snapshot');
	const looked = bench.do({
		type: 'snapshot-taken',
		operation: snapshot!.operation,
		changed: false,
		paths: [],
		tookMs: 1,
		...report(oid('1')),
	});
	t.is(synced(looked), 1);
	t.true(isInStep(bench.machine));
});

test('synced is told once a head, and again after something happened', (t) => {
	const bench = new Bench(ada);
	bench.online(bob, eve);
	bench.link(bob);
	bench.link(eve);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const synced = (effects: readonly Effect[]) =>
		ofType(effects, 'emit').filter(({event}) => event.event === 'synced').length;
	t.is(synced(bench.heads(bob, oid('1'))), 0, 'eve has not said her head');
	t.is(synced(bench.heads(eve, oid('1'))), 1);
	t.is(synced(bench.heads(eve, oid('1'), 2)), 0);
	const [snapshot] = ofType(bench.do({type: 'disk-changed'}), 'take-snapshot');
	const looked = {
		type: 'snapshot-taken' as const,
		operation: snapshot!.operation,
		changed: false,
		paths: [],
		tookMs: 1,
	};
	t.is(synced(bench.do({...looked, ...report(oid('1'))})), 0, 'a look at the disk is no news');
	t.is(synced(bench.heads(eve, oid('2'), 3)), 0);
	t.is(synced(bench.heads(eve, oid('1'), 4)), 1);
});

test('a snapshot that fails is tried again after a while, not in a loop', (t) => {
	const bench = new Bench(ada);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [snapshot] = ofType(bench.do({type: 'disk-changed'}), 'take-snapshot');
	const failed = bench.do({
		type: 'operation-failed',
		operation: snapshot!.operation,
		code: 'git_failed',
		message: 'no',
	});
	t.deepEqual(ofType(failed, 'take-snapshot'), []);
	t.is(bench.machine.state.problems.items[0]?.code, 'git_failed');
	bench.at += 2100;
	t.is(ofType(bench.do({type: 'timer-fired', timer: 'wait'}), 'take-snapshot').length, 1);
});

test('while a git operation holds the folder we look again every now and then', (t) => {
	const bench = new Bench(ada);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [snapshot] = ofType(bench.do({type: 'disk-changed'}), 'take-snapshot');
	const taken = {type: 'snapshot-taken' as const, changed: false, paths: [], tookMs: 1};
	const held = bench.do({...taken, operation: snapshot!.operation, held: 'rebase'});
	t.deepEqual(ofType(held, 'take-snapshot'), []);
	t.like(bench.machine.state.project.activity, {kind: 'held', operation: 'rebase'});
	bench.at += 600;
	t.is(ofType(bench.do({type: 'timer-fired', timer: 'wait'}), 'take-snapshot').length, 1);
});

test('who saves without pause still integrates the heads of others', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.link(bob);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [fetch] = ofType(bench.heads(bob, oid('2')), 'fetch');
	const [snapshot] = ofType(bench.do({type: 'disk-changed'}), 'take-snapshot');
	bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2')}, {type: 'disk-changed'});
	const taken = {
		type: 'snapshot-taken' as const,
		operation: snapshot!.operation,
		changed: true,
		paths: ['a'],
		tookMs: 1,
	};
	t.is(ofType(bench.do({...taken, ...report(oid('3'))}), 'integrate').length, 1);
});

test('a full disk halts a member, and ends a first join', (t) => {
	const member = new Bench(ada);
	member.do({type: 'project-opened', ...report(oid('1'))});
	const [snapshot] = ofType(member.do({type: 'disk-changed'}), 'take-snapshot');
	const full = {type: 'operation-failed' as const, code: 'disk_full', message: 'no room'};
	member.do({...full, operation: snapshot!.operation});
	t.like(member.machine.state.project.mode, {kind: 'halted', code: 'disk_full'});

	const joiner = new Bench(ada);
	joiner.online(bob);
	joiner.link(bob);
	joiner.do({type: 'project-opened'});
	const [fetch] = ofType(joiner.heads(bob, oid('2')), 'fetch');
	const effects = joiner.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2'), code: 'disk_full'});
	t.like(ofType(effects, 'end-session')[0], {exitCode: 1, code: 'disk_full'});
});

test('how far a peer is behind is measured once for each pair of heads', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.link(bob);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [measure] = ofType(bench.heads(bob, oid('2')), 'measure-distance');
	t.like(measure, {peerId: bob, ours: oid('1'), theirs: oid('2')});
	bench.do({type: 'distance-measured', peerId: bob, ours: oid('1'), theirs: oid('2'), ahead: 0, behind: 3});
	t.is(bench.machine.state.peers.get(bob)?.distance?.behind, 3);
	t.deepEqual(ofType(bench.do({type: 'timer-fired', timer: 'pursue'}), 'measure-distance'), []);
	const late = {type: 'distance-measured' as const, peerId: bob, ours: oid('9'), theirs: oid('2')};
	bench.do({...late, ahead: 7, behind: 7});
	t.is(bench.machine.state.peers.get(bob)?.distance?.behind, 3);
});

test('the hold-off is not started anew by saves of our own', (t) => {
	const bench = new Bench(bob);
	bench.online(ada);
	bench.do({type: 'carrier-requested', peerId: ada, tier: 'proxy', generation: 5});
	bench.link(ada);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [fetch] = ofType(bench.heads(ada, oid('2')), 'fetch');
	const [first] = ofType(bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2')}), 'integrate');
	const answer = {
		type: 'commit-integrated' as const,
		commit: oid('2'),
		fromPeerId: ada,
		applied: [],
		saved: [],
		tookMs: 1,
	};
	bench.do({...answer, operation: first!.operation, outcome: 'diverged', ...report(oid('1'))});
	bench.at += 2000;
	const [snapshot] = ofType(bench.do({type: 'disk-changed'}), 'take-snapshot');
	const taken = {
		type: 'snapshot-taken' as const,
		operation: snapshot!.operation,
		changed: true,
		paths: ['a'],
		tookMs: 1,
	};
	bench.do({...taken, ...report(oid('3'))});
	bench.at += 600;
	t.true(ofType(bench.do({type: 'timer-fired', timer: 'pursue'}), 'integrate')[0]?.mayMerge);
});

test('a merge base that all who are linked have cut off is done without', (t) => {
	const bench = new Bench(ada);
	bench.online(bob, eve);
	bench.link(bob);
	bench.link(eve);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [fetch] = ofType(bench.heads(bob, oid('2')), 'fetch');
	bench.heads(eve, oid('2'));
	const [integrate] = ofType(
		bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2')}),
		'integrate',
	);
	t.deepEqual([...integrate!.gone], []);
	const facts = {commit: oid('2'), fromPeerId: bob, applied: [], saved: [], tookMs: 1, ...report(oid('1'))};
	let effects = bench.do({
		type: 'commit-integrated',
		operation: integrate!.operation,
		outcome: 'missing',
		needs: [oid('7')],
		...facts,
	});
	const asked: string[] = [];
	for (let [base] = ofType(effects, 'fetch'); base?.whole; [base] = ofType(effects, 'fetch')) {
		asked.push(base.peerId);
		effects = bench.do({
			type: 'fetch-ended',
			fetch: base.fetch,
			commit: oid('7'),
			code: 'unknown_commit',
		});
	}
	t.deepEqual(asked.sort(), [bob, eve].sort());
	const [again] = ofType(effects, 'fetch');
	t.like(again, {commit: oid('2'), whole: false});
	const [merge] = ofType(bench.do({type: 'fetch-ended', fetch: again!.fetch, commit: oid('2')}), 'integrate');
	t.deepEqual([...merge!.gone], [oid('7')]);
});

test('a merge base behind the boundary is fetched whole before anything else', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.link(bob);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const [fetch] = ofType(bench.heads(bob, oid('2')), 'fetch');
	const [integrate] = ofType(
		bench.do({type: 'fetch-ended', fetch: fetch!.fetch, commit: oid('2')}),
		'integrate',
	);
	const answer = {
		type: 'commit-integrated' as const,
		commit: oid('2'),
		fromPeerId: bob,
		applied: [],
		saved: [],
		tookMs: 1,
	};
	const missing = bench.do({
		...answer,
		operation: integrate!.operation,
		outcome: 'missing',
		needs: [oid('7')],
		...report(oid('1')),
	});
	const [base] = ofType(missing, 'fetch');
	t.like(base, {commit: oid('7'), whole: true});
	const next = bench.do({type: 'fetch-ended', fetch: base!.fetch, commit: oid('7')});
	t.like(ofType(next, 'fetch')[0], {commit: oid('2'), whole: false});
});

test('a peer without a link to us is in step by what the others say of it', (t) => {
	const bench = new Bench(ada);
	bench.online(bob, eve);
	const generation = bench.link(bob);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	bench.heads(bob, oid('1'));
	const about = (commit: string, revision: number, instance = 'i') => ({
		peer_id: eve,
		commit,
		revision,
		instance,
		online: true,
	});
	const hear = (...heads: ReturnType<typeof about>[]) =>
		bench.do({type: 'peer-said', peerId: bob, generation, message: {type: 'heads', heads}});
	const synced = (effects: readonly Effect[]) =>
		ofType(effects, 'emit').some(({event}) => event.event === 'synced');
	t.false(synced(hear(about(oid('1'), 1, 'an earlier run'))));
	t.true(synced(hear(about(oid('1'), 1))));
	bench.do({type: 'peer-joined', peer: {...member(eve), instance: 'restarted'}});
	t.is(bench.machine.state.peers.get(eve)?.head, undefined);
});

test('what a peer says of itself counts, whatever others say of it', (t) => {
	const bench = new Bench(ada);
	bench.online(bob, eve);
	const generation = bench.link(bob);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const lie = {
		peer_id: eve,
		commit: oid('6'),
		revision: Number.MAX_SAFE_INTEGER,
		instance: 'i',
		online: true,
	};
	const lies = () =>
		bench.do({type: 'peer-said', peerId: bob, generation, message: {type: 'heads', heads: [lie]}});
	const head = () => bench.machine.state.peers.get(eve)?.head;
	lies();
	t.is(head(), oid('6'), 'nobody else says anything');
	bench.link(eve);
	const [wrong] = ofType(bench.effects, 'fetch');
	bench.heads(eve, oid('1'), 1);
	t.is(head(), oid('1'));
	bench.do({type: 'fetch-ended', fetch: wrong!.fetch, commit: oid('6'), code: 'unknown_commit'});
	lies();
	t.is(head(), oid('1'));
	t.like(ofType(bench.heads(eve, oid('2'), 2), 'fetch')[0], {commit: oid('2')});
	bench.heads(eve, oid('1'), 1);
	t.is(head(), oid('2'), 'it is not believed to go back');
	const {active} = bench.machine.links.get(eve)!;
	bench.do({
		type: 'carrier-closed',
		peerId: eve,
		generation: active!.generation,
		reason: 'lost',
		hostile: false,
	});
	lies();
	bench.link(eve);
	bench.heads(eve, oid('2'), 2);
	t.is(head(), oid('2'), 'after a while without a link');
});

test('what is heard of heads is passed on once, a little later', (t) => {
	const bench = new Bench(ada);
	bench.online(bob);
	bench.link(bob);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	const timers = (effects: readonly Effect[]) =>
		ofType(effects, 'start-timer').filter(({timer}) => timer === 'gossip').length;
	t.is(timers(bench.heads(bob, oid('2'))), 1);
	t.is(timers(bench.heads(bob, oid('3'), 2)), 0);
	t.is(ofType(bench.do({type: 'timer-fired', timer: 'gossip'}), 'announce').length, 1);
	t.is(timers(bench.heads(bob, oid('3'), 2)), 0, 'nothing new');
});

/** A session of four in the ring bob, carol, eve, ada; ada is the last behind bob. */
function openRing(): Bench {
	const bench = new Bench(ada);
	bench.online(bob, carol, eve);
	for (const peerId of [bob, carol, eve]) bench.link(peerId);
	bench.do({type: 'project-opened', ...report(oid('1'))});
	return bench;
}

test('who is not among the first that an author serves takes a change from those, at once', (t) => {
	const bench = openRing();
	t.deepEqual(ofType(bench.heads(bob, oid('2')), 'fetch'), []);
	const [fetch] = ofType(bench.heads(carol, oid('2')), 'fetch');
	t.like(fetch, {commit: oid('2'), peerId: carol});
});

test('who is among the first asks the author at once', (t) => {
	const bench = openRing();
	t.like(ofType(bench.heads(carol, oid('2')), 'fetch')[0], {peerId: carol});
	bench.do({type: 'fetch-ended', fetch: 1, commit: oid('2')});
	t.like(ofType(openRing().heads(eve, oid('2')), 'fetch')[0], {peerId: eve});
});

test('a change that comes by way of nobody is asked for, however often its author saves meanwhile', (t) => {
	const bench = openRing();
	const [timer] = ofType(bench.heads(bob, oid('2')), 'start-timer').filter(
		(one) => one.timer === 'held-back',
	);
	bench.at += timer!.afterMs - 100;
	t.deepEqual(ofType(bench.heads(bob, oid('3'), 2), 'fetch'), []);
	bench.at += 100;
	const [fetch] = ofType(bench.do({type: 'timer-fired', timer: 'held-back'}), 'fetch');
	t.like(fetch, {commit: oid('3'), peerId: bob});
});

test('a head is said along the ring, and of each peer whether it has it already', (t) => {
	const bench = openRing();
	bench.heads(carol, oid('2'));
	const [said] = ofType(bench.do({type: 'head-moved', ...report(oid('2'))}), 'announce');
	t.deepEqual(
		said!.to.map(({peerId, hasIt}) => [peerId, hasIt]),
		[
			[bob, false],
			[carol, true],
			[eve, false],
		],
	);
});
