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

test.serial('an invite given as an argument does not show in the process list', async (t) => {
	const lab = new Lab(t);
	writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a\n');
	const {invite} = await lab.host('ada');
	const bob = lab.start('bob', ['join', invite]);
	await bob.waitFor('ready');
	t.false(bob.commandLine().includes(invite.slice(0, 20)), bob.commandLine());
});
