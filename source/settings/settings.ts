/**
 * The user's settings over all projects: what to be called, which relay and tier to use, and the latest sessions. No
 * secret is in them but the password of a TURN server that the user wrote there. A file that cannot be read or written costs the settings, never the session.
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import type Conf from 'conf';
import envPaths from 'env-paths';
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
	/** As `--limit-up` and `--limit-down` take them. */
	readonly limitUp?: string;
	readonly limitDown?: string;
	/** How the screen looks, where that is not as the terminal says. */
	readonly background?: 'dark' | 'light';
	readonly signs?: 'ascii' | 'spoken';
	/** As `--stun` and `--turn` take them. */
	readonly stun?: readonly string[];
	readonly turn?: readonly string[];
	/** How much of the past is kept. */
	readonly keepDays?: number;
	readonly keepBytes?: number;
	/** Newest first. */
	readonly recentSessions: readonly RecentSession[];
};

export type SettingsStore = {
	read(): Settings;
	/** Changes what is given and keeps the rest; false if the file cannot be written. */
	write(change: Partial<Omit<Settings, 'recentSessions'>>): Promise<boolean>;
	/** Puts a session first in the list of recent ones; the same folder is listed once. */
	remember(session: RecentSession): Promise<boolean>;
	forget(root: string): Promise<boolean>;
};

/** A start screen shows no more. */
const maxRecentSessions = 20;

/** What the system's folders for settings and caches call the program's own. */
export const programName = 'pulsync-tui';
const fileName = 'settings';
const pins: readonly TierPin[] = ['auto', 'direct', 'proxy', 'json'];

/** What of a file's content is settings; the rest counts as not set, and one bad value does not cost the others. */
export function parseSettings(value: unknown): Settings {
	const raw = isRecord(value) ? value : {};
	const recent = Array.isArray(raw.recentSessions) ? raw.recentSessions.map(parseRecent) : [];
	return {
		name: parseWord(raw.name),
		relayUrl: parseWord(raw.relayUrl),
		tier: pins.find((pin) => pin === raw.tier),
		limitUp: parseWord(raw.limitUp),
		limitDown: parseWord(raw.limitDown),
		background: (['dark', 'light'] as const).find((word) => word === raw.background),
		signs: (['ascii', 'spoken'] as const).find((word) => word === raw.signs),
		stun: parseWords(raw.stun),
		turn: parseWords(raw.turn),
		keepDays: parseNumber(raw.keepDays, 1, 36_500),
		keepBytes: parseNumber(raw.keepBytes, 0, Number.MAX_SAFE_INTEGER),
		recentSessions: recent.filter((session) => session !== undefined).slice(0, maxRecentSessions),
	};
}

/**
 * Opens the settings in `folder`, or in the user's own configuration folder; nothing is written before a change. The
 * library that writes them is loaded for the first change: each start reads, few write before the screen is there.
 */
export function openSettings(folder = envPaths(programName, {suffix: ''}).config): SettingsStore {
	const file = path.join(folder, `${fileName}.json`);
	let opened: Promise<Conf<Partial<Settings>>> | undefined;
	const read = (): Settings => {
		try {
			return parseSettings(JSON.parse(readFileSync(file, 'utf8')));
		} catch {
			return parseSettings({});
		}
	};
	const change = async (make: (settings: Settings) => Settings): Promise<boolean> => {
		try {
			const conf = await (opened ??= openFile(folder));
			conf.store = make(read());
			return true;
		} catch {
			return false;
		}
	};
	const others = ({recentSessions}: Settings, root: string) =>
		recentSessions.filter((session) => session.root !== root);
	return {
		read,
		write: (changed) => change((settings) => ({...settings, ...changed})),
		remember: (session) =>
			change((settings) => ({
				...settings,
				recentSessions: [session, ...others(settings, session.root)].slice(0, maxRecentSessions),
			})),
		forget: (root) => change((settings) => ({...settings, recentSessions: others(settings, root)})),
	};
}

async function openFile(folder: string): Promise<Conf<Partial<Settings>>> {
	const {default: Conf} = await import('conf');
	return new Conf<Partial<Settings>>({
		projectName: programName,
		configName: fileName,
		cwd: folder,
		// Paths of projects are nobody else's business.
		configFileMode: 0o600,
		clearInvalidConfig: true,
	});
}

function parseWord(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}

function parseNumber(value: unknown, min: number, max: number): number | undefined {
	return typeof value === 'number' && value >= min && value <= max ? value : undefined;
}

function parseWords(value: unknown): readonly string[] | undefined {
	return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
}

function parseRecent(value: unknown): RecentSession | undefined {
	if (!isRecord(value)) return undefined;
	const {root, sessionId, role, openedAt} = value;
	if (typeof root !== 'string' || typeof sessionId !== 'string' || typeof openedAt !== 'number')
		return undefined;
	return role === 'host' || role === 'member' ? {root, sessionId, role, openedAt} : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
