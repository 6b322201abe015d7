/** The direct tier of a session that has no relay and no loop. */
import {randomBytes} from 'node:crypto';
import {DirectDesk} from '../../source/runtime/direct-desk.js';
import {createIdentity} from '../../source/transport/identity.js';
import {deriveSession} from '../../source/transport/session-keys.js';
import {sampleState} from './sample-state.js';

export function createDirectDesk(state = sampleState()) {
	const identity = createIdentity();
	const keys = deriveSession({secret: randomBytes(32), founderPublicKey: identity.publicKey});
	return new DirectDesk({
		identity,
		instance: 'one',
		keys,
		founderKey: identity.publicKey,
		state: () => state,
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
