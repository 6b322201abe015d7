/** Unison over a socket on loopback: no encryption, two replicas, one pass. */
import {freePort, timed} from '../place.js';
import {whenListening} from './listening.js';
import {type Copier} from './tool.js';

export const unison: Copier = {
	name: 'unison',
	needs: ['unison'],
	async serve(place, source) {
		const port = await freePort();
		const serverEnv = {...process.env, UNISON: place.emptyFolder('unison-server')};
		place.start('unison', ['-socket', String(port), '-listen', '127.0.0.1'], serverEnv);
		await whenListening(port);
		return {
			// Its archives are of the pair of roots, so a new target begins anew.
			copy: async (target) => ({
				ms: await timed(
					'unison',
					[target, `socket://127.0.0.1:${port}/${source}`, '-batch', '-auto', '-terse', '-ui', 'text'],
					{env: {...process.env, UNISON: place.emptyFolder('unison-client')}},
				),
			}),
		};
	},
};
