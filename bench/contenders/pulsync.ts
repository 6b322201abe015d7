/** Ours: the built program as processes of their own, `host` and `join`, the relay inside of the host. */
import {readFileSync, renameSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {type Tier} from '../../source/protocol/tiers.js';
import {Lab, type PeerProcess, settle} from '../../test/helpers/peer-process.js';
import {type Place} from '../place.js';
import {type Copier, type Keeper} from './tool.js';

const deadlineMs = 600_000;
/** A session counts its bytes once a second. */
export const countedMs = 1100;

/** Hosts a folder; resolves when all of it is in the store. */
export async function host(
	place: Place,
	source: string,
): Promise<{lab: Lab; ada: PeerProcess; invite: string}> {
	const lab = labAt(place);
	renameSync(source, path.join(lab.folder, 'ada'));
	const ada = await lab.host('ada');
	await settle([ada], deadlineMs);
	return {lab, ada, invite: ada.invite};
}

export function labAt(place: Place): Lab {
	return new Lab({teardown: (end) => place.atEnd(end), timeout: () => undefined});
}

/** From the command to `synced`: all files are on the disk, durably, and both peers say so. */
export function pulsync(tier: Tier): Copier {
	return {
		name: `pulsync ${tier}`,
		needs: [],
		async serve(place, source) {
			const {lab, ada, invite} = await host(place, source);
			let serial = 0;
			return {
				async copy() {
					const name = `bob-${++serial}`;
					lab.path(name);
					const before = cpuMs(ada.pid);
					const startedAt = Date.now();
					const bob = lab.start(name, ['join', '--name', name, '--tier', tier], {PULSYNC_INVITE: invite});
					const {at} = await bob.waitFor('synced', () => true, {deadlineMs});
					const figures = {
						ms: at - startedAt,
						'peak MB': peakMegabytes(bob.pid),
						'cpu ms': cpuMs(bob.pid) + cpuMs(ada.pid) - before,
					};
					await bob.stop();
					return figures;
				},
			};
		},
	};
}

/** Two peers of ours; `target` joins over one tier. */
export function pulsyncPair(tier: Tier): Keeper {
	return {
		name: `pulsync ${tier}`,
		needs: [],
		async keep(place, source) {
			const {lab, ada, invite} = await host(place, source);
			const bob = await lab.join('bob', invite, ['--tier', tier]);
			await settle([ada, bob], deadlineMs);
			return {
				source: ada.folder,
				target: bob.folder,
				wireBytes: async () => {
					await settle([ada, bob]);
					await wait(countedMs);
					const {peers} = await bob.status();
					return peers
						.flatMap(({bytes_in: into}) => Object.values(into))
						.reduce((sum, bytes) => sum + bytes, 0);
				},
				processes: () => [ada.pid, bob.pid],
			};
		},
	};
}

/** The most memory that a process has had, its shared libraries included. */
export function peakMegabytes(pid: number): number {
	return statusKilobytes(pid, 'VmHWM') / 1000;
}

export function residentMegabytes(pid: number): number {
	return statusKilobytes(pid, 'VmRSS') / 1000;
}

/** Processor time of a process and of its children that ended. */
export function cpuMs(pid: number): number {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 15);
	return fields.reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

function statusKilobytes(pid: number, field: string): number {
	return Number(
		new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1],
	);
}
