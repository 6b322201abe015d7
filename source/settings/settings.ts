/**
 * The user's settings over all projects: what to be called, which relay and tier to use, and the latest sessions. No
 * secret is in them but the password of a TURN server that the user wrote there. A file that cannot be read or written
 * costs the settings, never the session, and nothing that a person wrote in it is ever lost.
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

/** What is wrong with the file: why it cannot be read, or which of its values cannot be used. */
export type SettingsTrouble = {readonly reason: string} | {readonly wrong: readonly string[]};

export type SettingsStore = {
	/** Where they are kept. */
	readonly file: string;
	read(): Settings;
	/** Undefined where all is well. */
	trouble(): SettingsTrouble | undefined;
	/** Changes what is given and keeps the rest as it stands; false if the file cannot be read or written. */
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

/** In place of a system's error code. */
const notJson = 'it is no JSON';

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
	let opened: Promise<Conf<Record<string, unknown>>> | undefined;
	const read = (): Settings => {
		const content = readContent(file);
		return parseSettings('raw' in content ? content.raw : {});
	};
	const change = async (make: (settings: Settings) => Partial<Settings>): Promise<boolean> => {
		try {
			const conf = await (opened ??= openFile(folder));
			const content = readContent(file);
			// What cannot be read now may be a slip of the pen in a file that somebody wrote by hand.
			if ('reason' in content) return false;
			conf.store = {...content.raw, ...make(parseSettings(content.raw))};
			return true;
		} catch {
			opened = undefined;
			return false;
		}
	};
	const others = ({recentSessions}: Settings, root: string) =>
		recentSessions.filter((session) => session.root !== root);
	return {
		file,
		read,
		trouble() {
			const content = readContent(file);
			if ('reason' in content) return {reason: content.reason};
			const settings = parseSettings(content.raw);
			const wrong = Object.entries(settings)
				.filter(([name, value]) => value === undefined && isSet(content.raw[name]))
				.map(([name]) => name);
			return wrong.length === 0 ? undefined : {wrong};
		},
		write: (changed) => change(() => changed),
		remember: (session) =>
			change((settings) => ({
				recentSessions: [session, ...others(settings, session.root)].slice(0, maxRecentSessions),
			})),
		forget: (root) => change((settings) => ({recentSessions: others(settings, root)})),
	};
}

async function openFile(folder: string): Promise<Conf<Record<string, unknown>>> {
	const {default: Conf} = await import('conf');
	return new Conf<Record<string, unknown>>({
		projectName: programName,
		configName: fileName,
		cwd: folder,
		// Paths of projects are nobody else's business.
		configFileMode: 0o600,
		// It reads the file before it writes; what may be written over was decided here already.
		clearInvalidConfig: true,
	});
}

/** An empty file is as good as none: there is nothing in it to lose. */
function readContent(
	file: string,
): {readonly raw: Readonly<Record<string, unknown>>} | {readonly reason: string} {
	try {
		const text = readFileSync(file, 'utf8');
		const raw: unknown = text.trim() === '' ? {} : JSON.parse(text);
		return isRecord(raw) ? {raw} : {reason: notJson};
	} catch (error) {
		if (error instanceof SyntaxError) return {reason: notJson};
		const {code = 'unreadable'} = error as NodeJS.ErrnoException;
		return code === 'ENOENT' || code === 'ENOTDIR' ? {raw: {}} : {reason: code};
	}
}

/** Empty words and null stand for what is not set. */
function isSet(value: unknown): boolean {
	return value !== undefined && value !== null && value !== '';
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
