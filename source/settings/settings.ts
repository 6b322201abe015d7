/**
 * The user's settings over all projects: what to be called, which relay and tier to use, and the latest sessions. No
 * secret is in them but the password of a TURN server that the user wrote there. A file that cannot be read or written costs the settings, never the session.
 */
import Conf from 'conf';
import {z} from 'zod';
import {type TierPin} from '../protocol/tiers.js';

type RecentSession = {
	readonly root: string;
	readonly sessionId: string;
	readonly role: 'host' | 'member';
	/** Ms since the epoch, of the last time it was opened. */
	readonly openedAt: number;
};

export type Settings = {
	readonly name?: string;
	readonly relayUrl?: string;
	readonly tier?: TierPin;
	/** As `--stun` and `--turn` take them. */
	readonly stun?: readonly string[];
	readonly turn?: readonly string[];
	/** Newest first. */
	readonly recentSessions: readonly RecentSession[];
};

export type SettingsStore = {
	read(): Settings;
	/** Changes what is given and keeps the rest; false if the file cannot be written. */
	write(change: Partial<Omit<Settings, 'recentSessions'>>): boolean;
	/** Puts a session first in the list of recent ones; the same folder is listed once. */
	remember(session: RecentSession): boolean;
	forget(root: string): boolean;
};

/** A start screen shows no more. */
const maxRecentSessions = 20;

const recentSchema = z.object({
	root: z.string(),
	sessionId: z.string(),
	role: z.enum(['host', 'member']),
	openedAt: z.number(),
});

/** Each setting falls back alone: one bad value does not cost the others. */
const schema = z.object({
	name: z.string().min(1).optional().catch(undefined),
	relayUrl: z.string().min(1).optional().catch(undefined),
	tier: z.enum(['auto', 'direct', 'proxy', 'json']).optional().catch(undefined),
	stun: z.array(z.string()).optional().catch(undefined),
	turn: z.array(z.string()).optional().catch(undefined),
	recentSessions: z.array(recentSchema).max(maxRecentSessions).default([]).catch([]),
});

/** What of a file's content is settings; the rest counts as not set. Never throws. */
export function parseSettings(value: unknown): Settings {
	const parsed = schema.safeParse(value);
	return parsed.success ? parsed.data : schema.parse({});
}

/** Opens the settings in `folder`, or in the user's own configuration folder; nothing is written before a change. */
export function openSettings(folder?: string): SettingsStore {
	const conf = openFile(folder);
	const read = (): Settings => {
		try {
			return parseSettings(conf?.store);
		} catch {
			return parseSettings({});
		}
	};
	const write = (change: Partial<Settings>): boolean => {
		if (!conf) return false;
		try {
			conf.store = {...read(), ...change};
			return true;
		} catch {
			return false;
		}
	};
	const others = (root: string) => read().recentSessions.filter((session) => session.root !== root);
	return {
		read,
		write,
		remember: (session) =>
			write({recentSessions: [session, ...others(session.root)].slice(0, maxRecentSessions)}),
		forget: (root) => write({recentSessions: others(root)}),
	};
}

function openFile(folder: string | undefined): Conf<Partial<Settings>> | undefined {
	try {
		return new Conf<Partial<Settings>>({
			projectName: 'pulsync-tui',
			projectSuffix: '',
			configName: 'settings',
			cwd: folder,
			// Paths of projects are nobody else's business.
			configFileMode: 0o600,
			clearInvalidConfig: true,
		});
	} catch {
		return undefined;
	}
}
