/**
 * Paths whose bytes on the disk git makes from others: line endings that a clone's configuration converts, filters, other
 * encodings. That they differ from git's own says nothing about whether anybody changed them.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {lookAt} from './disk-entry.js';
import {runGit} from './git-child.js';
import {gitWords} from './git-words.js';
import {findObstacle} from './safe-path.js';
import {type UserGitDir} from './user-git-dir.js';

/** What is printed for two million paths. */
const maxBytes = 1024 * 1024 * 1024;

/** Git reads every tracked file and every blob for it, once in the life of a folder. */
const timeoutMs = 10 * 60_000;

const convertingAttributes = ['filter', 'ident', 'working-tree-encoding'];

/** Those of the paths that the user's index tracks. Throws Failure `git_failed` where that cannot be told. */
export async function findConverted(root: string, user: UserGitDir): Promise<ReadonlySet<Path>> {
	const converted = new Set<Path>();
	const paths: Path[] = [];
	// `i/lf    w/crlf  attr/text=auto <TAB><path><NUL>`: of the index and of the disk, where nothing may be.
	for (const line of await fieldsOf(root, user, ['ls-files', '-z', '--eol'])) {
		const tab = line.indexOf('\t');
		const [, index, disk] = /^i\/(\S*) *w\/(\S*) /.exec(line) ?? [];
		const path = line.slice(tab + 1);
		paths.push(path);
		if (disk === '' || index === disk) continue;
		if (index === '' || [index, disk].some((eol) => eol === 'crlf' || eol === 'mixed')) converted.add(path);
	}
	const input = paths.map((path) => `${path}\0`).join('');
	const args = ['check-attr', '-z', '--stdin', ...convertingAttributes];
	const fields = await fieldsOf(root, user, args, input);
	for (let at = 0; at + 2 < fields.length; at += 3) {
		const [path, value] = [fields[at]!, fields[at + 2]!];
		if (value !== 'unspecified' && value !== 'unset') converted.add(path);
	}
	return converted;
}

/** True if what stands at the path is this text but for its line endings. */
export function differsInLineEndings(root: string, path: Path, text: Uint8Array): boolean {
	if (findObstacle(root, path)) return false;
	const look = lookAt(join(root, path));
	// A line ending is one byte or two.
	if (look.kind !== 'entry' || look.entry.kind !== 'file' || look.entry.size > 2 * text.length + 1)
		return false;
	try {
		const disk = readFileSync(join(root, path));
		return !disk.equals(text) && withoutReturns(disk).equals(withoutReturns(text));
	} catch {
		return false;
	}
}

function withoutReturns(bytes: Uint8Array): Buffer {
	return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

async function fieldsOf(
	root: string,
	user: UserGitDir,
	args: readonly string[],
	input?: string,
): Promise<readonly string[]> {
	const {exitCode, stdout} = await runGit([`--git-dir=${user.gitDir}`, `--work-tree=${user.top}`, ...args], {
		cwd: root,
		userConfig: true,
		maxBytes,
		timeoutMs,
		input,
	});
	if (exitCode !== 0) throw new Failure('git_failed', {details: {message: gitWords.indexUnread}});
	const fields = stdout.toString('utf8').split('\0');
	fields.pop();
	return fields;
}
