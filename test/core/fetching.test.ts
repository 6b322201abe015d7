/** A peer that cannot send what it has: asked ever more rarely, and named. */
import test from 'ava';
import {ada, bob, of, OneCore} from '../helpers/one-core.js';

const commit = '5'.repeat(40);

function hearing(): OneCore {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	side.do({type: 'project-opened', head: 'e'.repeat(40), tree: '9'.repeat(40), files: 1, bytes: 1});
	says(side, commit, 1);
	return side;
}

function says(side: OneCore, head: string, revision: number) {
	const entry = {peer_id: bob, commit: head, revision, instance: 'i', online: true};
	const {generation} = side.link.active!;
	return side.do({type: 'peer-said', peerId: bob, generation, message: {type: 'heads', heads: [entry]}});
}

/** Ends the fetch that runs; how long the peer is left alone then, and what is told. */
function failed(side: OneCore, code: string, reason = code) {
	const {fetch} = side.machine.sync;
	const effects = side.do({type: 'fetch-ended', fetch: fetch!.id, commit: fetch!.commit, code, reason});
	const [timer] = of(effects, 'start-timer').filter((one) => one.timer.includes(fetch!.commit));
	side.at += timer!.afterMs;
	side.do({type: 'timer-fired', timer: timer!.timer});
	const told = of(effects, 'emit').flatMap(({event}) => (event.event === 'problem' ? [event] : []));
	return {waitMs: timer!.afterMs, told};
}

test('what a peer has and cannot send is asked for ever more rarely, at least once a minute, and told', (t) => {
	const side = hearing();
	const ends = Array.from({length: 9}, () => failed(side, 'want_failed', 'object_damaged'));
	const waits = ends.map(({waitMs}) => waitMs);
	t.true(
		waits.slice(0, 5).every((waitMs, index) => index === 0 || waitMs > waits[index - 1]! * 1.8),
		waits.join(' '),
	);
	t.true(
		waits.every((waitMs) => waitMs >= 1500 && waitMs <= 60_100),
		waits.join(' '),
	);
	t.deepEqual(
		ends.map(({told}) => told.length),
		[0, 0, 1, 0, 0, 0, 0, 0, 0],
	);
	const [problem] = ends[2]!.told;
	t.like(problem, {code: 'want_failed', peer_id: bob});
	t.regex(problem!.message, /^peer could not send what it has \(object_damaged\)/);
	t.is(side.machine.sync.fetch?.commit, commit, 'it is asked again');
});

test('a newer head is asked for at once, and what is sent after all is no problem any more', (t) => {
	const side = hearing();
	for (let time = 0; time < 4; time++) failed(side, 'want_failed');
	const {fetch} = side.machine.sync;
	side.do({type: 'fetch-ended', fetch: fetch!.id, commit, code: 'want_failed'});
	const [next] = of(says(side, '6'.repeat(40), 2), 'fetch');
	t.is(next?.commit, '6'.repeat(40));
	t.is(side.machine.state.problems.items.length, 1);
	side.do({type: 'fetch-ended', fetch: next!.fetch, commit: next!.commit});
	t.deepEqual(side.machine.state.problems.items, []);
});

test('a path that breaks is no reason to wait longer', (t) => {
	const side = hearing();
	const waits = Array.from({length: 5}, () => failed(side, 'silent_peer').waitMs);
	t.deepEqual(new Set(waits), new Set([1510]));
});
