/** Where the user's repository stands, told by its files alone: which branch, and a text that changes when it moves. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileSignature, type UserGitDir} from './user-git-dir.js';

export type GitPlace = {
	/** The branch that is checked out, or the start of a commit's id; undefined without a repository. */
	readonly branch?: string;
	/** Another one after every checkout, commit, merge, rebase, reset; the same while only files are edited. */
	readonly trace: string;
};

const headPattern = /^(?:ref: refs\/heads\/(?<branch>.{1,200})|(?<oid>[0-9a-f]{7})[0-9a-f]+)\n?$/;

/** Never throws. */
export function readGitPlace(user: UserGitDir | undefined): GitPlace {
	if (!user) return {trace: ''};
	try {
		const head = readFileSync(join(user.gitDir, 'HEAD'), 'utf8');
		const {branch, oid} = headPattern.exec(head)?.groups ?? {};
		// Git notes each move of HEAD there, but not what merely reads.
		return {branch: branch ?? oid, trace: `${head}${fileSignature(join(user.gitDir, 'logs', 'HEAD'))}`};
	} catch {
		return {trace: ''};
	}
}
