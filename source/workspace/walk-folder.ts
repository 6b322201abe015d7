/**
 * Finds everything in view below a folder: level by level, one question to git a level, so that an ignored folder is
 * never entered. Links are not followed; `.git`, `.pulsync` and nested repositories are not entered.
 */
import {readdirSync, type Dirent} from 'node:fs';
import {join} from 'node:path';
import {isUtf8} from 'node:buffer';
import {type Path} from '../protocol/content.js';
import {findPathFault, type PathFault} from '../protocol/path-name.js';
import {maxFileBytes, maxTreeBytes} from '../protocol/project-limits.js';
import {type DiskEntry, errorCode, type Look, lookAt} from './disk-entry.js';
import {type IgnoreRules} from './ignore-rules.js';
import {findLinkFault} from './link-target.js';
import {type OwnDevice} from './own-device.js';
import {findObstacle, type FolderLooks, parentOf} from './safe-path.js';
import {type TimeSlice} from './time-slice.js';

/** Of an entry in a tree beside its name: mode, space, zero, id. */
const treeEntryBytes = 28;
/** Fewer of the longest names fit into every tree. */
const minLargeNames = Math.floor(maxTreeBytes / (255 + treeEntryBytes));

/** Why something stands on the disk and is not synced. */
type NotSyncedReason =
	| 'nested_repository'
	| 'other_filesystem'
	| 'too_large'
	| 'not_a_file'
	| PathFault
	| 'name_not_utf8'
	| 'link_leaves_root'
	| 'link_not_utf8'
	| 'unreadable';

/** Nothing is known about `path` and what is below it: it counts neither as changed nor as gone. */
export type NotSynced = {readonly path: Path; readonly reason: NotSyncedReason; readonly code?: string};

export type Walk = {
	/** Files and links in view, by path. */
	readonly entries: Map<Path, DiskEntry>;
	/** Folders that were entered. */
	readonly folders: Set<Path>;
	readonly notSynced: NotSynced[];
};

/** Walks `folder` (empty: the whole project), which must be a real folder that is in view. */
export async function walkFolder(options: {
	root: string;
	folder: Path;
	rules: IgnoreRules;
	device: OwnDevice;
	slice: TimeSlice;
	onFound?: (count: number) => void;
}): Promise<Walk> {
	const {root, rules, device, slice} = options;
	const walk: Walk = {entries: new Map(), folders: new Set(), notSynced: []};
	let level: Path[] = [options.folder];
	while (level.length > 0) {
		const found: {path: Path; isFolder: boolean}[] = [];
		for (const folder of level) {
			if (isOnOwnDisk(device, folder, walk)) readFolder(root, folder, walk, found);
			if (slice.isOver()) await slice.giveWay();
		}
		const ignored = await rules.askGit(found.map((one) => one.path));
		const inView = found.filter(({path}, index) => !ignored[index] || rules.tracked.has(path));
		const large = findLargeFolders(inView);
		for (const path of large) walk.notSynced.push({path, reason: 'too_large'});
		level = [];
		for (const {path, isFolder} of inView) {
			if (large.size > 0 && large.has(parentOf(path))) continue;
			if (isFolder) level.push(path);
			else if (device.isMounted(path)) walk.notSynced.push({path, reason: 'other_filesystem'});
			else addEntry(root, path, walk);
			if (slice.isOver()) {
				options.onFound?.(walk.entries.size);
				await slice.giveWay();
			}
		}
	}
	await addTracked(options, walk);
	return walk;
}

function isOnOwnDisk(device: OwnDevice, folder: Path, walk: Walk): boolean {
	const place = folder === '' ? 'own' : device.placeOf(folder);
	if (place === 'other') walk.notSynced.push({path: folder, reason: 'other_filesystem'});
	else if (place !== 'own') walk.notSynced.push({path: folder, reason: 'unreadable', code: place.error});
	return place === 'own';
}

/** Folders with so many names that no peer takes their trees. */
function findLargeFolders(inView: readonly {path: Path}[]): ReadonlySet<Path> {
	const large = new Set<Path>();
	if (inView.length < minLargeNames) return large;
	const bytes = new Map<Path, number>();
	for (const {path} of inView) {
		const folder = parentOf(path);
		const name = Buffer.byteLength(path) - Buffer.byteLength(folder);
		bytes.set(folder, (bytes.get(folder) ?? 0) + name + treeEntryBytes);
	}
	for (const [folder, sum] of bytes) if (sum > maxTreeBytes) large.add(folder);
	return large;
}

