/**
 * What the index of the user's repository says of paths: which it tracks, and which of these a sparse checkout or a
 * skip-worktree bit leaves out. That such a path is not on the disk says nothing: nobody deleted it.
 */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {lookAt} from './disk-entry.js';
import {runGit} from './git-child.js';
import {gitWords} from './git-words.js';
import {parentOf} from './safe-path.js';
import {fileSignature, type UserGitDir} from './user-git-dir.js';

/** An index of two million paths. */
const maxIndexBytes = 512 * 1024 * 1024;

export class TrackedPaths {
	readonly #root: string;
	#paths: ReadonlySet<Path> = new Set();
	/** The folders above these. */
	#folders: ReadonlySet<Path> = new Set();
	/** Tracked and not to be checked out; whole folders, too. */
	#skipped: ReadonlySet<Path> = new Set();
	#signature = '';

	constructor(root: string) {
		this.#root = root;
	}

	/** Every file and link that is tracked; submodules and names that are not UTF-8 are left out. */
	get paths(): ReadonlySet<Path> {
		return this.#paths;
	}

	hasBelow(folder: Path): boolean {
		return this.#folders.has(folder);
	}

	/** True if git leaves the path out of this checkout and nothing stands there. */
	isLeftOut(path: Path): boolean {
		if (this.#skipped.size === 0 || !this.#isSkipped(path)) return false;
		return lookAt(join(this.#root, path)).kind === 'absent';
	}

	/** True if anything is left out. */
	get isSparse(): boolean {
		for (const path of this.#skipped) if (this.isLeftOut(path)) return true;
		return false;
	}

	/** True if the index is not the one that was read last. */
	isOutdated(user: UserGitDir | undefined): boolean {
		return signatureOf(user) !== this.#signature;
	}

	/** Reads the index again when it is another file than before. Throws Failure `git_failed`. */
	async refresh(user: UserGitDir | undefined): Promise<void> {
		const signature = signatureOf(user);
		if (signature === this.#signature) return;
		const {paths, skipped} =
			user && signature !== '' ? await readIndex(this.#root, user) : {paths: [], skipped: []};
		this.#paths = new Set(paths);
		this.#skipped = new Set(skipped);
		const folders = new Set<Path>();
		for (const path of paths) {
			for (let folder = parentOf(path); folder !== '' && !folders.has(folder); folder = parentOf(folder)) {
				folders.add(folder);
			}
		}
		this.#folders = folders;
		this.#signature = signature;
	}

	#isSkipped(path: Path): boolean {
		for (let at = path; at !== ''; at = parentOf(at)) if (this.#skipped.has(at)) return true;
		return false;
	}
}

function signatureOf(user: UserGitDir | undefined): string {
	return user ? fileSignature(join(user.gitDir, 'index')) : '';
}

async function readIndex(root: string, user: UserGitDir): Promise<{paths: Path[]; skipped: Path[]}> {
	const {exitCode, stdout} = await runGit(
		[`--git-dir=${user.gitDir}`, `--work-tree=${user.top}`, 'ls-files', '-z', '-t', '--stage', '--sparse'],
		{cwd: root, maxBytes: maxIndexBytes},
	);
	const paths: Path[] = [];
	const skipped: Path[] = [];
	// Who does not know what is left out would take it for deleted.
	if (exitCode !== 0 && existsSync(join(user.gitDir, 'info', 'sparse-checkout')))
		throw new Failure('git_failed', {details: {message: gitWords.indexUnread}});
	if (exitCode !== 0) return {paths, skipped};
	// `S 100644 <oid> 0<TAB><path><NUL>`; a folder that is left out as a whole has mode 040000 and ends in `/`.
	for (let at = 0; at < stdout.length;) {
		const end = stdout.indexOf(0, at);
		const tab = stdout.indexOf(9, at);
		if (end < 0 || tab < 0) break;
		const [tag, mode] = stdout.toString('latin1', at, at + 8).split(' ');
		const path = stdout.toString('utf8', tab + 1, end);
		at = end + 1;
		if (mode === '160000' || path.includes('\ufffd')) continue;
		if (tag === 'S') skipped.push(path.replace(/\/$/, ''));
		if (mode !== '040000') paths.push(path);
	}
	return {paths, skipped};
}
