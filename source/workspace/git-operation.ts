/** Whether the user's git is in the middle of something, told by its files alone; what it changes goes out afterwards. */
import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {type UserGitDir} from './user-git-dir.js';

export type GitOperation = 'writing' | 'merge' | 'rebase' | 'cherry-pick' | 'revert' | 'bisect';

/** In this order: a rebase that stopped at a conflict also has a CHERRY_PICK_HEAD. */
const files: readonly (readonly [name: string, operation: GitOperation])[] = [
	['rebase-merge', 'rebase'],
	['rebase-apply', 'rebase'],
	['MERGE_HEAD', 'merge'],
	['CHERRY_PICK_HEAD', 'cherry-pick'],
	['REVERT_HEAD', 'revert'],
	['BISECT_LOG', 'bisect'],
	// Between two of several picks nothing else says that more will come.
	['sequencer', 'cherry-pick'],
];

/** A lock that is older was left behind by a git that died; holding for it would hold for ever. */
const staleLockMs = 60 * 60 * 1000;

/** The operation under way in the user's repository, if any. Never throws. */
export async function findGitOperation(user: UserGitDir | undefined): Promise<GitOperation | undefined> {
	if (!user) return undefined;
	for (const [name, operation] of files) {
		if (await exists(join(user.gitDir, name))) return operation;
	}
	return (await exists(join(user.gitDir, 'index.lock'), staleLockMs)) ? 'writing' : undefined;
}

async function exists(path: string, maxAgeMs = Infinity): Promise<boolean> {
	try {
		return Date.now() - (await stat(path)).mtimeMs < maxAgeMs;
	} catch {
		return false;
	}
}
