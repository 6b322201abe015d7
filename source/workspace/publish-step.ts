/** Lets staged content take its place in the project: folders above it, what may be in the way, folders left empty. */
import {mkdirSync, rmdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {type Skip} from './apply-problem.js';
import {findOtherSpelling} from './case-blind.js';
import {type DiskEntry, isSameStat, lookAt} from './disk-entry.js';
import {hollowFolders} from './hollow-folders.js';
import {
	changed,
	changeMode,
	create,
	createIfFree,
	type Publication,
	type Published,
	remove,
	replace,
} from './replace-file.js';
import {findObstacle, parentOf} from './safe-path.js';
import {withWritableFolder} from './writable-folder.js';

/** One run of steps on one disk: where it works, and what it learned about folders. */
export class Publisher {
	readonly #root: string;
	readonly #caseBlind: boolean;
	/** Folders that lost a file: removed when nothing is left in them. */
	readonly #emptied = new Set<Path>();
	/** Folders whose list of names changed since the last call of `takeTouched`. */
	#touched = new Set<Path>();
	/** Files whose mode changed since the last call of `takeChanged`, open. */
	#changed: number[] = [];

	constructor(options: {root: string; caseBlind: boolean}) {
		this.#root = options.root;
		this.#caseBlind = options.caseBlind;
	}

	/** `old` is what was verified to stand at the path; `spare` is an unused name in `.pulsync/tmp`. Throws raw errors. */
	publish(path: Path, publication: Publication, old: DiskEntry | undefined, spare: string): Published {
		const blocked = this.#makeWay(path, publication);
		if (blocked) return {kind: 'skip', skip: blocked};
		const target = join(this.#root, path);
		if (!old && (publication.kind === 'file' || publication.kind === 'symlink')) {
			this.#touched.add(parentOf(path));
			const created = withWritableFolder(dirname(target), () => createIfFree(target, publication));
			if (created) return created;
		}
		let look = lookAt(target);
		if (look.kind === 'folder' && publication.kind !== 'nothing' && this.#removeHollow(path))
			look = lookAt(target);
		if (old) {
			if (look.kind !== 'entry' || !isSameStat(look.entry, old)) return changed;
		} else {
			if (look.kind === 'folder') return {kind: 'skip', skip: {reason: 'blocked'}};
			if (look.kind !== 'absent') return changed;
		}
		this.#touched.add(parentOf(path));
		return withWritableFolder(dirname(target), () => {
			if (publication.kind === 'nothing') return this.#remove(path, old, spare);
			if (publication.kind === 'chmod') {
				const {executable} = publication;
				return changeMode(target, old, {executable, take: (file) => this.#changed.push(file)});
			}
			return old ? replace(target, publication, old, spare) : create(target, publication);
		});
	}

	/** The name of what stands at the path has to be made durable. */
	noteTouched(path: Path): void {
		this.#touched.add(parentOf(path));
	}

	/** Folders whose names have to be made durable, as absolute paths. */
	takeTouched(): string[] {
		const touched = [...this.#touched].map((path) => join(this.#root, path));
		this.#touched = new Set();
		return touched;
	}

	/** Files whose mode has to be made durable, open; whoever takes them closes them. */
	takeChanged(): number[] {
		const changed = this.#changed;
		this.#changed = [];
		return changed;
	}

	/** Removes the folders that lost files and in which nothing at all is left; deepest first. */
	removeEmptied(): void {
		const folders = [...this.#emptied].sort((one, other) => other.length - one.length);
		this.#emptied.clear();
		for (const folder of folders) {
			if (findObstacle(this.#root, `${folder}/x`)) continue;
			try {
				withWritableFolder(dirname(join(this.#root, folder)), () => rmdirSync(join(this.#root, folder)));
				this.#touched.delete(folder);
				this.#touched.add(parentOf(folder));
			} catch {
				// Something unknown or ignored is in it, or it is in use: it stays.
			}
		}
	}

	/**
	 * A file takes the place of a folder that holds no file, only folders: those that this plan emptied, or an earlier
	 * one that was cut short. With anything else in it the folder stays and is in the way. True if it went.
	 */
	#removeHollow(path: Path): boolean {
		const folders = hollowFolders(join(this.#root, path));
		for (const folder of folders) withWritableFolder(dirname(folder), () => rmdirSync(folder));
		if (folders.length > 0) this.#touched.add(parentOf(path));
		return folders.length > 0;
	}

	#remove(path: Path, old: DiskEntry | undefined, spare: string): Published {
		if (!old) return {kind: 'done'};
		const result = remove(join(this.#root, path), old, spare);
		for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) this.#emptied.add(folder);
		return result;
	}

	/** Makes the folders above a path, each looked at; says what is in the way. */
	#makeWay(path: Path, publication: Publication): Skip | undefined {
		const other =
			this.#caseBlind && publication.kind !== 'nothing' ? findOtherSpelling(this.#root, path) : undefined;
		// A folder without files is made anew in this spelling.
		if (other !== undefined && !this.#removeHollow(other)) return {reason: 'problem', code: 'case_collision'};
		for (;;) {
			const obstacle = findObstacle(this.#root, path);
			if (!obstacle) break;
			if (obstacle.kind !== 'absent') return {reason: 'blocked'};
			if (publication.kind === 'nothing') return {reason: 'changed'};
			const folder = join(this.#root, obstacle.at);
			withWritableFolder(dirname(folder), () => mkdirSync(folder));
			this.#touched.add(parentOf(obstacle.at));
		}
		return undefined;
	}
}
