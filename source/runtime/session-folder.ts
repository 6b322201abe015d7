/**
 * What a project folder knows of its session, read before anything is changed and written once a relay has admitted us.
 * A folder that was copied keeps the session and gets a key of its own: two peers must never speak with one identity.
 */
import {randomBytes} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {isSamePlace, placeOf} from './folder-place.js';
import {isPortTaken} from './embedded-relay.js';
import {hasMark, writeMark} from '../workspace/guards.js';
import {hasProjectFolder, openProjectFolder, pulsyncFolderOf} from '../workspace/project-files.js';
import {
	readKeyFile,
	readSessionFile,
	removeSessionFile,
	writeKeyFile,
	writeSessionFile,
	type SessionFile,
} from '../workspace/session-file.js';

/** What was there before the start. */
export type FolderState = {
	readonly session?: SessionFile;
	readonly keyPem?: string;
	/** The session was made in another place than this: a copy, a restored backup, another disk. */
	readonly isCopy: boolean;
	/** Of a host's folder that may be a copy: another program has its port, which is the original, as far as can be seen. */
	readonly isPortTaken?: boolean;
};

/** The opened and locked folder of a running session. */
export type SessionFolder = {
	readonly folder: string;
	readonly mark: string;
	/** Replaces what is given, keeps the rest. Writes nothing where another folder stands by now. */
	update(change: Partial<SessionFile>): Promise<void>;
	/** Ends the folder's session: the next start knows none. Files, store and key stay. */
	forget(): Promise<void>;
	/** Unlocks it. */
	close(): Promise<void>;
	/** After `close`: takes away all that was made here, as if the session had never been. */
	remove(): Promise<void>;
};

/** Reads without changing anything. */
export async function readFolderState(root: string): Promise<FolderState> {
	if (!(await hasProjectFolder(root))) return {isCopy: false};
	const folder = pulsyncFolderOf(root);
	const [session, keyPem] = [await readSessionFile(folder), await readKeyFile(folder)];
	const isCopy = session?.place !== undefined && !isSamePlace(session.place, await placeOf(root));
	const port = session?.role === 'host' ? session.relay_port : undefined;
	return {session, keyPem, isCopy, isPortTaken: isCopy && port !== undefined && (await isPortTaken(port))};
}

/** Makes or opens `.pulsync`, locks it, and writes session and key. */
export async function openSessionFolder(
	root: string,
	facts: {
		session: Omit<SessionFile, 'mark' | 'place'>;
		former?: SessionFile;
		keyPem: string;
		isCopy: boolean;
	},
): Promise<SessionFolder> {
	const existed = await hasProjectFolder(root);
	const project = await openProjectFolder(root);
	const {folder} = project;
	try {
		const mark = facts.isCopy ? newMark() : (facts.former?.mark ?? newMark());
		let session: SessionFile = {...facts.session, mark, place: await placeOf(root)};
		await writeKeyFile(folder, facts.keyPem);
		await writeMark(folder, mark);
		await writeSessionFile(folder, session);
		return {
			folder,
			mark,
			async update(change) {
				session = {...session, ...change};
				// Another project's folder may have been put there.
				if (!(await hasMark(folder, mark))) return;
				await writeSessionFile(folder, session);
			},
			async forget() {
				if (await hasMark(folder, mark)) await removeSessionFile(folder);
			},
			close: async () => project.close(),
			async remove() {
				if (!existed) await rm(folder, {recursive: true, force: true, maxRetries: 10});
			},
		};
	} catch (error) {
		await project.close();
		if (!existed) await rm(folder, {recursive: true, force: true, maxRetries: 10});
		throw error;
	}
}

function newMark(): string {
	return randomBytes(16).toString('hex');
}
