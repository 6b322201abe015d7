/** How long until a new peer has the project: from its command to the last file. */
import {type Contender} from '../contest.js';
import {gitDaemon} from '../contenders/git-daemon.js';
import {pulsync} from '../contenders/pulsync.js';
import {rsync} from '../contenders/rsync.js';
import {syncthing} from '../contenders/syncthing.js';
import {type Copier, type Server} from '../contenders/tool.js';
import {unison} from '../contenders/unison.js';
import {type Place} from '../place.js';
import {type ProjectName, projects, type Size} from '../projects.js';
import {present, type Scenario} from './scenario.js';

export function firstJoin(
	project: ProjectName,
	title: string,
	copiers: readonly Copier[],
	runs?: number,
): Scenario {
	return {
		name: `first-join-${project}`,
		title,
		runs,
		contenders: (place, size) => present(copiers).map((copier) => contender(copier, project, place, size)),
	};
}

function contender(copier: Copier, project: ProjectName, place: Place, size: Size): Contender {
	let server: Server;
	return {
		name: copier.name,
		async setUp() {
			const source = place.emptyFolder('source');
			projects[project](source, size);
			server = await copier.serve(place, source);
		},
		async run() {
			// It stays until the end: ext4 looks at each inode that was just freed for every file that is made next, whoever makes it.
			return server.copy(place.fresh('target'));
		},
	};
}

const direct = pulsync('direct');

export const firstJoins: readonly Scenario[] = [
	firstJoin('sample', 'first join: 2,000 texts and 20 binaries of 5 MB', [
		direct,
		pulsync('proxy'),
		pulsync('json'),
		rsync,
		unison,
		syncthing,
		gitDaemon,
	]),
	firstJoin('binaries', 'first join: 20 binaries, 1 GB', [direct, rsync, syncthing], 3),
	firstJoin('small-files', 'first join: 50,000 texts of 4 KB', [direct, rsync, syncthing], 3),
	firstJoin('sources', 'first join: real sources, 30,000 files', [direct, rsync, syncthing], 3),
];
