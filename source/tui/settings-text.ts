/** The words and sentences of the settings. */
import {type SettingName} from './settings-rows.js';

export const settingsText = {
	title: 'Settings',
	none: 'Settings cannot be changed from here.',
	labels: {
		name: 'your name',
		relayUrl: 'relay',
		limitUp: 'send at most',
		limitDown: 'receive at most',
		background: 'background',
		signs: 'signs',
	},
	empty: {
		name: 'as your system calls you',
		relayUrl: 'your own, in this program',
		limitUp: 'no limit',
		limitDown: 'no limit',
		background: 'as the terminal says',
		signs: 'all',
	},
	help: {
		name: 'What the others see you as, from the next start on.',
		relayUrl:
			'Where members meet: ws:// or wss://, for sessions that you host from the next start on. Empty: a relay inside this program.',
		limitUp: 'A rate such as 2MB/s or 500kB/s, for all peers together, at once. Empty: no limit.',
		limitDown: 'A rate such as 2MB/s or 500kB/s, for all peers together, at once. Empty: no limit.',
		background: 'dark or light: with the wrong one some words are hard to read.',
		signs: 'ascii: for fonts without lines and dots. spoken: without frames and graphs, for screen readers.',
	},
	wrong: {
		name: 'A name is one line of at most 64 characters.',
		relayUrl: 'A relay begins with ws:// or wss://.',
		limit: 'A limit is a rate such as 2MB/s or 500kB/s.',
		unwritable: 'The settings file cannot be written, so nothing was changed.',
	},
	inUse: (value: string) => `now: ${value}`,
	kept: (setting: SettingName) =>
		setting === 'name' || setting === 'relayUrl' ? 'Kept; used from the next start on.' : 'Kept.',
} as const;
