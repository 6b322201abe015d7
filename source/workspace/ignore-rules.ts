/**
 * Which paths of the project are in view. The truth is git's own: a private, empty git directory (`.pulsync/rules.git`)
 * with the user's rules (`.gitignore` anywhere, also above a project that lies in a repository, `info/exclude`, the global excludes file) and a long-lived
 * `git check-ignore` on it. What the user's repository tracks is in view even where a rule ignores it.
 * Nothing that a configuration file names is ever executed, and the user's git directory is only read.
 */
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {isCaseBlind} from './case-blind.js';
import {CheckIgnore} from './check-ignore.js';
import {isWhollyIgnored, writeRulesGitDir} from './rules-git-dir.js';
import {findObstacle, type FolderLooks, parentOf} from './safe-path.js';
import {
	fileSignature,
	findExcludesFile,
	findUserGitDir,
	ruleFilesAbove,
	type UserGitDir,
} from './user-git-dir.js';
import {TrackedPaths} from './tracked-paths.js';

export type IgnoreRulesOptions = {
	/** Absolute path of the project. */
	readonly root: string;
	/** Absolute path of its `.pulsync`. */
	readonly folder: string;
};

/** With more paths than this in one question, rule files are not looked at one by one: a full scan begins with refresh. */
const maxWatchedRuleFolders = 256;

/** Answers from git, and everything that decides when they have to be asked anew. */
export class IgnoreRules {
	readonly #root: string;
	readonly #folder: string;
	#user: UserGitDir | undefined;
	#excludesFile: string | undefined;
	#check: CheckIgnore | undefined;
	readonly #tracked: TrackedPaths;
	#generation = 0;
	/** Signatures of the rule files that the running child may have cached. */
	readonly #seenRules = new Map<string, string>();

	private constructor(options: IgnoreRulesOptions) {
		this.#root = options.root;
		this.#folder = options.folder;
		this.#tracked = new TrackedPaths(options.root);
	}

