/**
 * Which folders of a project lie on its own disk. What is mounted below the root is not synced: nothing can take its place
 * there in one step, and when it goes, an empty folder is left of which nobody can tell that nothing was deleted.
 */
import {lstatSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {errorCode} from './disk-entry.js';

/** `other`: of another disk. An error is what the disk said instead of answering. */
type Place = 'own' | 'other' | {readonly error: string};

/** One look: what was found is not looked at again. */
export class OwnDevice {
	readonly #root: string;
	readonly #places = new Map<Path, Place>();
	#device: number | undefined;
	#mounts: ReadonlySet<Path> | undefined;

	constructor(root: string) {
		this.#root = root;
	}

	/** Where a folder lies; what is no folder, or not there, lies where its folder does. */
	placeOf(folder: Path): Place {
		let place = this.#places.get(folder);
		if (place === undefined) this.#places.set(folder, (place = this.#look(folder)));
		return place;
	}

	/** True for a folder or file on which something is mounted, as far as the system tells. */
	isMounted(path: Path): boolean {
		return (this.#mounts ??= mountsBelow(this.#root)).has(path);
	}

	/** The highest folder above the path that lies on another disk, or of which that cannot be told; the path itself where it is mounted. */
	findOther(path: Path): {readonly at: Path; readonly error?: string} | undefined {
		for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
			const at = path.slice(0, slash);
			const place = this.placeOf(at);
			if (place !== 'own') return place === 'other' ? {at} : {at, ...place};
		}
		return this.isMounted(path) ? {at: path} : undefined;
	}

	#look(folder: Path): Place {
		// A part of the same disk that is mounted here has the same device, and goes as well.
		if (this.isMounted(folder)) return 'other';
		try {
			this.#device ??= lstatSync(this.#root).dev;
			const stats = lstatSync(join(this.#root, folder), {throwIfNoEntry: false});
			return !stats?.isDirectory() || stats.dev === this.#device ? 'own' : 'other';
		} catch (error) {
			const code = errorCode(error);
			return code === 'ENOTDIR' || code === 'ENOENT' ? 'own' : {error: code};
		}
	}
}

/** What is mounted below a folder, as far as the system tells: Linux does. */
function mountsBelow(root: string): ReadonlySet<Path> {
	const mounts = new Set<Path>();
	try {
		for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
			const point = line
				.split(' ', 5)[4]
				?.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
			if (point?.startsWith(`${root}/`)) mounts.add(point.slice(root.length + 1));
		}
	} catch {
		// The devices alone tell, then.
	}
	return mounts;
}
