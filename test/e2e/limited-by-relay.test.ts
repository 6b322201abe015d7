/** A relay with a limit of bytes a second, as people on both sides see it: slower, said, and no error. */
import {randomBytes} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {type EventLine, Lab, programFile, settle} from '../helpers/peer-process.js';
import {TestTerminal} from '../helpers/terminal.js';
import {waitUntil} from '../helpers/wait.js';

const rate = 1_000_000;
const fileBytes = 4_000_000;
/** Half a second's worth may go at once after a rest, and as much as a tunnel's first window is credit already. */
const atOnceBytes = rate / 2 + 1024 * 1024;

/** What nobody is to see where a relay only slows down. */
function isWrong(line: EventLine): boolean {
	return (
		['error', 'problem', 'halted', 'peer_left'].includes(line.event) ||
		(line.event === 'link' && line.status === 'offline' && line.reason !== 'not connected yet') ||
		(line.event === 'attempt' && line.outcome === 'failed')
	);
}

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
			t.deepEqual(peer.events.filter(isWrong), []);
			t.is(peer.stderr, '');
		}
		await waitUntil('the limit is forgotten', async () => !(await ada.status()).relay.limited);
		for (const program of [bob, ada, relay]) t.is((await program.stop()).code, 0);
	});
}

/** What the relay counts of itself. */
async function countersOf({url}: {url: string}) {
	const response = await fetch(url.replace(/^ws(.*)\/ws$/, 'http$1/status'));
	return (await response.json()) as {errors: object; dropped: Record<string, number>};
}

for (const [tier, rates, bytes] of [
	['proxy', {connection: 10}, 20_000_000],
	['json', {session: 20, address: 20}, 8_000_000],
] as const) {
	test.serial(
		`${bytes} bytes pass over ${tier} where the relay takes ${JSON.stringify(rates)} messages a second, and nothing is refused`,
		async (t) => {
			const lab = new Lab(t);
			const limits = path.join(lab.folder, 'limits.json');
			writeFileSync(limits, JSON.stringify({messages_per_second: rates}));
			const relay = await lab.relay(['--limits', limits]);
			const ada = await lab.host('ada', ['--relay-url', relay.url, '--tier', tier]);
			const bob = await lab.join('bob', ada.invite, ['--tier', tier]);
			await settle([ada, bob]);
			writeFileSync(path.join(ada.folder, 'large.bin'), randomBytes(bytes));
			await settle([ada, bob]);
			t.deepEqual(compareTrees(ada.folder, bob.folder), []);
			t.deepEqual(ada.events.concat(bob.events).filter(isWrong), []);
			const {errors, dropped} = await countersOf(relay);
			t.deepEqual([errors, dropped['rate_limited']], [{}, undefined]);
			for (const program of [bob, ada, relay]) t.is((await program.stop()).code, 0);
		},
	);

	test.serial(
		`a transfer over ${tier} gets through where the relay takes less from now on than it told`,
		async (t) => {
			const lab = new Lab(t);
			const limits = path.join(lab.folder, 'limits.json');
			writeFileSync(limits, '{}');
			const relay = await lab.relay(['--limits', limits]);
			const ada = await lab.host('ada', ['--relay-url', relay.url, '--tier', tier]);
			const bob = await lab.join('bob', ada.invite, ['--tier', tier]);
			await settle([ada, bob]);
			writeFileSync(limits, JSON.stringify({messages_per_second: rates}));
			process.kill(relay.pid, 'SIGHUP');
			writeFileSync(path.join(ada.folder, 'large.bin'), randomBytes(bytes));
			await settle([ada, bob], 120_000);
			t.deepEqual(compareTrees(ada.folder, bob.folder), []);
			const {errors, dropped} = await countersOf(relay);
			const tries = ada.events.concat(bob.events).filter(({event}) => event === 'attempt').length;
			t.log(JSON.stringify({errors, dropped, tries}));
			t.true(tries < 20, `${tries} tries are a tight loop`);
			for (const program of [bob, ada, relay]) t.is((await program.stop()).code, 0);
		},
	);
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
