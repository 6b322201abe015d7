/** A conflict of three peers from the warning to its end, with the commands that a script has for it. */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {type ConflictReport} from '../../source/core/status-report.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

const write = (peer: PeerProcess, name: string, text: string) => {
	writeFileSync(path.join(peer.folder, name), text);
};

test.serial(
	'warned of, three-sided, looked at side by side, settled by a merged file everywhere',
	async (t) => {
		const lab = new Lab(t);
		for (const name of ['plan.txt', 'tool', ...Array.from({length: 30}, (_, index) => `many${index}`)]) {
			writeFileSync(path.join(lab.path('ada'), name), 'as it was\n');
		}
		const ada = await lab.host('ada');
		const bob = await lab.join('bob', ada.invite);
		const eve = await lab.join('eve', ada.invite);
		const peers = [ada, bob, eve];
		await settle(peers);

		// Who saves is seen to be editing by the others, some paths at a time and for a while.
		write(ada, 'tool', 'saved by ada\n');
		const {peer_id: adasId} = await bob.waitFor('editing', ({paths}) => paths.includes('tool'));
		t.is((await bob.status()).peers.find(({peer_id: id}) => id === adasId)?.name, 'ada');
		const from = bob.events.length;
		for (let index = 0; index < 30; index++) write(ada, `many${index}`, 'at once\n');
		await bob.waitFor('editing', ({paths}) => paths.some((name) => name.startsWith('many')), {from});
		await settle(peers);
		for (const event of bob.events) if (event.event === 'editing') t.true(event.paths.length <= 20);

		for (const peer of peers) await peer.ask({request: 'pause'});
		for (const peer of peers) {
			await waitUntil('paused', async () => (await peer.status()).state === 'paused');
			write(peer, 'plan.txt', `by ${path.basename(peer.folder)}\n`);
		}
		for (const peer of peers) await peer.ask({request: 'resume', accept_deletions: false});
		for (const peer of peers) await peer.waitFor('conflict', ({path: name}) => name === 'plan.txt');
		await settle(peers);

		const run = async (name: string, ...args: string[]) => {
			const {code, stdout, stderr} = await lab.run(name, args);
			t.is(code, 0, `${args.join(' ')}: ${stderr}`);
			return stdout;
		};
		const {conflicts} = JSON.parse(await run('bob', 'conflicts', '--json')) as {conflicts: ConflictReport[]};
		const [conflict] = conflicts;
		t.like(conflict, {path: 'plan.txt', kind: 'content', base: {mode: '100644', bytes: 10, binary: false}});
		t.deepEqual(conflict!.sides.map(({name, mine}) => `${name} ${mine}`).sort(), [
			'ada false',
			'bob true',
			'eve false',
		]);
		for (const side of conflict!.sides) {
			t.is(await run('bob', 'show', 'plan.txt', '--side', side.oid!), `by ${side.name}\n`);
			t.is(side.bytes, `by ${side.name}\n`.length);
		}
		t.is(await run('bob', 'show', 'plan.txt', '--side', 'base'), 'as it was\n');
		t.is(await run('eve', 'show', 'plan.txt', '--peer', 'ada'), 'by ada\n');
		const shown = JSON.parse(await run('eve', 'show', 'plan.txt', '--json')) as {data: string; bytes: number};
		t.is(Buffer.from(shown.data, 'base64').toString(), 'by eve\n');

		const refused = await lab.run('bob', ['resolve', 'plan.txt', '--take', 'merged']);
		t.is(refused.code, 2, refused.stderr);
		const merged = await lab.run(
			'bob',
			['resolve', 'plan.txt', '--take', 'merged', '--file', '-', '--json'],
			{
				input: 'by all three\n',
			},
		);
		t.deepEqual(JSON.parse(merged.stdout), {resolved: ['plan.txt']}, merged.stderr);
		t.like(await bob.waitFor('resolved'), {path: 'plan.txt', take: 'merged'});
		await settle(peers);
		for (const peer of peers) {
			t.is(readFileSync(path.join(peer.folder, 'plan.txt'), 'utf8'), 'by all three\n');
			t.deepEqual((await peer.status()).conflicts, []);
		}
	},
);
