/** What a flag, the environment, the settings or a default decide, in that order, checked. */
import {parseAddress} from '../protocol/address.js';
import {parseStunUrl, parseTurnUrl, type TurnServer} from '../protocol/ice-server.js';
import {type TierPin} from '../protocol/tiers.js';
import {type Settings} from '../settings/settings.js';
import {type LookWishes} from '../tui/look.js';
import {type CommandName, tierWords} from './commands.js';
import {type Flag} from './flag.js';
import {type FlagName, type FlagValues, flags} from './flags.js';
import {parseRate} from './parse-rate.js';
import {usageText} from './usage-text.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export type Choices = {
	/** Undefined: the default name of the machine's user. */
	readonly name?: string;
	/** The same where a variable gave it: before a name that the session keeps. */
	readonly nameNow?: string;
	/** The same where a flag gave it, to be kept with the session; null: the session is to keep none. */
	readonly ownName?: string | null;
	readonly relayUrl?: string;
	/** Of the settings: for a session that is founded now. One that exists, and an invite, name relays of their own. */
	readonly hostRelayUrl?: string;
	readonly pin: TierPin;
	readonly relayToken?: string;
	readonly stun: readonly string[];
	readonly turn: readonly TurnServer[];
	readonly limitUp?: number;
	readonly limitDown?: number;
	/** Of the past. */
	readonly keepDays?: number;
	readonly keepBytes?: number;
	/** How the screen looks where that is not as the terminal says. */
	readonly look: LookWishes;
	readonly host?: string;
	readonly port?: number;
	readonly advertise?: string;
};

export type Chosen<T> =
	{readonly ok: true; readonly choices: T} | {readonly ok: false; readonly message: string};

/** A wrong value, and where it came from. */
class WrongValue extends Error {}

/** Each one of them is asked by each attempt. */
const maxServers = 8;
/** A hundred years. */
export const maxKeepDays = 36_500;
/** A column of the screen, and the relay's limit for a name. */
const maxNameLength = 64;
const pins: readonly string[] = tierWords satisfies readonly TierPin[];

/** The values of a command's flags, where not given those of their variables; empty variables count as not set. */
export function withEnvironment(given: FlagValues, env: Environment, command: CommandName): FlagValues {
	const values: Partial<Record<FlagName, string | true>> = {...given};
	for (const flag of flags as readonly (Flag & {name: FlagName})[]) {
		const text = flag.env === undefined ? undefined : env[flag.env];
		if (values[flag.name] !== undefined || !text || !flag.of.includes(command)) continue;
		if (flag.value !== undefined) values[flag.name] = text;
		else if (!['0', 'false', 'no'].includes(text.toLowerCase())) values[flag.name] = true;
	}
	return values;
}

/** What runs a session; `values` come from withEnvironment. */
export function chooseForSession(values: FlagValues, settings: Settings): Chosen<Choices> {
	return choose(() => ({
		name: cleanName(textOf(values, 'name')) ?? cleanName(settings.name),
		relayUrl: relayUrlOf(values),
		hostRelayUrl:
			settings.relayUrl !== undefined && isRelayAddress(settings.relayUrl) ? settings.relayUrl : undefined,
		pin: pinOf(values) ?? settings.tier ?? 'auto',
		relayToken: textOf(values, 'relay-token'),
		stun: stunOf(values) ?? readable(settings.stun, parseStunUrl),
		turn: readable(turnTextsOf(values) ?? settings.turn, parseTurnUrl),
		keepDays: wholeNumberOf(values, 'keep-days', 1, maxKeepDays) ?? settings.keepDays,
		keepBytes: sizeOf(values, 'keep-size') ?? settings.keepBytes,
		limitUp: chosenLimit(values, 'limit-up', settings.limitUp),
		limitDown: chosenLimit(values, 'limit-down', settings.limitDown),
		look: lookOf(values, settings),
		host: textOf(values, 'host'),
		port: wholeNumberOf(values, 'port', 0, 65_535),
		advertise: textOf(values, 'advertise'),
	}));
}

function lookOf(values: FlagValues, {background, signs}: Settings): LookWishes {
	const asked = values['screen-reader'] ? 'spoken' : values.ascii ? 'ascii' : signs;
	return {...(background && {background}), ...(asked && {signs: asked})};
}

/** Runs what may find a wrong value, and returns it as one. */
export function choose<T>(read: () => T): Chosen<T> {
	try {
		return {ok: true, choices: read()};
	} catch (error) {
		if (error instanceof WrongValue) return {ok: false, message: error.message};
		throw error;
	}
}

export function textOf(values: FlagValues, name: FlagName): string | undefined {
	const value = values[name];
	return typeof value === 'string' ? value : undefined;
}

export function rateOf(values: FlagValues, name: FlagName): number | undefined {
	const text = textOf(values, name);
	if (text === undefined) return undefined;
	const rate = parseRate(text);
	if (rate === undefined) throw new WrongValue(usageText.rate(name, text));
	return rate;
}

