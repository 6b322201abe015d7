/**
 * A relay that goes and comes back under many sessions in the middle of transfers. Some are whole programs, the others
 * speak the relay's protocol alone, since a machine does not bear hundreds of programs. `npm run soak -- restart` has 200.
 */
import {randomBytes} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {RawPair} from '../helpers/raw-pair.js';
import {waitUntil} from '../helpers/wait.js';

const sessions = Number(process.env['PULSYNC_TEST_SESSIONS'] ?? 30);
/** Of these, sessions of two whole programs each. */
const programs = Number(process.env['PULSYNC_TEST_PROGRAMS'] ?? 2);
const maxAwayMs = 15_000;
const patienceMs = 120_000;
const megabyte = 1_000_000;
/** Larger than what goes through in the time of the test, at the speed that the raw pairs begin with. */
const contentBytes = 3 * megabyte;

test(`${sessions} sessions in the middle of transfers are back within 15 s of a relay's end, and lose nothing`, async (t) => {
	const lab = new Lab(t);
	t.timeout(20 * 60_000);
	let relay = await lab.relay();
	const {port} = await relay.waitFor('listening');
	const pairs: [PeerProcess, PeerProcess][] = [];
	for (let index = 0; index < programs; index++) {
		writeFileSync(path.join(lab.path(`a${index}`), 'first.bin'), randomBytes(megabyte));
		const flags = ['--tier', 'proxy'];
		const one = await lab.host(`a${index}`, ['--relay-url', relay.url, '--limit-up', '500KB', ...flags]);
		pairs.push([one, await lab.join(`b${index}`, one.invite, flags)]);
	}

	const raws = Array.from(
		{length: sessions - programs},
		() => new RawPair(relay.url, randomBytes(contentBytes)),
	);
	t.teardown(() => {
		for (const raw of raws) raw.close();
	});

	for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
		const from = pairs.map(([, other]) => other.events.length);
		for (const [one] of pairs)
			writeFileSync(path.join(one.folder, `${signal}.bin`), randomBytes(2 * megabyte));
		for (const [index, [, other]] of pairs.entries()) {
			await other.waitFor('transfer', () => true, {from: from[index], deadlineMs: patienceMs});
		}

		for (const raw of raws) raw.watch(0);
		await waitUntil('all to send', () => raws.every((raw) => raw.cameAgainAt), patienceMs);
		t.true(
			raws.every((raw) => !raw.isEqual),
			'all are in the middle',
		);

		const endedAt = Date.now();
		await relay.stop(signal);
		relay = await lab.relay(['--port', String(port)]);
		const backAt = (await relay.waitFor('listening')).at;
		for (const raw of raws) raw.watch(backAt);
		await waitUntil('all to send again', () => raws.every((raw) => raw.cameAgainAt), patienceMs);
		const away = raws.map((raw) => (raw.cameAgainAt ?? Infinity) - endedAt);
		for (const pair of pairs) {
			for (const peer of pair) {
				const isBack = ({at, status}: {at: number; status: string}) => at >= backAt && status === 'online';
				away.push((await peer.waitFor('link', isBack, {deadlineMs: patienceMs})).at - endedAt);
			}
		}

		const longest = Math.max(...away);
		t.log(`${signal}: the relay was away ${backAt - endedAt} ms, the last session ${longest} ms`);
		t.true(longest <= maxAwayMs, `${signal}: ${longest} ms`);
	}

	for (const raw of raws) raw.hurry();
	for (const [one, other] of pairs) {
		await settle([one, other], patienceMs);
		t.deepEqual(compareTrees(one.folder, other.folder), []);
		for (const peer of [one, other]) {
			t.false(peer.ended);
			t.is(peer.events.filter(({event}) => event === 'ready').length, 1);
		}
	}

	await waitUntil('all contents to be there', () => raws.every((raw) => raw.isEqual), patienceMs);
	t.is((await relay.stop()).code, 0);
});
