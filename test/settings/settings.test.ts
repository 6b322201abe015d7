import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {openSettings} from '../../source/settings/settings.js';

function temporaryFolder(t: {teardown: (run: () => void) => void}): string {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'settings-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}

const session = (root: string, openedAt: number) => ({
	root,
	sessionId: 'a'.repeat(26),
	role: 'host' as const,
	openedAt,
});

test('what was written is read by the next start, from a file that only its user may read', async (t) => {
	const folder = temporaryFolder(t);
	t.true(await openSettings(folder).write({name: 'ada', tier: 'proxy'}));
	t.true(await openSettings(folder).write({relayUrl: 'ws://127.0.0.1:1'}));
	t.like(openSettings(folder).read(), {name: 'ada', tier: 'proxy', relayUrl: 'ws://127.0.0.1:1'});
	t.is(statSync(path.join(folder, 'settings.json')).mode & 0o777, 0o600);
});

test('one bad value costs that value alone, and stays in the file with all that is not known', async (t) => {
	const folder = temporaryFolder(t);
	const file = path.join(folder, 'settings.json');
	const written = {name: 'ada', tier: 'teleport', keepDays: '7', ours: {a: 1}, turn: ['turn:u:p@h']};
	writeFileSync(file, JSON.stringify(written));
	const settings = openSettings(folder);
	t.like(settings.read(), {name: 'ada', tier: undefined, recentSessions: []});
	t.deepEqual(settings.trouble(), {wrong: ['tier', 'keepDays']});
	t.true(await settings.remember(session('/p', 1)));
	t.true(await settings.write({limitUp: '1MB/s', name: undefined}));
	const {recentSessions, ...rest} = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
	const {name: _, ...kept} = written;
	t.deepEqual(rest, {...kept, limitUp: '1MB/s'});
	t.deepEqual(recentSessions, [session('/p', 1)]);
	t.true(await settings.write({keepDays: 7, tier: 'json'}));
	t.is(settings.trouble(), undefined);
});

for (const content of ['{"name": "ada",}', '{"name": ', '[]', '"ada"', '// mine\n{}']) {
	test(`a file with ${JSON.stringify(content)} is not used and stays as it is`, async (t) => {
		const folder = temporaryFolder(t);
		const file = path.join(folder, 'settings.json');
		writeFileSync(file, content);
		const settings = openSettings(folder);
		t.deepEqual(settings.read().recentSessions, []);
		t.deepEqual(settings.trouble(), {reason: 'it is no JSON'});
		t.false(await settings.write({name: 'bob'}));
		t.false(await settings.remember(session('/p', 1)));
		t.is(readFileSync(file, 'utf8'), content);
		// Mended while the program runs.
		writeFileSync(file, '{"name":"ada"}');
		t.true(await settings.write({limitUp: '1MB/s'}));
		t.like(settings.read(), {name: 'ada', limitUp: '1MB/s'});
	});
}

test('an empty file is as good as none', async (t) => {
	const folder = temporaryFolder(t);
	writeFileSync(path.join(folder, 'settings.json'), '\n');
	t.is(openSettings(folder).trouble(), undefined);
	t.true(await openSettings(folder).write({name: 'bob'}));
	t.is(openSettings(folder).read().name, 'bob');
});

test('recent sessions are newest first, one a folder, and at most twenty', async (t) => {
	const settings = openSettings(temporaryFolder(t));
	for (let index = 0; index < 25; index++) await settings.remember(session(`/p/${index}`, index));
	await settings.remember(session('/p/10', 99));
	const {recentSessions} = settings.read();
	t.is(recentSessions.length, 20);
	t.deepEqual(recentSessions.slice(0, 2), [session('/p/10', 99), session('/p/24', 24)]);
	t.is(recentSessions.filter(({root}) => root === '/p/10').length, 1);
	await settings.forget('/p/10');
	t.is(settings.read().recentSessions[0]?.root, '/p/24');
});

test('a place that cannot be written loses the change and throws nothing', async (t) => {
	const file = path.join(temporaryFolder(t), 'occupied');
	writeFileSync(file, '');
	const settings = openSettings(path.join(file, 'below'));
	t.false(await settings.write({name: 'ada'}));
	t.deepEqual(settings.read().recentSessions, []);
	t.is(readFileSync(file, 'utf8'), '');
});
