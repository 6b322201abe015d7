/** Sessions that were opened here before, for the start screen. */
import path from 'node:path';
import {type SettingsStore} from '../settings/settings.js';
import {hasSession} from './find-root.js';

/** Those that can go on: one that was left, or whose folder is gone, would only end the program. */
export function recentSessions(settings: Pick<SettingsStore, 'read'>) {
	return settings
		.read()
		.recentSessions.filter(({root}) => hasSession(root))
		.map(({root, openedAt}) => ({root, name: path.basename(root), at: openedAt}));
}
