/** Tiers as people pin them: peers without a common one still come in step through the others, and a pin takes effect live. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {Lab, settle} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

test('peers whose pins exclude each other are in step through a third, and say so', async (t) => {
	const lab = new Lab(t);
	const ada = await lab.host('ada');
	const jim = await lab.join('jim', ada.invite, ['--tier', 'json']);
	const pam = await lab.join('pam', ada.invite, ['--tier', 'proxy']);
	const peers = [ada, jim, pam];
	await settle(peers);
	writeFileSync(path.join(jim.folder, 'by-jim.txt'), 'jim\n');
	const {head} = await settle(peers);
	for (const peer of peers) await peer.waitFor('synced', (event) => event.head === head);
	const link = (await pam.status()).peers.find(({name}) => name === 'jim');
	t.is(link?.status, 'offline');
	t.regex(link?.reason ?? '', /json/);
});

test('a pin switches a running session, and auto climbs up again', async (t) => {
	const lab = new Lab(t);
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	for (const pin of ['json', 'auto', 'proxy', 'direct', 'json', 'auto'] as const) {
		await bob.ask({request: 'tier', pin});
		const tier = pin === 'auto' ? 'direct' : pin;
		await waitUntil(`tier ${tier} on both`, async () => {
			const [one, other] = await Promise.all([ada.status(), bob.status()]);
			return one.peers[0]?.tier === tier && other.peers[0]?.tier === tier;
		});
		writeFileSync(path.join(ada.folder, 'save.txt'), `${pin} ${Math.random()}\n`);
		await settle([ada, bob]);
	}
	await waitUntil('the size of the store', async () => (await ada.status()).store_bytes > 0);
	t.pass();
});
