/** Syncthing, two devices on loopback, at its fastest settings; discovery, relays and reports are off. */
import {type ChildProcess, spawnSync} from 'node:child_process';
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {freePort, type Place} from '../place.js';
import {type Copier, type Keeper} from './tool.js';

type Device = {
	readonly home: string;
	readonly id: string;
	readonly port: number;
	readonly guiPort: number;
};

const apiKey = 'bench';
const deadlineMs = 600_000;

async function makeDevice(place: Place, name: string): Promise<Device> {
	const home = place.emptyFolder(name);
	spawnSync('syncthing', ['generate', `--home=${home}`, '--no-default-folder'], {stdio: 'ignore'});
	const told = spawnSync('syncthing', [`--home=${home}`, '--device-id'], {encoding: 'utf8'});
	return {home, id: told.stdout.trim(), port: await freePort(), guiPort: await freePort()};
}

function start(place: Place, self: Device, other: Device, folder: string): ChildProcess {
	const address = `tcp://127.0.0.1:${other.port}`;
	writeFileSync(
		path.join(self.home, 'config.xml'),
		`<configuration version="35">
	<folder id="project" path="${folder}" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="true" fsWatcherDelayS="1">
		<device id="${self.id}"></device><device id="${other.id}"></device>
	</folder>
	<device id="${self.id}" compression="never"><address>dynamic</address></device>
	<device id="${other.id}" compression="never"><address>${address}</address></device>
	<gui enabled="true" tls="false"><address>127.0.0.1:${self.guiPort}</address><apikey>${apiKey}</apikey></gui>
	<options>
		<listenAddress>tcp://127.0.0.1:${self.port}</listenAddress>
		<globalAnnounceEnabled>false</globalAnnounceEnabled>
		<localAnnounceEnabled>false</localAnnounceEnabled>
		<relaysEnabled>false</relaysEnabled>
		<natEnabled>false</natEnabled>
		<reconnectionIntervalS>1</reconnectionIntervalS>
		<startBrowser>false</startBrowser>
		<urAccepted>-1</urAccepted>
		<autoUpgradeIntervalH>0</autoUpgradeIntervalH>
		<crashReportingEnabled>false</crashReportingEnabled>
		<announceLANAddresses>false</announceLANAddresses>
	</options>
</configuration>
`,
	);
	return place.start(
		'syncthing',
		['serve', `--home=${self.home}`, '--no-browser', '--no-restart', '--logflags=0'],
		{
			...process.env,
			STNOUPGRADE: '1',
			HOME: self.home,
		},
	);
}

type FolderStatus = {readonly state: string; readonly globalFiles: number; readonly needTotalItems: number};

/** Resolves when a device has scanned, knows of this many files and needs none. */
async function whenComplete({guiPort}: Device, files: number): Promise<void> {
	const until = Date.now() + deadlineMs;
	while (Date.now() < until) {
		try {
			const answer = await fetch(`http://127.0.0.1:${guiPort}/rest/db/status?folder=project`, {
				headers: {'X-API-Key': apiKey},
			});
			const status = (await answer.json()) as FolderStatus;
			if (status.state === 'idle' && status.globalFiles >= files && status.needTotalItems === 0 && files > 0)
				return;
		} catch {
			// Not listening yet.
		}
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	throw new Error('syncthing did not get done');
}

async function globalFiles({guiPort}: Device): Promise<number> {
	const until = Date.now() + deadlineMs;
	let former = -1;
	while (Date.now() < until) {
		try {
			const answer = await fetch(`http://127.0.0.1:${guiPort}/rest/db/status?folder=project`, {
				headers: {'X-API-Key': apiKey},
			});
			const {state, globalFiles: files} = (await answer.json()) as FolderStatus;
			if (state === 'idle' && files > 0 && files === former) return files;
			former = files;
		} catch {
			// Not listening yet.
		}
		await new Promise((resolve) => setTimeout(resolve, 300));
	}
	throw new Error('syncthing did not scan');
}

const name = 'syncthing';
const needs = ['syncthing'];

export const syncthing: Copier = {
	name,
	needs,
	async serve(place, source) {
		const [ada, bob] = [await makeDevice(place, 'ada'), await makeDevice(place, 'bob')];
		start(place, ada, bob, source);
		const files = await globalFiles(ada);
		return {
			async copy(target) {
				rmSync(path.join(bob.home, 'index-v0.14.0.db'), {recursive: true, force: true});
				const startedAt = performance.now();
				const child = start(place, bob, ada, target);
				await whenComplete(bob, files);
				const ms = performance.now() - startedAt;
				const ended = new Promise((resolve) => child.once('close', resolve));
				child.kill();
				await ended;
				return {ms};
			},
		};
	},
};

export const syncthingPair: Keeper = {
	name,
	needs,
	async keep(place, source) {
		const [ada, bob] = [await makeDevice(place, 'ada'), await makeDevice(place, 'bob')];
		const target = place.fresh('target');
		const children = [start(place, ada, bob, source)];
		const files = await globalFiles(ada);
		children.push(start(place, bob, ada, target));
		await whenComplete(bob, files);
		return {source, target, processes: () => children.map(({pid}) => workerOf(pid ?? 0))};
	},
};

/** The process that is started only watches over another one, which does the work; any of its threads may have started that. */
function workerOf(pid: number): number {
	const threads = readdirSync(`/proc/${pid}/task`);
	const children = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
	const [worker] = children.join('').trim().split(' ');
	return Number(worker) || pid;
}
