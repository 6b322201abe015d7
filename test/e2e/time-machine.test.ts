/** History that was cut off on one peer and is kept by another: looked at, brought back, and undone, by the commands. */
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {type HistoryEntry} from '../../source/core/session.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';

type Listed = {readonly entries: (HistoryEntry & {kept_by?: string})[]; readonly end: string};

const read = (peer: PeerProcess, name: string) => readFileSync(path.join(peer.folder, name), 'utf8');

test.serial('what one cut off another still has', async (t) => {
	const lab = new Lab(t);
	for (const name of ['plan.txt', 'gone.txt', 'other.txt']) {
		writeFileSync(path.join(lab.path('ada'), name), `${name} at first\n`);
	}
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	const run = async (name: string, ...args: string[]) => {
		const {code, stdout, stderr} = await lab.run(name, args);
		t.is(code, 0, `${args.join(' ')}: ${stderr}`);
		return stdout;
	};
	const save = async (text: string) => {
		writeFileSync(path.join(ada.folder, 'plan.txt'), text);
		await settle([ada, bob]);
	};
	const {head: first} = await ada.status();
	await save('second\n');
	const {head: secondHead} = await ada.status();
	rmSync(path.join(ada.folder, 'gone.txt'));
	await save('third\n');
	await save('fourth\n');

	const before = (await ada.status()).store_bytes;
	const tidied = JSON.parse(await run('ada', 'tidy', '--keep-days', '0', '--json')) as {cut: number};
	t.true(tidied.cut >= 3);
	t.true((await ada.status()).store_bytes > 0 && before >= 0);
	const listed = JSON.parse(await run('ada', 'history', 'plan.txt', '--json')) as Listed;
	t.deepEqual([listed.entries.length, listed.end], [0, 'boundary']);
	const older = JSON.parse(await run('ada', 'history', 'plan.txt', '--older', '--json')) as Listed;
	// The last one is at ada's boundary: it is here, but what it changed only bob can tell.
	t.deepEqual(older.entries.map((entry) => [entry.name, entry.kept_by ?? 'here']).sort(), [
		['ada', 'bob'],
		['ada', 'bob'],
		['ada', 'bob'],
		['ada', 'here'],
	]);
	const second = older.entries.find(({commit}) => commit.startsWith(secondHead!.slice(0, 12)))!;

	// Of a path that is there, of one that was deleted, and of all.
	await run('ada', 'restore', 'plan.txt', '--at', second.commit);
	await run('ada', 'restore', 'gone.txt', '--at', first!);
	await settle([ada, bob]);
	t.deepEqual([read(bob, 'plan.txt'), read(bob, 'gone.txt')], ['second\n', 'gone.txt at first\n']);
	const {head: now} = await ada.status();
	await run('ada', 'restore', '.', '--at', first!);
	await settle([ada, bob]);
	t.is(read(bob, 'plan.txt'), 'plan.txt at first\n');
	t.true((await run('bob', 'diff', 'plan.txt', '--from', now!)).includes('-second\n+plan.txt at first\n'));
	await run('bob', 'restore', '.', '--at', now!);
	await settle([ada, bob]);
	t.is(read(ada, 'plan.txt'), 'second\n');

	await bob.stop();
	const refused = await lab.run('ada', ['restore', 'plan.txt', '--at', '2001-01-01']);
	t.is(refused.code, 2);
	t.true(refused.stderr.includes('No snapshot fits'), refused.stderr);
});
