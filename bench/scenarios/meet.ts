/** Starting again, and two folders that have the same files already. */
import {cpSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {settle} from '../../test/helpers/peer-process.js';
import {type Contender} from '../contest.js';
import {cpuMs, host, peakMegabytes} from '../contenders/pulsync.js';
import {rsync} from '../contenders/rsync.js';
import {type Server} from '../contenders/tool.js';
import {type Place, timed} from '../place.js';
import {type ProjectName, projects, type Size} from '../projects.js';
import {present, type Scenario} from './scenario.js';

const deadlineMs = 600_000;

/** A peer that was away comes back: from its command to `synced`. `away` is what happens on the other side meanwhile. */
function rejoin(
	project: ProjectName,
	place: Place,
	size: Size,
	away: (source: string, round: number) => void,
): Contender {
	let peers: Awaited<ReturnType<typeof host>>;
	return {
		name: 'pulsync',
		async setUp() {
			const source = place.emptyFolder('source');
			projects[project](source, size);
			peers = await host(place, source);
			const bob = await peers.lab.join('bob', peers.invite);
			await settle([peers.ada, bob], deadlineMs);
			await bob.stop();
		},
		async run(round) {
			away(peers.ada.folder, round);
			await settle([peers.ada], deadlineMs);
			const startedAt = Date.now();
			const bob = peers.lab.start('bob', []);
			const {at} = await bob.waitFor('synced', () => true, {deadlineMs});
			const figures = {ms: at - startedAt, 'peak MB': peakMegabytes(bob.pid), 'cpu ms': cpuMs(bob.pid)};
			await bob.stop();
			return figures;
		},
	};
}

/** What git needs to find out that nothing changed: the least that a scan can cost. */
function gitStatus(project: ProjectName, place: Place, size: Size): Contender {
	let folder: string;
	return {
		name: 'git status',
		async setUp() {
			folder = place.emptyFolder('source');
			projects[project](folder, size);
			await timed('git', ['init', '-q'], {cwd: folder});
			await timed('git', ['add', '-A'], {cwd: folder});
		},
		run: async () => ({ms: await timed('git', ['status', '--porcelain'], {cwd: folder})}),
	};
}

function rsyncAgain(
	project: ProjectName,
	place: Place,
	size: Size,
	change: (source: string, round: number) => void,
): Contender {
	let server: Server;
	let [source, target] = ['', ''];
	return {
		name: 'rsync daemon, again',
		async setUp() {
			source = place.emptyFolder('source');
			projects[project](source, size);
			server = await rsync.serve(place, source);
			target = place.fresh('target');
			await server.copy(target);
		},
		async run(round) {
			change(source, round);
			return server.copy(target);
		},
	};
}

/** Two folders with the same files meet for the first time. */
function meetEqual(project: ProjectName, place: Place, size: Size): Contender {
	let peers: Awaited<ReturnType<typeof host>>;
	return {
		name: 'pulsync join --merge',
		async setUp() {
			const source = place.emptyFolder('source');
			projects[project](source, size);
			peers = await host(place, source);
		},
		async run(round) {
			const name = `bob-${round}`;
			const folder = peers.lab.path(name);
			const skipped = path.join(peers.ada.folder, '.pulsync');
			cpSync(peers.ada.folder, folder, {recursive: true, filter: (file) => file !== skipped});
			const startedAt = Date.now();
			const bob = peers.lab.start(name, ['join', '--merge', '--name', name], {PULSYNC_INVITE: peers.invite});
			const {at} = await bob.waitFor('synced', () => true, {deadlineMs});
			const figures = {ms: at - startedAt, 'peak MB': peakMegabytes(bob.pid)};
			await bob.stop();
			return figures;
		},
	};
}

const nothing = () => undefined;

function aDay(source: string, round: number): void {
	for (let index = 0; index < 300; index++)
		writeFileSync(path.join(source, `day-${index % 150}.txt`), `${index} in round ${round}\n`);
}

export const meetings: readonly Scenario[] = [
	{
		name: 'rejoin-50,000',
		title: 'start again, nothing to do, 50,000 files',
		contenders: (place, size) => [
			rejoin('50,000 files', place, size, nothing),
			gitStatus('50,000 files', place, size),
			...present([rsync]).map(() => rsyncAgain('50,000 files', place, size, nothing)),
		],
	},
	{
		name: 'rejoin-after-a-day',
		title: 'start again after 300 saves of others, 104 MB',
		contenders: (place, size) => [
			rejoin('sample', place, size, aDay),
			...present([rsync]).map(() => rsyncAgain('sample', place, size, aDay)),
		],
	},
	{
		name: 'meet-equal',
		title: 'two folders with the same 104 MB meet',
		contenders: (place, size) => [
			meetEqual('sample', place, size),
			...present([rsync]).map(() => rsyncAgain('sample', place, size, nothing)),
		],
	},
];
