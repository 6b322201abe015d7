/** What can be set from the screen, and what it means for the way the screen looks. Pure. */
import {type Look} from './look.js';

export type SettingName = 'name' | 'relayUrl' | 'limitUp' | 'limitDown' | 'background' | 'signs';

/** Each as a person writes it; empty: not set. */
export type ShownSettings = Readonly<Record<SettingName, string>>;

/** Where settings are kept. */
export type SettingsDoor = {
	read(): ShownSettings;
	/** What the running session uses where that is something else: given by a flag, a variable or a command. */
	inUse(): Partial<ShownSettings>;
	/** Keeps a value, and puts it to use where that is possible at once; answers with what is wrong about it, if anything. */
	change(setting: SettingName, value: string): Promise<string | undefined>;
};

/** In the order of the screen. */
export const settingNames: readonly SettingName[] = [
	'name',
	'relayUrl',
	'limitUp',
	'limitDown',
	'background',
	'signs',
];

/** Those that are chosen from a few values, the first where nothing is set. */
const settingChoices: Partial<Record<SettingName, readonly string[]>> = {
	background: ['', 'dark', 'light'],
	signs: ['', 'ascii', 'spoken'],
};

/** The value after this one, round the end; undefined for what is typed. */
export function nextChoice(setting: SettingName, value: string): string | undefined {
	const choices = settingChoices[setting];
	return choices?.[(choices.indexOf(value) + 1) % choices.length];
}

/** The look after a setting was changed; what is not set is as the terminal says. */
export function withSetting(look: Look, detected: Look, setting: SettingName, value: string): Look {
	if (setting === 'background')
		return {...look, background: value === 'dark' || value === 'light' ? value : detected.background};
	if (setting === 'signs')
		return {...look, signs: value === 'ascii' || value === 'spoken' ? value : 'unicode'};
	return look;
}
