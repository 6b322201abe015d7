/** Real folders for tests of the workspace. */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {type ExecutionContext} from 'ava';
import {type Content, type Path} from '../../source/protocol/content.js';
import {lookAt} from '../../source/workspace/disk-entry.js';
import {hashEntry} from '../../source/workspace/hash-file.js';
import {IgnoreRules} from '../../source/workspace/ignore-rules.js';
import {ShownIndex, type ShownEntry} from '../../source/workspace/shown-index.js';

/** A folder of its own, removed after the test. */
export function makeFolder(t: ExecutionContext): string {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pulsync-workspace-')));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

/** A project with its `.pulsync`. */
export function makeProject(t: ExecutionContext): {root: string; folder: string} {
	const root = join(makeFolder(t), 'project');
	const folder = join(root, '.pulsync');
	mkdirSync(join(folder, 'tmp'), {recursive: true});
	writeFileSync(join(folder, '.gitignore'), '*\n');
	return {root, folder};
}

export async function openRules(
	t: ExecutionContext,
	project: {root: string; folder: string},
): Promise<IgnoreRules> {
	const rules = await IgnoreRules.open(project);
	t.teardown(() => rules.close());
	return rules;
}

export async function openShown(t: ExecutionContext, project: {folder: string}): Promise<ShownIndex> {
	const shown = await ShownIndex.open(join(project.folder, 'shown'));
	t.teardown(() => shown.close());
	return shown;
}

/** Writes files, by path; folders are made. */
export function writeFiles(root: string, files: Readonly<Record<Path, string>>): void {
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(root, path)), {recursive: true});
		writeFileSync(join(root, path), text);
	}
}

/** Runs git as a person would, with a configuration of its own. */
export function git(cwd: string, ...args: string[]): string {
	return execFileSync(
		'git',
		['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'init.defaultBranch=main', ...args],
		{
			cwd,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'pipe'],
			env: {PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_NOSYSTEM: '1'},
		},
	);
}

/** What the disk holds at a path, as a content. */
export async function contentAt(root: string, path: Path): Promise<Content> {
	const look = lookAt(join(root, path));
	if (look.kind !== 'entry') return look.kind;
	return (await hashEntry(root, path, look.entry)) ?? 'changed';
}

/** Records what the disk holds now as shown. */
export async function showAll(root: string, shown: ShownIndex, paths: readonly Path[]): Promise<void> {
	const changes = new Map<Path, ShownEntry>();
	for (const path of paths) {
		const look = lookAt(join(root, path));
		if (look.kind === 'entry') changes.set(path, {content: await contentAt(root, path), stat: look.entry});
	}
	await shown.set(changes);
}
