/** The settings that the screen shows and changes, kept in the settings file, and put to use where that is possible at once. */
import {rateWords} from '../core/limit-words.js';
import {type Session} from '../core/session.js';
import {isLoopbackUrl} from '../runtime/invite-addresses.js';
import {type Settings, type SettingsStore} from '../settings/settings.js';
import {type SettingName, type SettingsDoor} from '../tui/settings-rows.js';
import {text} from '../tui/text.js';
import {type Choices, cleanName, isRelayUrl} from './choices.js';
import {parseRate} from './parse-rate.js';
import {unreadableSettings} from './settings-trouble.js';

export function settingsDoor(
	settings: Pick<SettingsStore, 'file' | 'read' | 'trouble' | 'write'>,
	session: Pick<Session, 'send' | 'getSnapshot' | 'forgetName'>,
	{look: {background, signs}}: Pick<Choices, 'look'>,
): SettingsDoor {
	// What a flag said of the look holds until it is set on the screen.
	const given: Partial<Record<SettingName, string>> = {background, signs};
	return {
		inUse() {
			const kept = settings.read();
			const {self, limits, session: facts} = session.getSnapshot();
			const relayUrl = relayInUse(facts.relayUrl, self.role, kept.relayUrl);
			return {
				...(cleanName(kept.name) !== self.name && {name: self.name}),
				...(relayUrl !== undefined && {relayUrl}),
				...(limits.up !== parseRate(kept.limitUp ?? '') && {limitUp: limitText(limits.up)}),
				...(limits.down !== parseRate(kept.limitDown ?? '') && {limitDown: limitText(limits.down)}),
				...lookInUse(kept, given),
			};
		},
		read() {
			const {
				name = '',
				relayUrl = '',
				limitUp = '',
				limitDown = '',
				background = '',
				signs = '',
			} = settings.read();
			return {name, relayUrl, limitUp, limitDown, background, signs};
		},
		async change(setting, value) {
			if (setting === 'name' && value !== '' && cleanName(value) !== value) return text.settings.wrong.name;
			if (setting === 'relayUrl' && value !== '' && !isRelayUrl(value)) return text.settings.wrong.relayUrl;
			const isLimit = setting === 'limitUp' || setting === 'limitDown';
			if (isLimit && value !== '' && parseRate(value) === undefined) return text.settings.wrong.limit;
			// A name of the session's own would stand before the one that is set here.
			if (setting === 'name') await session.forgetName();
			const isKept = await settings.write({[setting]: value === '' ? undefined : value});
			if (!isKept) return unreadableSettings(settings) ?? text.settings.wrong.unwritable;
			delete given[setting];
			if (isLimit)
				session.send({
					type: 'set-limits',
					[setting === 'limitUp' ? 'up' : 'down']: value === '' ? null : parseRate(value),
				});
			return undefined;
		},
	};
}

/** The relay of the session that runs, where it is not the one of the settings; a host's own has no address there. */
function relayInUse(url: string, role: 'host' | 'member', kept: string | undefined): string | undefined {
	if (url === '') return undefined;
	if (role === 'host' && isLoopbackUrl(url))
		return kept === undefined ? undefined : text.settings.empty.relayUrl;
	return kept !== undefined && isSameRelay(kept, url) ? undefined : url;
}

function isSameRelay(one: string, other: string): boolean {
	if (!isRelayUrl(one) || !isRelayUrl(other)) return false;
	const [first, second] = [new URL(one), new URL(other)];
	return first.host === second.host && first.protocol === second.protocol;
}

function lookInUse(
	kept: Pick<Settings, 'background' | 'signs'>,
	{background, signs}: Partial<Record<SettingName, string>>,
): Partial<Record<SettingName, string>> {
	return {
		...(background !== undefined && background !== kept.background && {background}),
		...(signs !== undefined && signs !== kept.signs && {signs}),
	};
}

function limitText(bytesPerSecond: number | undefined): string {
	return bytesPerSecond === undefined ? text.settings.empty.limitUp : rateWords(bytesPerSecond);
}
