/** 100 MB on their way while the path under them goes, comes back, and is chosen by hand: the transfer just goes on. */
import {randomBytes} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {ExecutionContext} from 'ava';
import {type Tier} from '../../source/protocol/tiers.js';
import {cut, shape} from '../helpers/network-faults.js';
import {
	linkedAfterJoining,
	linkedBy,
	NetworkLab,
	type Pair,
	settleEqual,
	toldNoFailure,
	waitForIt,
} from '../helpers/network-lab.js';
import {networkTest} from '../helpers/network-test.js';
import {type EventLine, type PeerProcess} from '../helpers/peer-process.js';

type Transfer = Extract<EventLine, {event: 'transfer'}>;

/** One object larger than any segment, and many smaller ones. */
const bigBytes = 40 * 1024 * 1024;
const smallBytes = 1_500_000;
const smallFiles = 40;
/** Slow enough that the transfer outlives all that is done to it. */
const megabitsPerSecond = 20;
/** No segment is larger. */
const segmentBytes = 8 * 1024 * 1024;

function writeProject(folder: string): void {
	mkdirSync(folder, {recursive: true});
	writeFileSync(path.join(folder, 'big.bin'), randomBytes(bigBytes));
	for (let index = 0; index < smallFiles; index++)
		writeFileSync(path.join(folder, `small-${index}.bin`), randomBytes(smallBytes));
}

/** The receiver's next step forward on a tier after a moment. */
async function flowsOn({ada, bob}: Pair, tier: Tier, since: number, deadlineMs: number): Promise<Transfer> {
	const before = Math.max(
		0,
		...incoming(bob)
			.filter(({at}) => at < since)
			.map((event) => event.done_bytes),
	);
	return waitForIt([ada, bob], async () =>
		bob.waitFor(
			'transfer',
			(event) =>
				event.direction === 'in' && event.tier === tier && event.at >= since && event.done_bytes > before,
			{deadlineMs},
		),
	);
}

function incoming(peer: PeerProcess): readonly Transfer[] {
	return peer.events.filter(
		(event): event is Transfer => event.event === 'transfer' && event.direction === 'in',
	);
}

/** Progress of one transfer never goes back, and each switch had at most one segment sent again. */
function assertSmooth(t: ExecutionContext, peer: PeerProcess, switches: number): void {
	// A later transfer brings another number of bytes.
	const setbacks = incoming(peer).filter((event, index, all) => {
		const before = all[index - 1];
		return before?.total_bytes === event.total_bytes && event.done_bytes < before!.done_bytes;
	});
	t.deepEqual(setbacks, []);
	const resent = Math.max(0, ...incoming(peer).map((event) => event.resent_bytes ?? 0));
	t.log(`${switches} switches, ${resent} bytes resent`);
	t.true(resent <= switches * segmentBytes, `${resent} bytes resent in ${switches} switches`);
}

networkTest('100 MB go on over proxy when the direct path falls silent, and come back to it', async (t) => {
	const lab = new NetworkLab(t);
	const {world} = lab;
	const wan = world.wan();
	const relay = await lab.relayOn(world.host('relay', wan, 10));
	const home = world.router('home', wan, 1, {kind: 'independent', net4: '192.168.1'});
	const [ada, bob] = [world.host('ada', home, 2), world.host('bob', home, 3)];
	for (const host of [ada, bob]) shape(host, megabitsPerSecond);
	const pair = await lab.pair(ada, bob, {relay});
	const peers = [pair.ada, pair.bob];
	await linkedAfterJoining(t, pair, ['tcp-lan'], 5000);
	writeProject(path.join(pair.ada.folder, 'assets'));
	await flowsOn(pair, 'direct', Date.now(), 30_000);

	const cutAt = Date.now();
	const silence = cut(ada, [bob.address4!]);
	const onProxy = await flowsOn(pair, 'proxy', cutAt, 30_000);
	t.log(`on proxy after ${onProxy.at - cutAt} ms`);
	t.true(onProxy.at - cutAt <= 8000, `on proxy after ${onProxy.at - cutAt} ms`);

	silence.lift();
	const liftedAt = Date.now();
	await linkedBy(t, peers, ['tcp-lan'], {since: liftedAt, withinMs: 15_000});
	await flowsOn(pair, 'direct', liftedAt, 10_000);

	for (const tier of ['json', 'proxy', 'direct'] as const) {
		const pinnedAt = Date.now();
		const told = await lab.run('ada', ['tier', tier, '--json']);
		t.is(told.code, 0, told.stderr);
		const {at} = await flowsOn(pair, tier, pinnedAt, 15_000);
		t.log(`pinned to ${tier}: it carries after ${at - pinnedAt} ms`);
	}
	await settleEqual(t, peers);
	assertSmooth(t, pair.bob, 5);
	toldNoFailure(t, peers);
});