/** The children of one folder; for a nested repository only the fact that it is one. */
function readFolder(root: string, folder: Path, walk: Walk, found: {path: Path; isFolder: boolean}[]): void {
	let children: Dirent[];
	try {
		children = readdirSync(join(root, folder), {withFileTypes: true});
	} catch (error) {
		const code = errorCode(error);
		// Gone, or no folder any more, since its parent was read: simply not there.
		if (code === 'ENOENT' || code === 'ENOTDIR') return;
		walk.notSynced.push({path: folder, reason: 'unreadable', code});
		return;
	}
	if (folder !== '' && children.some((child) => child.name === '.git')) {
		walk.notSynced.push({path: folder, reason: 'nested_repository'});
		return;
	}
	walk.folders.add(folder);
	const prefix = folder === '' ? '' : `${folder}/`;
	let suspect = false;
	for (const child of children) {
		const {name} = child;
		if (name === '.git' || (folder === '' && name === '.pulsync')) continue;
		const path = prefix + name;
		if (name.includes('\ufffd')) {
			suspect = true;
			continue;
		}
		addChild(walk, found, path, child);
	}
	if (suspect) addSuspects(root, folder, walk, found);
}

/** Names with U+FFFD: really that character, or bytes that are not UTF-8? Only the bytes tell. */
function addSuspects(root: string, folder: Path, walk: Walk, found: {path: Path; isFolder: boolean}[]): void {
	for (const child of readdirSync(join(root, folder), {withFileTypes: true, encoding: 'buffer'})) {
		const bytes = Buffer.from(child.name);
		const name = bytes.toString('utf8');
		if (!name.includes('\ufffd')) continue;
		const path = folder === '' ? name : `${folder}/${name}`;
		if (isUtf8(bytes)) addChild(walk, found, path, child);
		else walk.notSynced.push({path, reason: 'name_not_utf8'});
	}
}

function addChild(
	walk: Walk,
	found: {path: Path; isFolder: boolean}[],
	path: Path,
	child: {isDirectory(): boolean},
): void {
	const fault = findPathFault(path);
	if (fault) {
		walk.notSynced.push({path, reason: fault});
	} else {
		found.push({path, isFolder: child.isDirectory()});
	}
}

function addEntry(root: string, path: Path, walk: Walk): void {
	const look = lookAt(join(root, path));
	if (look.kind === 'absent' || look.kind === 'folder') return;
	const judged = judge(path, look);
	if ('reason' in judged) walk.notSynced.push(judged);
	else walk.entries.set(path, judged);
}

/** Whether what stands at a path can be synced: its entry, or why not. */
export function judge(
	path: Path,
	look: Exclude<Look, {kind: 'absent'} | {kind: 'folder'}>,
): DiskEntry | NotSynced {
	if (look.kind === 'unreadable') return {path, reason: 'unreadable', code: look.code};
	if (look.kind === 'special') return {path, reason: look.reason};
	const fault = findPathFault(path);
	if (fault) return {path, reason: fault};
	const {entry} = look;
	if (entry.size > maxFileBytes) return {path, reason: 'too_large'};
	const leaves = entry.linkTarget !== undefined && findLinkFault(path, entry.linkTarget);
	return leaves ? {path, reason: 'link_leaves_root'} : entry;
}

/** What the user's repository tracks inside ignored folders, which were not entered. */
async function addTracked(
	options: {root: string; folder: Path; rules: IgnoreRules; device: OwnDevice; slice: TimeSlice},
	walk: Walk,
): Promise<void> {
	const {root, folder, rules, device, slice} = options;
	if (rules.tracked.size === 0) return;
	const looks: FolderLooks = new Map();
	for (const real of walk.folders) looks.set(real, undefined);
	for (const path of rules.tracked) {
		if (folder !== '' && !path.startsWith(`${folder}/`)) continue;
		if (walk.folders.has(parentOf(path)) || findPathFault(path)) continue;
		if (walk.notSynced.some((one) => path.startsWith(`${one.path}/`))) continue;
		if (!findObstacle(root, path, looks) && !device.findOther(parentOf(path))) addEntry(root, path, walk);
		if (slice.isOver()) await slice.giveWay();
	}
}
