/** What can be set while the program runs. */
import {useState} from 'react';
import {PanelLines} from '../components/panel-lines.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {useActions} from '../hooks/use-actions.js';
import {useLook} from '../hooks/use-look.js';
import {moveCursor} from '../list-cursor.js';
import {useSession} from '../session-context.js';
import {nextChoice, type SettingName, settingNames, withSetting} from '../settings-rows.js';
import {text} from '../text.js';
import {settingRows} from '../views/settings.js';

export function SettingsScreen({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {width, settings: door, notify, attempt, prompt} = useSession();
	const {look, detected, setLook} = useLook();
	const [cursor, setCursor] = useState(0);
	const [shown, setShown] = useState(() => door?.read());
	const change = (setting: SettingName, value: string) =>
		attempt(async () => {
			const wrong = await door?.change(setting, value);
			if (wrong !== undefined) return notify(wrong);
			setShown(door?.read());
			setLook(withSetting(look, detected, setting, value));
			notify(text.settings.kept(setting));
		});
	useActions(
		'settings',
		(action) => {
			const here = settingNames[cursor];
			if (action !== 'open') return setCursor(moveCursor(cursor, action, settingNames.length, 5));
			if (here === undefined || !shown) return;
			const next = nextChoice(here, shown[here]);
			if (next !== undefined) return change(here, next);
			prompt({
				label: text.settings.labels[here],
				value: shown[here],
				placeholder: text.settings.empty[here],
				done: (value) => change(here, value.trim()),
			});
		},
		isActive,
	);
	const inner = innerSize(width, height);
	const rows = shown
		? settingRows(shown, door?.inUse() ?? {}, cursor, inner.width)
		: [[span(text.settings.none, 'quiet')]];
	return <PanelLines title={text.settings.title} width={width} height={height} rows={rows} focused />;
}
