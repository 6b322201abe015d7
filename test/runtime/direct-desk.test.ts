/** What an attempt of the direct tier gets, and how many of them a peer can cause. */
import {randomBytes} from 'node:crypto';
import test from 'ava';
import {Failure} from '../../source/protocol/failure.js';
import {DirectDesk} from '../../source/runtime/direct-desk.js';
import {createIdentity} from '../../source/transport/identity.js';
import {deriveSession} from '../../source/transport/session-keys.js';
import {samplePeer, sampleState} from '../helpers/sample-state.js';

function createDesk() {
	const identity = createIdentity();
	const keys = deriveSession({secret: randomBytes(32), founderPublicKey: identity.publicKey});
	return new DirectDesk({
		identity,
		instance: 'one',
		keys,
		founderKey: identity.publicKey,
		state: () => sampleState(),
		relay: () => undefined,
		hello: (tiers) => ({
			type: 'hello',
			name: 'ada',
			role: 'host',
			versions: [1, 1],
			tiers: [...tiers],
			addresses: [],
			relay_urls: [],
			capabilities: [],
		}),
		dispatch: () => undefined,
		log: () => undefined,
	});
}

const callbacks = {message: () => undefined, bulk: () => undefined, closed: () => undefined};

for (const leader of [true, false]) {
	test(`a peer cannot make us dial on and on, ${leader ? 'asking' : 'leading'}`, async (t) => {
		const desk = createDesk();
		const codes: string[] = [];
		for (let generation = 1; generation <= 100; generation++) {
			const {peerId} = samplePeer();
			const tiers = ['direct'] as const;
			const effect = {
				type: 'open-carrier',
				tier: 'direct',
				routes: 'all',
				peerId,
				generation,
				leader,
				tiers,
			} as const;
			try {
				await desk.open(effect, {callbacks, signal: AbortSignal.abort(new Failure('closed'))});
			} catch (error) {
				codes.push(error instanceof Failure ? error.code : String(error));
			}
		}
		t.deepEqual(new Set(codes.slice(0, 10)), new Set(['closed']));
		t.deepEqual(new Set(codes.slice(-50)), new Set(['rate_limited']));
		await desk.close();
	});
}
