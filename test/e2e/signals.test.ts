/** How the program ends when it is told to from outside. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {Lab} from '../helpers/peer-process.js';

for (const [signal, code] of [
	['SIGTERM', 0],
	['SIGINT', 130],
] as const) {
	test.serial(
		`${signal} ends a session in order with exit code ${code}, and it can go on afterwards`,
		async (t) => {
			const lab = new Lab(t);
			writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a\n');
			const ada = await lab.host('ada');
			const bob = await lab.join('bob', ada.invite);
			await bob.waitFor('synced');
			t.deepEqual(await bob.stop(signal), {code, signal: null});
			t.is(bob.stderr, '');
			await ada.waitFor('peer_left');
			const again = await lab.resume('bob');
			await again.waitFor('synced');
		},
	);
}

test.serial(
	'host and member who end before there is anything to share go on later; the invite stays valid',
	async (t) => {
		const lab = new Lab(t);
		const ada = await lab.host('ada');
		const bob = await lab.join('bob', ada.invite);
		t.is((await bob.stop()).code, 0);
		t.is((await ada.stop()).code, 0);
		const again = await lab.resume('ada', ['--host', '127.0.0.1']);
		t.is((await again.waitFor('ready')).invite, ada.invite);
		const eve = await lab.join('eve', ada.invite);
		await lab.resume('bob');
		const online = new Set<string>();
		await eve.waitFor('link', ({peer_id, status}) => {
			if (status === 'online') online.add(peer_id);
			return online.size === 2;
		});
	},
);

test.serial('an invite given as an argument does not show in the process list', async (t) => {
	const lab = new Lab(t);
	writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a\n');
	const {invite} = await lab.host('ada');
	const bob = lab.start('bob', ['join', invite]);
	await bob.waitFor('ready');
	t.false(bob.commandLine().includes(invite.slice(0, 20)), bob.commandLine());
});
