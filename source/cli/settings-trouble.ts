/** What is said of a settings file that cannot be used as it stands: it is nobody's fault, and must not go unnoticed. */
import {parseStunUrl, parseTurnUrl} from '../protocol/ice-server.js';
import {type Settings, type SettingsStore} from '../settings/settings.js';
import {isRelayAddress} from './choices.js';
import {parseRate} from './parse-rate.js';
import {settingsFileText} from './usage-text.js';

type Store = Pick<SettingsStore, 'file' | 'read' | 'trouble'>;

/** One sentence; undefined where all of it can be used. */
export function settingsTrouble(store: Store): string | undefined {
	const unreadable = unreadableSettings(store);
	if (unreadable !== undefined) return unreadable;
	const trouble = store.trouble();
	const wrong = [...(trouble && 'wrong' in trouble ? trouble.wrong : []), ...withoutMeaning(store.read())];
	return wrong.length === 0 ? undefined : settingsFileText.wrong(store.file, wrong);
}

/** Why nothing of the file is used; undefined where it can be read. */
export function unreadableSettings(store: Pick<Store, 'file' | 'trouble'>): string | undefined {
	const trouble = store.trouble();
	if (!trouble || !('reason' in trouble)) return undefined;
	return settingsFileText.unreadable(store.file, trouble.reason);
}

/** Those that have the right form, but mean nothing. */
function withoutMeaning({relayUrl, limitUp, limitDown, stun, turn}: Settings): readonly string[] {
	const isRate = (text: string | undefined) =>
		text === undefined || text === 'none' || parseRate(text) !== undefined;
	const facts = {
		relayUrl: relayUrl === undefined || isRelayAddress(relayUrl),
		limitUp: isRate(limitUp),
		limitDown: isRate(limitDown),
		stun: (stun ?? []).every((text) => parseStunUrl(text) !== undefined),
		turn: (turn ?? []).every((text) => parseTurnUrl(text) !== undefined),
	};
	return Object.entries(facts)
		.filter(([, isGood]) => !isGood)
		.map(([name]) => name);
}
