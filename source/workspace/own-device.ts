/**
 * Which folders of a project lie on its own disk. What is mounted below the root is not synced: nothing can take its place
 * there in one step, and when it goes, an empty folder is left of which nobody can tell that nothing was deleted.
 */
import {lstatSync} from 'node:fs';
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

	constructor(root: string) {
		this.#root = root;
	}

	/** Where a folder lies; what is no folder, or not there, lies where its folder does. */
	placeOf(folder: Path): Place {
		let place = this.#places.get(folder);
		if (place === undefined) this.#places.set(folder, (place = this.#look(folder)));
		return place;
	}

	/** The highest folder at or above the path that lies on another disk, or of which that cannot be told. */
	findOther(path: Path): {readonly at: Path; readonly error?: string} | undefined {
		for (let slash = path.indexOf('/'); ; slash = path.indexOf('/', slash + 1)) {
			const at = slash < 0 ? path : path.slice(0, slash);
			const place = this.placeOf(at);
			if (place !== 'own') return place === 'other' ? {at} : {at, ...place};
			if (slash < 0) return undefined;
		}
	}

	#look(folder: Path): Place {
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
