/**
 * What a folder remembers of its session, and this peer's key. Both are secrets: readable by the owner only, and refused
 * when others could have put them there, since a session file that came with a cloned or unpacked project would connect
 * to somebody else's session.
 */
import {constants} from 'node:fs';
import {open, rm} from 'node:fs/promises';
import {join} from 'node:path';
import * as z from 'zod';
import {Failure} from '../protocol/failure.js';
import {errorCode} from './disk-entry.js';
import {probeModes} from './file-modes.js';
import {syncFolder, toFailure, writeDurably} from './durable.js';

const sessionSchema = z.object({
	session_id: z.string().max(64),
	/** The session's secret, base64url. */
	secret: z.string().max(256),
	/** The founder's public key, base64url SPKI. */
	founder_key: z.string().max(1024),
	relay_urls: z.array(z.string().max(2048)).max(16),
	role: z.enum(['host', 'member']),
	/** What this peer was called last. */
	name: z.string().max(256),
	/** What it is called in this session whatever the settings say: given by a flag at some start. */
	own_name: z.string().max(256).optional(),
	/** Random, also in the mark file: which copy of the project this is. */
	mark: z.string().max(64),
	/** ms since the epoch. */
	created_at: z.number(),
	/** The port of the relay in this process, kept over restarts. */
	relay_port: z.number().int().min(0).max(65535).optional(),
	/** Lets members form the session again on a relay that asks founders for a token. */
	session_ticket: z.string().max(1024).optional(),
	/** Device and inode of the project folder: another one means a copy. */
	place: z.string().max(64).optional(),
});

export type SessionFile = z.infer<typeof sessionSchema>;

const maxFileBytes = 256 * 1024;

/** The folder's session; undefined when it has none. Throws Failure `session_unreadable` or `session_not_private`. */
export async function readSessionFile(folder: string): Promise<SessionFile | undefined> {
	const text = await readPrivate(folder, 'session.json');
	if (text === undefined) return undefined;
	const session = parseSessionFile(text);
	if (!session) throw new Failure('session_unreadable', {severity: 'fatal', details: {path: folder}});
	return session;
}

/** What the text of a session file says; undefined for any other text. */
export function parseSessionFile(text: string): SessionFile | undefined {
	try {
		return sessionSchema.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}

/** Replaces the session file: old or new at any crash. */
export async function writeSessionFile(folder: string, session: SessionFile): Promise<void> {
	await writeDurably(join(folder, 'session.json'), `${JSON.stringify(session, undefined, '\t')}\n`, 0o600);
}

/** Ends the folder's session: the next start knows none. The key stays. False where there was none. */
export async function removeSessionFile(folder: string): Promise<boolean> {
	try {
		await rm(join(folder, 'session.json'));
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return false;
		throw error;
	}
	await syncFolder(folder);
	return true;
}

/** This peer's private key as PEM; undefined when there is none yet. */
export async function readKeyFile(folder: string): Promise<string | undefined> {
	return readPrivate(folder, 'key.pem');
}

export async function writeKeyFile(folder: string, pem: string): Promise<void> {
	await writeDurably(join(folder, 'key.pem'), pem, 0o600);
}

async function readPrivate(folder: string, name: string): Promise<string | undefined> {
	const path = join(folder, name);
	try {
		const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
		try {
			const stats = await file.stat();
			if (!stats.isFile() || stats.size > maxFileBytes)
				throw new Failure('session_unreadable', {severity: 'fatal', details: {path}});
			if ((stats.mode & 0o077) !== 0 && probeModes(folder)) {
				throw new Failure('session_not_private', {severity: 'fatal', details: {path}});
			}
			return await file.readFile('utf8');
		} finally {
			await file.close();
		}
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw toFailure(error, 'session_unreadable', path);
	}
}
