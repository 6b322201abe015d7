/** Where the socket of a project's running session lies: a folder of this user's alone, a name from the project's path. */
import {createHash} from 'node:crypto';
import {lstatSync, mkdirSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {Failure} from '../protocol/failure.js';

/** The kernel's limit is 108 bytes (104 on macOS), and Node cuts a longer path without a word. */
const maxSocketPathBytes = 100;

/** `root` is the project's real path. Throws Failure `folder_not_writable` where no folder is safe to use. */
export function controlSocketPath(root: string, env: NodeJS.ProcessEnv = process.env): string {
	const name = `${createHash('sha256').update(root).digest('hex').slice(0, 16)}.sock`;
	const uid = process.getuid?.() ?? 0;
	const candidates = [
		...(env.XDG_RUNTIME_DIR ? [path.join(env.XDG_RUNTIME_DIR, 'pulsync-tui')] : []),
		path.join(os.tmpdir(), `pulsync-tui-${uid}`),
		`/tmp/pulsync-tui-${uid}`,
	];
	const folder = candidates.find(
		(candidate) =>
			Buffer.byteLength(path.join(candidate, name)) <= maxSocketPathBytes && isPrivate(candidate, uid),
	);
	if (folder === undefined) {
		throw new Failure('folder_not_writable', {severity: 'fatal', details: {path: candidates[0]!}});
	}
	return path.join(folder, name);
}

/** Makes the folder if need be. In a shared /tmp somebody else may have made it, or a link, to listen in. */
function isPrivate(folder: string, uid: number): boolean {
	try {
		mkdirSync(folder, {mode: 0o700, recursive: true});
		const stat = lstatSync(folder);
		return stat.isDirectory() && stat.uid === uid && (stat.mode & 0o077) === 0;
	} catch {
		return false;
	}
}
