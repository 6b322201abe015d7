/** A state of a session with two peers, as the views get it; `change` replaces what a test is about. */
import {type Peer, type State} from '../../source/core/state.js';

const noBytes = {direct: 0, proxy: 0, json: 0};
export const headOne = '1'.repeat(40);
export const headTwo = '2'.repeat(40);

export function samplePeer(change: Partial<Peer> = {}): Peer {
	return {
		peerId: 'bbbb7f3aaaaaaaaaaaaaaaaaaa',
		name: 'bob',
		publicKey: 'key',
		instance: 'one',
		present: true,
		link: {status: 'online', tier: 'proxy', route: 'proxy', generation: 1, since: 0, rttMs: 4},
		head: headOne,
		revision: 1,
		editing: [],
		bytes: {in: {...noBytes, proxy: 10}, out: noBytes},
		attempts: [],
		...change,
	};
}

export function sampleState(change: Partial<State> = {}): State {
	const peer = samplePeer();
	return {
		now: 1000,
		self: {peerId: 'aaaaaaaaaaaaaaaaaaaaaaaaaa', name: 'ada', instance: 'one', role: 'host'},
		session: {
			sessionId: 'k7f3q2aaaaaaaaaaaaaaaaaaaa',
			root: '/project',
			projectName: 'project',
			invite: 'pulsync:127.0.0.1:8787/k7f3q2aaaaaaaaaaaaaaaaaaaa/1secret',
			relayUrl: 'ws://127.0.0.1:8787/ws',
		},
		relay: {status: 'online', since: 0, binary: 'passes'},
		hasNetwork: true,
		pin: 'auto',
		limits: {up: undefined, down: undefined},
		peers: new Map([[peer.peerId, peer]]),
		project: {
			head: headOne,
			tree: '3'.repeat(40),
			files: 2,
			bytes: 20,
			storeBytes: 30,
			activity: {kind: 'idle'},
			mode: {kind: 'running'},
		},
		conflicts: [],
		problems: {items: [], hidden: 0},
		activity: {items: [], hidden: 0},
		throughput: {samples: []},
		...change,
	};
}