/** A size such as 10GB; written like a rate, but for the time. */
function sizeOf(values: FlagValues, name: FlagName): number | undefined {
	const text = textOf(values, name);
	if (text === undefined) return undefined;
	const size = parseRate(text);
	if (size === undefined) throw new WrongValue(usageText.size(name, text));
	return size;
}

/** A rate, or null for `none`. */
export function limitOf(values: FlagValues, name: FlagName): number | null | undefined {
	const text = textOf(values, name);
	if (text === undefined || text === 'none') return text && null;
	const rate = parseRate(text);
	if (rate === undefined) throw new WrongValue(usageText.limit(name, text));
	return rate;
}

/** Undefined: no limit, which `none` says also where the settings have one. */
function chosenLimit(values: FlagValues, name: FlagName, setting: string | undefined): number | undefined {
	const given = limitOf(values, name);
	return given === undefined ? parseRate(setting ?? '') : (given ?? undefined);
}

export function wholeNumberOf(
	values: FlagValues,
	name: FlagName,
	min: number,
	max: number,
): number | undefined {
	const text = textOf(values, name);
	if (text === undefined) return undefined;
	const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
	if (!(number >= min && number <= max)) {
		throw new WrongValue(usageText.number(name, text, min, max));
	}
	return number;
}

/** Where to listen, `HOST:PORT`. */
export function addressOf(values: FlagValues, name: FlagName): {host: string; port: number} | undefined {
	const text = textOf(values, name);
	const address = text === undefined ? undefined : parseAddress(text);
	if (text === undefined || address) return address;
	throw new WrongValue(usageText.address(name, text));
}

/** The STUN servers of --stun, in their whole form; undefined where none were given. */
export function stunOf(values: FlagValues): readonly string[] | undefined {
	return listOf(values, 'stun', parseStunUrl, 'stun:host[:port]');
}

/** The TURN servers of --turn as they were written; undefined where none were given. */
export function turnTextsOf(values: FlagValues): readonly string[] | undefined {
	return listOf(values, 'turn', (text) => parseTurnUrl(text) && text, 'turn:[user:password@]host[:port]');
}

/** The pin that a word names; undefined for another word. */
export function parsePin(text: string): TierPin | undefined {
	return pins.includes(text) ? (text as TierPin) : undefined;
}

/**
 * A name as it may stand in a column, and as every relay takes it: no control characters, nothing that turns the writing, no
 * more than fits. Undefined if nothing is left.
 */
export function cleanName(text: string | undefined): string | undefined {
	const clean = (text ?? '')
		.replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')
		.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
		.trim()
		.replaceAll(/\s+/g, ' ');
	// The limit counts UTF-16 units, as all do who check it; a character of two is not cut in half.
	let name = clean.slice(0, maxNameLength);
	if (clean.codePointAt(name.length - 1) !== name.codePointAt(name.length - 1)) name = name.slice(0, -1);
	return name.trimEnd() || undefined;
}

function listOf<T>(
	values: FlagValues,
	name: FlagName,
	parse: (text: string) => T | undefined,
	form: string,
): readonly T[] | undefined {
	const texts = textOf(values, name)
		?.split(/[\s,]+/)
		.filter((text) => text !== '');
	if (!texts || texts.length === 0) return undefined;
	if (texts.length > maxServers) throw new WrongValue(usageText.tooManyServers(name, maxServers));
	return texts.map((text) => {
		const value = parse(text);
		// What was given is not repeated: there may be a password in it.
		if (value === undefined) throw new WrongValue(usageText.server(name, form));
		return value;
	});
}

/** Settings that cannot be read cost themselves alone. */
function readable<T>(
	texts: readonly string[] | undefined,
	parse: (text: string) => T | undefined,
): readonly T[] {
	return (texts ?? [])
		.map(parse)
		.filter((value) => value !== undefined)
		.slice(0, maxServers);
}

function pinOf(values: FlagValues): TierPin | undefined {
	const text = textOf(values, 'tier');
	if (text === undefined) return undefined;
	const pin = parsePin(text);
	if (!pin) throw new WrongValue(usageText.tier(text));
	return pin;
}

/** What a relay can be reached at. */
export function isRelayUrl(text: string): boolean {
	return URL.canParse(text) && ['ws:', 'wss:'].includes(new URL(text).protocol);
}

/** As people write one by hand: also as the address of a page, or of a machine alone. */
export function isRelayAddress(text: string): boolean {
	const url = /^[a-z]+:\/\//i.test(text) ? text : `ws://${text}`;
	return URL.canParse(url) && ['ws:', 'wss:', 'http:', 'https:'].includes(new URL(url).protocol);
}

function relayUrlOf(values: FlagValues): string | undefined {
	const text = textOf(values, 'relay-url');
	if (text === undefined) return undefined;
	if (!isRelayUrl(text)) {
		throw new WrongValue(usageText.relayUrl(text));
	}
	return text;
}
