import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {recentSessions} from '../../source/cli/recent-sessions.js';

test('a session that was left, or whose folder is gone, is not offered again', (t) => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'pulsync-recent-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const root = (name: string) => path.join(folder, name);
	for (const name of ['kept', 'left']) mkdirSync(path.join(root(name), '.pulsync'), {recursive: true});
	writeFileSync(path.join(root('kept'), '.pulsync', 'session.json'), '{}');
	const entries = ['gone', 'left', 'kept'].map((name) => ({
		root: root(name),
		sessionId: 'a'.repeat(26),
		role: 'host' as const,
		openedAt: 7,
	}));
	const offered = recentSessions({read: () => ({recentSessions: entries})});
	t.deepEqual(offered, [{root: root('kept'), name: 'kept', at: 7}]);
});
