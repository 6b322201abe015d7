/**
 * Questions about the user's own repository, for showing and for the first merge. Read-only: no locks, no hooks, no file
 * system monitor, no refresh of the index; a question that git cannot answer has an empty answer. The one door to
 * simple-git, whose checks of arguments and environment suit questions well.
 */
import {homedir} from 'node:os';
import path from 'node:path';
import {simpleGit, type SimpleGit} from 'simple-git';
import {type Content, formatContent, isOid, type Oid, type Path} from '../protocol/content.js';

/** A question takes milliseconds; a repository on a dead network disk never answers. */
const silenceMs = 15_000;

/** A partial clone would fetch what it lacks: over the network, with the user's programs, into the user's `.git`. */
const gitSettings = {
	GIT_OPTIONAL_LOCKS: '0',
	GIT_TERMINAL_PROMPT: '0',
	GIT_NO_LAZY_FETCH: '1',
	// For a git that does not know that one yet.
	GIT_ALLOW_PROTOCOL: '',
};

const treeLine = /^(100644|100755|120000) blob ([0-9a-f]{40})\t(.+)$/s;

export type UserRepository = {
	readonly isRepository: boolean;
	/** The repository's git directory. */
	readonly gitDir?: string;
	/** The branch; undefined on a detached HEAD. */
	branch(): Promise<string | undefined>;
	head(): Promise<Oid | undefined>;
	/** Ids from HEAD on, newest first. */
	recentCommits(max: number): Promise<readonly Oid[]>;
	/** True if HEAD has the commit in its history. */
	isAncestor(commit: Oid): Promise<boolean>;
	/** The files of a commit below the root; submodules are left out. */
	treeFiles(commit: Oid): Promise<ReadonlyMap<Path, Content>>;
	/** One of their contents. */
	readBlob(oid: Oid): Promise<Buffer | undefined>;
	/** The user's global excludes file, set or by default; it need not exist. */
	excludesFile(): Promise<string>;
	/** The paths that the user's repository tracks below the root. */
	trackedFiles(): Promise<readonly Path[]>;
};

/** Opens the repository that the folder is in, if it is in one. */
export async function openUserRepository(root: string): Promise<UserRepository> {
	const git = readOnlyGit(root);
	const gitDir = (await ask(git, ['rev-parse', '--absolute-git-dir'])).replace(/\n$/, '');
	const isRepository = path.isAbsolute(gitDir);
	const lines = async (args: readonly string[], separator: string) =>
		isRepository ? (await ask(git, args)).split(separator).filter((line) => line !== '') : [];
	const line = async (args: readonly string[]) => (await lines(args, '\n'))[0];
	return {
		isRepository,
		gitDir: isRepository ? gitDir : undefined,
		branch: async () => line(['symbolic-ref', '--quiet', '--short', 'HEAD']),
		head: async () => oidOf(await line(['rev-parse', '--quiet', '--verify', 'HEAD^{commit}'])),
		recentCommits: async (max) =>
			(await lines(['rev-list', `--max-count=${Math.trunc(max)}`, 'HEAD', '--'], '\n')).filter(isOid),
		isAncestor: async (commit) =>
			isOid(commit) && (await line(['rev-list', '--count', '--max-count=1', commit, '^HEAD', '--'])) === '0',
		treeFiles: async (commit) =>
			isOid(commit) ? parseTreeLines(await lines(['ls-tree', '-r', '-z', commit], '\0')) : new Map(),
		readBlob: async (oid) => (isRepository && isOid(oid) ? readBlob(git, oid) : undefined),
		excludesFile: async () =>
			excludesFile(await ask(git, ['config', '--type=path', '--get', 'core.excludesFile'])),
		trackedFiles: async () => lines(['ls-files', '-z', '--cached'], '\0'),
	};
}

function readOnlyGit(root: string): SimpleGit {
	const {PATH, HOME, XDG_CONFIG_HOME} = process.env;
	return simpleGit({
		baseDir: root,
		maxConcurrentProcesses: 2,
		timeout: {block: silenceMs},
		allowEnvironment: Object.keys(gitSettings),
		config: ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'core.quotePath=false'],
		// These two switch programs of the user off, which the check cannot tell from switching them on.
		unsafe: {allowUnsafeFsMonitor: true, allowUnsafeHooksPath: true},
	}).env({PATH, HOME, XDG_CONFIG_HOME, LC_ALL: 'C', ...gitSettings});
}

async function ask(git: SimpleGit, args: readonly string[]): Promise<string> {
	try {
		return await git.raw([...args]);
	} catch {
		// No repository, no commit yet, an id that is not there: all of them mean that there is nothing to tell.
		return '';
	}
}

async function readBlob(git: SimpleGit, oid: Oid): Promise<Buffer | undefined> {
	try {
		const bytes: unknown = await git.binaryCatFile(['blob', oid]);
		return bytes instanceof Buffer ? bytes : undefined;
	} catch {
		return undefined;
	}
}

function excludesFile(answer: string): string {
	const home = process.env['XDG_CONFIG_HOME'] ?? path.join(homedir(), '.config');
	return answer.replace(/\n$/, '') || path.join(home, 'git', 'ignore');
}

function parseTreeLines(lines: readonly string[]): Map<Path, Content> {
	const files = new Map<Path, Content>();
	for (const line of lines) {
		const [, mode, oid, file] = treeLine.exec(line) ?? [];
		if ((mode === '100644' || mode === '100755' || mode === '120000') && oid && file) {
			files.set(file, formatContent(mode, oid));
		}
	}

	return files;
}

function oidOf(text: string | undefined): Oid | undefined {
	return text !== undefined && isOid(text) ? text : undefined;
}
