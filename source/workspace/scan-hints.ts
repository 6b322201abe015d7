/** What a watcher's hints are about: the places of the project that are to be looked at. */
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {findPathFault} from '../protocol/path-name.js';
import {lookAt} from './disk-entry.js';
import {type OwnDevice} from './own-device.js';
import {isRuleFile} from './rule-file.js';
import {findObstacle, parentOf} from './safe-path.js';
import {type NotSynced} from './walk-folder.js';

/**
 * Hints as the highest real thing they are about: below a file, a link or nothing there is only that obstacle to look
 * at; a changed rule file makes its whole folder dirty, and so does a `.git` that comes or goes.
 */
export function findHints(root: string, only: ReadonlySet<Path>): Set<Path> {
	const hints = new Set<Path>();
	for (const path of only) {
		if (path === '' || isRuleFile(path)) hints.add(parentOf(path));
		const inside = outsideOfGit(path);
		if (inside === '' || inside === '.pulsync' || inside.startsWith('.pulsync/')) continue;
		if (findPathFault(inside) === 'bad_name') continue;
		hints.add(findObstacle(root, inside)?.at ?? inside);
	}
	return hints;
}

/** `a/.git/x` says something about `a`, whether it is a nested repository; the project's own `.git` says nothing. */
function outsideOfGit(path: Path): Path {
	const at = `/${path}/`.indexOf('/.git/');
	return at < 0 ? path : path.slice(0, Math.max(0, at - 1));
}

/** Why a path lies in something that is not synced as a whole: a nested repository, a mounted disk, or a folder that does not tell. */
export function findOutside(root: string, path: Path, device: OwnDevice): NotSynced | undefined {
	const other = device.findOther(path);
	if (other?.error !== undefined) return {path: other.at, reason: 'unreadable', code: other.error};
	if (other) return {path: other.at, reason: 'other_filesystem'};
	for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
		const folder = path.slice(0, slash);
		const look = lookAt(join(root, folder, '.git'));
		if (look.kind === 'unreadable') return {path: folder, reason: 'unreadable', code: look.code};
		if (look.kind !== 'absent') return {path: folder, reason: 'nested_repository'};
	}
	return undefined;
}
