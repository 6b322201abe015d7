/** What a peer is called, from one start to the next. */
import test from 'ava';
import {Lab} from '../helpers/peer-process.js';

test('a name that a flag gave is kept with the session, and with it alone', async (t) => {
	const lab = new Lab(t);
	const nameAt = async (folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
		const peer = lab.start(folder, args, env);
		await peer.waitFor('ready');
		const {name} = await peer.status();
		await peer.stop();
		return name;
	};
	const host = await lab.host('ada');
	t.is(await nameAt('bob', ['join', host.invite, '--name', 'Robert']), 'Robert');
	t.is(await nameAt('bob', []), 'Robert');
	t.is(await nameAt('bob', [], {PULSYNC_NAME: 'for now'}), 'for now');
	t.is(await nameAt('bob', ['join', host.invite]), 'Robert');
	t.is(await nameAt('bob', ['--name', 'Bobby']), 'Bobby');
	t.is(await nameAt('bob', []), 'Bobby');
	t.is(await nameAt('eve', ['join', host.invite], {PULSYNC_NAME: 'eve'}), 'eve');
	t.not(await nameAt('eve', []), 'eve');
});
