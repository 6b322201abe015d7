/** `git clone` from a daemon on loopback; what it takes to add and commit before is not counted. */
import {freePort, timed} from '../place.js';
import {whenListening} from './listening.js';
import {type Copier} from './tool.js';

const env = {
	...process.env,
	GIT_CONFIG_NOSYSTEM: '1',
	GIT_CONFIG_GLOBAL: '/dev/null',
	GIT_AUTHOR_NAME: 'bench',
	GIT_AUTHOR_EMAIL: 'bench@localhost',
	GIT_COMMITTER_NAME: 'bench',
	GIT_COMMITTER_EMAIL: 'bench@localhost',
};

export const gitDaemon: Copier = {
	name: 'git clone git://',
	needs: ['git'],
	async serve(place, source) {
		for (const args of [
			['init', '-q'],
			['add', '-A'],
			['commit', '-q', '-m', 'all'],
		])
			await timed('git', args, {cwd: source, env});
		const port = await freePort();
		place.start(
			'git',
			['daemon', '--export-all', '--listen=127.0.0.1', `--port=${port}`, `--base-path=${source}`, source],
			env,
		);
		await whenListening(port);
		return {
			copy: async (target) => ({
				ms: await timed('git', ['clone', '-q', `git://127.0.0.1:${port}/`, target], {env}),
			}),
		};
	},
};
