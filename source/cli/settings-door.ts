/** The settings that the screen shows and changes, kept in the settings file, and put to use where that is possible at once. */
import {rateWords} from '../core/limit-words.js';
import {type Session} from '../core/session.js';
import {type SettingsStore} from '../settings/settings.js';
import {type SettingsDoor} from '../tui/settings-rows.js';
import {text} from '../tui/text.js';
import {type Choices, cleanName, isRelayUrl} from './choices.js';
import {parseRate} from './parse-rate.js';
import {unreadableSettings} from './settings-trouble.js';

export function settingsDoor(
	settings: Pick<SettingsStore, 'file' | 'read' | 'trouble' | 'write'>,
	session: Pick<Session, 'send' | 'getSnapshot' | 'forgetName'>,
	{relayUrl: givenRelay}: Pick<Choices, 'relayUrl'>,
): SettingsDoor {
	return {
		inUse() {
			const {name, relayUrl, limitUp = '', limitDown = ''} = settings.read();
			const {self, limits} = session.getSnapshot();
			return {
				...(cleanName(name) !== self.name && {name: self.name}),
				...(givenRelay !== undefined && givenRelay !== relayUrl && {relayUrl: givenRelay}),
				...(limits.up !== parseRate(limitUp) && {limitUp: limitText(limits.up)}),
				...(limits.down !== parseRate(limitDown) && {limitDown: limitText(limits.down)}),
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
			if (isLimit)
				session.send({
					type: 'set-limits',
					[setting === 'limitUp' ? 'up' : 'down']: value === '' ? null : parseRate(value),
				});
			return undefined;
		},
	};
}

function limitText(bytesPerSecond: number | undefined): string {
	return bytesPerSecond === undefined ? text.settings.empty.limitUp : rateWords(bytesPerSecond);
}
