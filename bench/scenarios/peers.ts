/** More than two: all join at once, then one saves. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {seededRandom} from '../../test/helpers/random.js';
import {type PeerProcess, settle} from '../../test/helpers/peer-process.js';
import {type Contender} from '../contest.js';
import {countedMs, host, peakMegabytes} from '../contenders/pulsync.js';
import {type Place} from '../place.js';
import {projects, type Size} from '../projects.js';
import {type Scenario} from './scenario.js';

const deadlineMs = 600_000;
const savedBytes = 200_000;

function together(count: number, place: Place, size: Size): Contender {
	return {
		name: `${count} peers`,
		async run(round) {
			const source = place.emptyFolder('source');
			projects['2,000 files'](source, size);
			const {lab, ada, invite} = await host(place, source);
			const startedAt = Date.now();
			const others = Array.from({length: count - 1}, (_, at) =>
				lab.start(`peer-${at}`, ['join', '--name', `peer-${at}`], {PULSYNC_INVITE: invite}),
			);
			const joined = await Promise.all(
				others.map(async (peer) => peer.waitFor('applied', () => true, {deadlineMs})),
			);
			const ms = Math.max(...joined.map(({at}) => at)) - startedAt;
			await settle([ada, ...others], deadlineMs);
			const before = await sentBytes(ada);
			const bytes = seededRandom(round).bytes(savedBytes);
			const savedAt = performance.now();
			writeFileSync(path.join(ada.folder, 'saved.bin'), bytes);
			const files = others.map(({folder}) => path.join(folder, 'saved.bin'));
			while (!files.every((file) => existsSync(file) && readFileSync(file).equals(bytes))) await wait(2);
			const saveMs = performance.now() - savedAt;
			await settle([ada, ...others], deadlineMs);
			const figures = {
				ms,
				'save ms': saveMs,
				'host sent × the save': ((await sentBytes(ada)) - before) / savedBytes,
				'peak MB': Math.max(...[ada, ...others].map(({pid}) => peakMegabytes(pid))),
			};
			await Promise.all([ada, ...others].map(async (peer) => peer.stop()));
			return figures;
		},
	};
}

async function sentBytes(peer: PeerProcess): Promise<number> {
	await wait(countedMs);
	const {peers} = await peer.status();
	return peers.flatMap(({bytes_out: out}) => Object.values(out)).reduce((sum, bytes) => sum + bytes, 0);
}

export const peers: readonly Scenario[] = [
	{
		name: 'peers',
		title: '2, 4, 8 peers: all join at once (ms), then one saves 200 KB',
		runs: 3,
		contenders: (place, size) =>
			(size === 'full' ? [2, 4, 8] : [2, 3]).map((count) => together(count, place, size)),
	},
];
