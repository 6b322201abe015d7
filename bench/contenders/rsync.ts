/** rsync from a daemon on loopback: no history, no encryption, one direction. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {freePort, timed} from '../place.js';
import {whenListening} from './listening.js';
import {type Copier} from './tool.js';

export const rsync: Copier = {
	name: 'rsync daemon',
	needs: ['rsync'],
	async serve(place, source) {
		const port = await freePort();
		const settings = path.join(place.folder, `rsyncd-${port}.conf`);
		writeFileSync(
			settings,
			`use chroot = no\nuid = ${process.getuid?.() ?? 0}\ngid = ${process.getgid?.() ?? 0}\n[project]\npath = ${source}\n`,
		);
		place.start('rsync', [
			'--daemon',
			'--no-detach',
			'--address=127.0.0.1',
			`--port=${port}`,
			`--config=${settings}`,
			`--log-file=${settings}.log`,
		]);
		await whenListening(port);
		return {
			copy: async (target) => ({
				ms: await timed('rsync', ['-a', '--exclude=/.pulsync', `rsync://127.0.0.1:${port}/project/`, target]),
			}),
		};
	},
};
