/** A first transfer while its path is switched by hand: as with any other loss of a path, progress goes on. */
import {randomBytes} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {Lab, settle} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

const megabyte = 1_000_000;

test('three pins in a row during a transfer send at most a segment again each, and progress only goes on', async (t) => {
	t.timeout(120_000);
	const lab = new Lab(t);
	const folder = path.join(lab.path('ada'), 'large');
	mkdirSync(folder);
	for (let index = 0; index < 10; index++)
		writeFileSync(path.join(folder, `${index}`), randomBytes(5 * megabyte));
	const ada = await lab.host('ada', ['--limit-up', '8MB']);
	const bob = await lab.join('bob', ada.invite);
	const told = () =>
		bob.events.filter((event) => event.event === 'transfer' && event.direction === 'in') as readonly {
			done_bytes: number;
			total_bytes?: number;
			resent_bytes?: number;
			tier: string;
		}[];
	const done = () => told().at(-1)?.done_bytes ?? 0;
	for (const pin of ['json', 'proxy', 'auto'] as const) {
		const before = done();
		await waitUntil('more of the transfer', () => done() >= before + 5 * megabyte);
		await bob.ask({request: 'tier', pin});
	}
	await settle([ada, bob]);
	const all = told();
	t.true(all.every((event, at) => at === 0 || event.done_bytes >= all[at - 1]!.done_bytes));
	t.true(new Set(all.map(({tier}) => tier)).size >= 3, [...new Set(all.map(({tier}) => tier))].join(' '));
	const resent = all.at(-1)!.resent_bytes ?? 0;
	t.log(`${resent} bytes again`);
	t.true(resent <= 3 * 5 * megabyte + 512 * 1024);
	t.is((await bob.status()).peers[0]?.resent_bytes, resent);
	t.false(bob.events.some(({event}) => event === 'problem' || event === 'error'));
});