	/** Makes the private git directory and reads the user's rules. Throws Failure `git_missing`, `git_failed`. */
	static async open(options: IgnoreRulesOptions): Promise<IgnoreRules> {
		const rules = new IgnoreRules(options);
		// Made anew each time: whatever stood in it, links included, is not ours.
		await rm(rules.#gitDir, {recursive: true, force: true});
		await rules.refresh();
		return rules;
	}

	/** Reads all sources of rules anew; a full scan begins with it. */
	async refresh(): Promise<void> {
		this.#user = findUserGitDir(this.#root);
		this.#excludesFile = await findExcludesFile(this.#root, this.#user);
		await writeRulesGitDir(this.#gitDir, this.#user);
		// Who shares a folder that the repository around it ignores means this very folder.
		const isInside = this.#user !== undefined && this.#user.top !== this.#root;
		if (isInside && (await isWhollyIgnored(this.#root, this.#gitArgs()))) {
			this.#user = undefined;
			await writeRulesGitDir(this.#gitDir, undefined);
		}
		await this.#tracked.refresh(this.#user);
		this.#restart();
	}

	/** The repository whose operations count here: one of this very folder, or one around it that does not ignore it. */
	get user(): UserGitDir | undefined {
		const found = findUserGitDir(this.#root);
		return found?.top !== this.#root && this.#user === undefined ? undefined : found;
	}

	/**
	 * Those of the paths that are out of view: ignored, or left out by a sparse checkout and not there. A folder counts as
	 * ignored even if something tracked is below it. Paths need not exist; one beyond a symbolic link is judged by the link.
	 */
	async isIgnored(paths: Iterable<Path>): Promise<Set<Path>> {
		await this.#tracked.refresh(this.#user);
		const asked: Path[] = [];
		const leftOut: Path[] = [];
		for (const path of paths) {
			if (this.#tracked.isLeftOut(path)) leftOut.push(path);
			else if (!this.#tracked.paths.has(path)) asked.push(path);
		}
		this.#restartIfRulesChanged(asked);
		for (let attempt = 1; ; attempt++) {
			const looks: FolderLooks = new Map();
			const reachable = asked.map((path) => {
				const obstacle = findObstacle(this.#root, path, looks);
				return obstacle?.kind === 'link' ? obstacle.at : path;
			});
			try {
				const answers = await this.askGit(reachable);
				return new Set([...leftOut, ...asked.filter((_path, index) => answers[index])]);
			} catch (error) {
				// A folder became a link between the look and the question: git ended. Look again.
				if (attempt === 3 || !(error instanceof Failure) || error.code !== 'git_failed') throw error;
			}
		}
	}

	/** The plain answers of git, without regard to what is tracked. For walks, which know that no link is above. */
	async askGit(paths: readonly Path[]): Promise<readonly boolean[]> {
		if (paths.length === 0) return [];
		this.#noteRulesAbove(paths);
		this.#check ??= new CheckIgnore(this.#root, this.#gitArgs());
		return this.#check.ask(paths);
	}

	/** What the user's repository tracks; in view whatever the rules say. */
	get tracked(): ReadonlySet<Path> {
		return this.#tracked.paths;
	}

	/** True if a sparse checkout leaves something out. */
	get isSparse(): boolean {
		return this.#tracked.isSparse;
	}

	/** True while the user's index is not the one by which was answered last. */
	get hasOtherIndex(): boolean {
		return this.#tracked.isOutdated(this.#user);
	}

	/** Another one whenever the rules may be others than before. */
	get generation(): number {
		return this.#generation;
	}

	/** Looks once more at the rule files above these paths, all of them; what changed there counts from the next question on. */
	noticeRulesAbove(paths: Iterable<Path>): void {
		this.#restartIfRulesChanged(paths, Infinity);
	}

	/** Those of the folders that need no watch: nothing in view is below them. */
	async unwatched(folders: readonly Path[]): Promise<Set<Path>> {
		const ignored = await this.isIgnored(folders);
		for (const folder of ignored) if (this.hasTrackedBelow(folder)) ignored.delete(folder);
		return ignored;
	}

	/** True if something tracked lies below the folder, so that it has to be watched though a rule ignores it. */
	hasTrackedBelow(folder: Path): boolean {
		return this.#tracked.hasBelow(folder);
	}

	close(): void {
		this.#check?.close();
		this.#check = undefined;
	}

	/** Who is being answered meanwhile, is by the rules of before. */
	#restart(): void {
		this.#check?.retire();
		this.#check = undefined;
		this.#seenRules.clear();
		this.#generation++;
	}

	/** The work tree is all of the user's repository: rules above the project hold in it. */
	#gitArgs(): readonly string[] {
		const excludes = this.#excludesFile ?? '/dev/null';
		return [
			`--git-dir=${this.#gitDir}`,
			`--work-tree=${this.#user?.top ?? this.#root}`,
			'-c',
			`core.excludesFile=${excludes}`,
			'-c',
			`core.ignoreCase=${isCaseBlind(this.#folder)}`,
		];
	}

	get #gitDir(): string {
		return join(this.#folder, 'rules.git');
	}

	/** Git reads the rule files above these paths now, if it did not yet, and keeps them. */
	#noteRulesAbove(paths: readonly Path[]): void {
		for (const file of ruleFilesAbove(this.#root, this.#user))
			if (!this.#seenRules.has(file)) this.#seenRules.set(file, signatureOrEmpty(file));
		const parents = new Set(paths.map((path) => parentOf(path)));
		for (const parent of parents) {
			for (let folder = parent; ; folder = parentOf(folder)) {
				const file = join(this.#root, folder, '.gitignore');
				if (this.#seenRules.has(file)) break;
				this.#seenRules.set(file, signatureOrEmpty(file));
				if (folder === '') break;
			}
		}
	}

	/** Starts over when a rule file above one of the paths is not the one that git may have cached. */
	#restartIfRulesChanged(paths: Iterable<Path>, maxFolders = maxWatchedRuleFolders): void {
		const folders = new Set<Path>();
		for (const path of paths) {
			for (let folder = parentOf(path); !folders.has(folder); folder = parentOf(folder)) {
				folders.add(folder);
				if (folder === '') break;
			}
			if (folders.size > maxFolders) break;
		}
		const files = [...folders].map((folder) => join(this.#root, folder, '.gitignore'));
		files.push(...ruleFilesAbove(this.#root, this.#user));
		if (this.#excludesFile) files.push(this.#excludesFile);
		let restart = false;
		const signatures = files.map((file) => [file, signatureOrEmpty(file)] as const);
		for (const [file, signature] of signatures) {
			const seen = this.#seenRules.get(file);
			if (seen !== undefined && seen !== signature) restart = true;
		}
		if (restart) this.#restart();
		for (const [file, signature] of signatures) this.#seenRules.set(file, signature);
	}
}

/** A file whose signature cannot be read counts as not there, as it does for git. */
function signatureOrEmpty(file: string): string {
	try {
		return fileSignature(file);
	} catch {
		return '';
	}
}
