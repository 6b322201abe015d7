/** Who is there: by the relay, by the local network, and by links that live. */
import test from 'ava';
import {ada, bob, closes, of, OneCore, opens} from '../helpers/one-core.js';

test('a restarted peer gets a link of its own, and what its former run left is closed', (t) => {
	const side = new OneCore(bob);
	side.online();
	side.opened('direct', side.asked('direct', 900));
	side.asked('proxy', 901);
	const effects = side.do({type: 'peer-joined', peer: side.entry('later')});
	t.deepEqual(closes(effects), [900, 901]);
	t.deepEqual(opens(side.do({type: 'carrier-requested', peerId: ada, tier: 'direct', generation: 5})), [
		'direct',
	]);
	t.deepEqual(closes(side.opened('proxy', 901)), [901]);
});

test('a peer whose relay socket died stays while its direct link lives, and leaves with it', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.failed('proxy');
	const direct = side.linked('direct');
	const effects = side.do({type: 'peer-left', peerId: bob, reason: 'lost'});
	t.deepEqual([closes(effects), of(effects, 'emit')], [[], []]);
	t.true(side.peer.present);
	const end = side.closed(direct, 'silent');
	t.true(of(end, 'emit').some(({event}) => event.event === 'peer_left'));
	t.false(side.peer.present);
});

test('a lost relay ends the paths through it, and nothing else', (t) => {
	const side = new OneCore(ada);
	side.online();
	const proxy = side.linked('proxy');
	const direct = side.opening('direct');
	const effects = side.do({type: 'relay-closed', attempt: 1, code: 'closed', reason: 'reset'});
	t.deepEqual(closes(effects), [proxy]);
	side.opened('direct', direct);
	t.is(side.link.active?.generation, direct);
	t.true(side.peer.present);
});

test('who had left before our relay was lost has left, whatever becomes of the relay', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	side.do({type: 'peer-left', peerId: bob, reason: 'left'});
	const {link} = side.peer;
	t.like(link, {status: 'offline', reason: 'left'});
	side.do({type: 'relay-closed', attempt: 1, code: 'closed', reason: 'reset'});
	t.deepEqual(side.peer.link, link);
});

test('an older entry in the relay’s list does not end a direct link; it counts when that has ended', (t) => {
	const side = new OneCore(ada);
	side.online();
	const direct = side.linked('direct');
	side.do(
		{type: 'relay-closed', attempt: 1, code: 'closed', reason: 'reset'},
		{type: 'timer-fired', timer: 'relay'},
	);
	const effects = side.do({type: 'relay-opened', attempt: 2, url: 'ws://r', peers: [side.entry('other')]});
	t.deepEqual(closes(effects), []);
	t.is(side.link.active?.generation, direct);
	side.closed(direct);
	t.is(side.peer.instance, 'other');
	t.true(side.peer.present);
});

const found = {type: 'peer-found', peer: {peerId: bob, instance: 'i'}} as const;

test('a peer in the local network is dialled without a relay, and is on the list once it has proved itself', (t) => {
	const side = new OneCore(ada);
	t.deepEqual(opens(side.do(found)), ['direct']);
	t.false(side.peer.present);
	const effects = side.opened('direct');
	t.true(side.peer.present);
	t.true(of(effects, 'emit').some(({event}) => event.event === 'peer_joined'));
	side.said('using', side.opening('direct'));
	side.do({type: 'peer-lost', peerId: bob});
	t.true(side.peer.present, 'the link lives');
});

test('what the local network claims of an instance ends no link', (t) => {
	const side = new OneCore(ada);
	side.online();
	const direct = side.linked('direct');
	const claim = side.do({type: 'peer-found', peer: {peerId: bob, instance: 'forged'}});
	t.deepEqual(closes(claim), []);
	const signed = side.do({type: 'peer-found', peer: {peerId: bob, instance: 'new', publicKey: 'k'}});
	t.deepEqual(closes(signed), [direct]);
});

test('a follower without a relay asks by dialling', (t) => {
	const side = new OneCore(bob);
	const effects = side.do({type: 'peer-found', peer: {peerId: ada, instance: 'i'}});
	t.like(of(effects, 'start-timer'), [{timer: `ask ${ada}`, afterMs: 500}]);
	t.like(of(side.do({type: 'timer-fired', timer: `ask ${ada}`}), 'ask-leader'), [{via: 'direct'}]);
});

test('who comes with ever new keys is kept in mind no longer than there is room, and displaces nobody who is there', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('direct');
	const come = (round: string) => {
		for (let index = 0; index < 1000; index++) {
			const digits = [...String(index).padStart(4, '0')].map((digit) => 'abcdefghij'[Number(digit)]).join('');
			const peerId = `z${round}${digits}`.padEnd(26, 'z');
			side.do({type: 'peer-found', peer: {peerId, instance: 'i', publicKey: 'key'}});
		}
	};
	come('a');
	t.true(side.machine.state.peers.size <= 256);
	side.at += 60_000;
	for (const [peerId, {openings}] of [...side.machine.links].filter(([one]) => one !== bob)) {
		for (const {tier, generation} of openings) {
			side.do({type: 'carrier-failed', peerId, tier, generation, code: 'no_path', reason: 'no answer'});
		}
		side.do({type: 'timer-fired', timer: `found ${peerId}`});
	}
	come('b');
	const {state, links} = side.machine;
	t.true(state.peers.size <= 256 && links.size <= 257);
	t.true([...state.peers.keys()].some((peerId) => peerId.startsWith('zb')));
	t.is(state.peers.get(bob)?.link.status, 'online');
});

/** The relay goes and comes back, with this list. */
function relayComesBack(side: OneCore, peers: readonly ReturnType<OneCore['entry']>[]) {
	side.do({type: 'relay-closed', attempt: 1, code: 'closed', reason: 'reset'});
	side.do({type: 'timer-fired', timer: 'relay'});
	const {attempt} = side.machine.relay;
	return side.do({type: 'relay-opened', attempt, url: 'ws://r', peers: [...peers]});
}

const told = (effects: ReturnType<OneCore['do']>) =>
	of(effects, 'emit').flatMap(({event}) =>
		event.event === 'peer_left' || event.event === 'peer_joined' ? [event.event] : [],
	);
const texts = (side: OneCore) => side.machine.state.activity.items.map(({text}) => text);

test('who left while our relay was away is told to have left, once, and why', (t) => {
	const side = new OneCore(ada);
	side.online();
	side.linked('proxy');
	t.deepEqual(told(relayComesBack(side, [])), ['peer_left']);
	t.true(texts(side).includes('left: left while we were away'), texts(side).join('\n'));
	t.false(side.peer.present);
	t.deepEqual(told(relayComesBack(side, [])), []);
	t.deepEqual(told(side.do({type: 'peer-joined', peer: side.entry()})), ['peer_joined']);
});

test('who is still there when our relay is back has not come, restarted or not', (t) => {
	for (const instance of ['i', 'later']) {
		const side = new OneCore(ada);
		side.online();
		side.linked('proxy');
		t.deepEqual(told(relayComesBack(side, [side.entry(instance)])), [], instance);
		t.true(side.peer.present);
		t.deepEqual(told(side.do({type: 'peer-left', peerId: bob, reason: 'left'})), ['peer_left']);
	}
});
