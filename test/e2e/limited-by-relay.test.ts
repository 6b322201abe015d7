/** A relay with a limit of bytes a second, as people on both sides see it: slower, said, and no error. */
import {randomBytes} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, programFile, settle} from '../helpers/peer-process.js';
import {TestTerminal} from '../helpers/terminal.js';
import {waitUntil} from '../helpers/wait.js';

const rate = 1_000_000;
const fileBytes = 4_000_000;
/** Half a second's worth may go at once after a rest, and as much as a tunnel's first window is credit already. */
const atOnceBytes = rate / 2 + 1024 * 1024;

for (const tier of ['proxy', 'json'] as const) {
	test.serial(`a relay's limit slows a transfer over ${tier} down, is shown, and ends nothing`, async (t) => {
		const lab = new Lab(t);
		const relay = await lab.relay(['--max-bytes-per-second', '1MB/s']);
		const ada = await lab.host('ada', ['--relay-url', relay.url, '--tier', tier]);
		const bob = await lab.join('bob', ada.invite, ['--tier', tier]);
		await settle([ada, bob]);
		writeFileSync(path.join(ada.folder, 'large.bin'), randomBytes(fileBytes));
		const startedAt = performance.now();
		const settled = settle([ada, bob]);
		const {limited} = await waitUntil('ada is told', async () => {
			const {relay: facts} = await ada.status();
			return facts.limited && facts;
		});
		t.deepEqual(limited, {scope: 'session', bytes_per_second: rate});
		await settled;
		const seconds = (performance.now() - startedAt) / 1000;
		t.true(seconds > (fileBytes - atOnceBytes) / (1.05 * rate), `${seconds} s are too few for the limit`);
		t.deepEqual(compareTrees(ada.folder, bob.folder), []);
		for (const peer of [ada, bob]) {
			const wrong = peer.events.filter(
				(line) =>
					['error', 'problem', 'halted', 'peer_left'].includes(line.event) ||
					(line.event === 'link' && line.status === 'offline' && line.reason !== 'not connected yet') ||
					(line.event === 'attempt' && line.outcome === 'failed'),
			);
			t.deepEqual(wrong, []);
			t.is(peer.stderr, '');
		}
		await waitUntil('the limit is forgotten', async () => !(await ada.status()).relay.limited);
		for (const program of [bob, ada, relay]) t.is((await program.stop()).code, 0);
	});
}

test.serial('the screen says that the relay limits, and takes it back', async (t) => {
	const lab = new Lab(t);
	const relay = await lab.relay(['--max-bytes-per-second', '1MB/s']);
	const bob = await lab.host('bob', ['--relay-url', relay.url, '--tier', 'proxy']);
	const folder = lab.path('ada');
	const ada = new TestTerminal({
		args: [programFile, 'join', bob.invite, '--name', 'ada'],
		cwd: folder,
		env: lab.env,
		columns: 100,
		rows: 30,
	});
	t.teardown(async () => ada.close());
	await ada.waitFor(/bob\s+proxy/, 60_000);
	await ada.waitFor('in step', 60_000);
	writeFileSync(path.join(folder, 'large.bin'), randomBytes(fileBytes));
	await ada.waitFor('Limited by the relay to 1.0 MB/s', 60_000);
	await ada.waitFor('in step', 60_000);
	await waitUntil('the banner goes', () => !ada.grid().some((line) => line.includes('Limited by the relay')));
	t.deepEqual(compareTrees(bob.folder, folder), []);
	const line = 'limited by the relay to 1';
	t.true(
		ada.grid().some((row) => row.includes(line)),
		'the list keeps it',
	);
});
