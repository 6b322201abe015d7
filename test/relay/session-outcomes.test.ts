/** How a session ended, in the one line that it leaves; hub.test.ts has the one that never had two. */
import test from 'ava';
import {choke, hubWith} from './fake-hub.js';
import {type FakeSocket} from './fake-sockets.js';
import {createPeer, createSession} from './raw-client.js';

const [founder, guest] = [createPeer(), createPeer()];
const session = createSession(founder);

function hubWithOutcomes() {
	const outcomes: unknown[] = [];
	const log = (message: string, facts: Readonly<Record<string, unknown>>) => {
		if (message === 'session ended') outcomes.push(facts['outcome']);
	};

	return {...hubWith({log}), outcomes};
}

/** Says goodbye, for whom. */
function leave(socket: FakeSocket, {peerId}: {peerId: string}): void {
	socket.say({type: 'leave_session', session_id: session.sessionId, peer_id: peerId});
}

const ends: Readonly<
	Record<string, (hub: ReturnType<typeof hubWithOutcomes>, first: FakeSocket, last: FakeSocket) => unknown>
> = {
	left(_hub, first, last) {
		first.events.closed();
		leave(last, founder);
	},
	lost(_hub, first, last) {
		leave(first, guest);
		last.events.closed();
	},
	silent({pass}) {
		pass(17);
	},
	too_slow(_hub, first, last) {
		first.events.closed();
		choke(last, founder, session);
	},
	restarted({hub}) {
		hub.shutDown();
	},
};

for (const [outcome, run] of Object.entries(ends)) {
	test(`a session whose last peer ended so is "${outcome}" in its one line`, (t) => {
		const scene = hubWithOutcomes();
		const last = scene.enter(founder, session, 'create_session');
		const first = scene.enter(guest, session);
		run(scene, first, last);
		t.deepEqual(scene.outcomes, [outcome]);
		for (const socket of [first, last]) socket.events.closed();
		t.deepEqual(scene.outcomes, [outcome], 'and that is its only line');
	});
}
