/** The settings that the screen shows and changes, kept in the settings file, and put to use where that is possible at once. */
import {type SettingsStore} from '../settings/settings.js';
import {type SettingsDoor} from '../tui/settings-rows.js';
import {text} from '../tui/text.js';
import {cleanName, isRelayUrl} from './choices.js';
import {parseRate} from './parse-rate.js';

export function settingsDoor(settings: SettingsStore): SettingsDoor {
	return {
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
			const isKept = await settings.write({[setting]: value === '' ? undefined : value});
			return isKept ? undefined : text.settings.wrong.unwritable;
		},
	};
}
