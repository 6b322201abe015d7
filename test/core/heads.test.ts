/** What is taken in of heads, and which are passed on. */
import test from 'ava';
import {ada, bob, of, OneCore} from '../helpers/one-core.js';

const report = {head: 'e'.repeat(40), tree: '9'.repeat(40), files: 1, bytes: 1};

/** Peer ids in the order of their numbers. */
function idOf(index: number): string {
	const digits = [...String(index).padStart(4, '0')].map((digit) => 'abcdefghij'[Number(digit)]).join('');
	return `z${digits}`.padEnd(26, 'z');
}

function commitOf(index: number): string {
	return String(index).padStart(40, '0');
}

/** Linked with one peer, which says heads of others as well. */
class Hearer extends OneCore {
	constructor() {
		super(ada);
		this.online();
		this.linked('proxy');
		this.do({type: 'project-opened', ...report});
	}

	comes(index: number): void {
		const peer = {peerId: idOf(index), publicKey: 'k', name: `p${index}`, instance: 'i'};
		this.do({type: 'peer-joined', peer});
	}

	hears(peerId: string, commit: string, {revision = 1, instance = 'i'} = {}) {
		const entry = {peer_id: peerId, commit, revision, instance, online: true};
		const {generation} = this.link.active!;
		return this.do({type: 'peer-said', peerId: bob, generation, message: {type: 'heads', heads: [entry]}});
	}

	/** Whose heads go out with the next change of ours. */
	passesOn(digit: string): readonly string[] {
		const moved = this.do({type: 'head-moved', ...report, head: digit.repeat(40)});
		return of(moved, 'announce')[0]!.others.map(({peerId}) => peerId);
	}
}

test('a peer speaks of the process that we are linked with, and of no other of its own', (t) => {
	const side = new Hearer();
	side.hears(bob, '5'.repeat(40), {instance: 'another'});
	t.is(side.machine.sync.heads.get(bob), undefined);
	side.hears(bob, '6'.repeat(40));
	side.hears(bob, '7'.repeat(40), {instance: 'another', revision: 9});
	t.like(side.machine.sync.heads.get(bob), {commit: '6'.repeat(40), instance: 'i'});
});

test('the heads of those who are gone do not crowd out those who are there, and the newest go first', (t) => {
	const side = new Hearer();
	for (let index = 0; index < 100; index++) {
		side.comes(index);
		side.hears(idOf(index), commitOf(index));
		side.do({type: 'peer-left', peerId: idOf(index), reason: 'left'});
	}
	side.comes(100);
	side.hears(idOf(100), commitOf(100));
	side.hears(idOf(50), commitOf(7), {revision: 2});
	const others = side.passesOn('1');
	t.is(others.length, 63, 'one place is our own');
	t.deepEqual(others.slice(0, 4), [idOf(100), idOf(50), idOf(99), idOf(98)]);
});

test('who is forgotten is forgotten with its head', (t) => {
	const side = new Hearer();
	for (let index = 0; index < 300; index++) {
		side.comes(index);
		side.hears(idOf(index), commitOf(index));
		for (const {tier, generation} of side.machine.links.get(idOf(index))?.openings ?? []) {
			const code = 'no_path';
			side.do({type: 'carrier-failed', peerId: idOf(index), tier, generation, code, reason: code});
		}
		side.do({type: 'peer-left', peerId: idOf(index), reason: 'left'});
	}
	const {sync, state} = side.machine;
	t.true(state.peers.size <= 256);
	t.deepEqual(
		[...sync.heads.keys()].filter((peerId) => !state.peers.has(peerId)),
		[],
	);
});
