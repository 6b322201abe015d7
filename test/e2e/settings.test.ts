/** What the settings file does to a start of the real program. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, settle} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

const settingsOf = (lab: Lab) => path.join(lab.path('config'), 'settings.json');

test('a relay in the settings of a member takes no session away from its own', async (t) => {
	const lab = new Lab(t);
	writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a\n');
	const ada = await lab.host('ada');
	writeFileSync(settingsOf(lab), JSON.stringify({relayUrl: 'ws://127.0.0.1:9'}));
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	t.deepEqual(compareTrees(ada.folder, bob.folder), []);
	await Promise.all([ada.stop(), bob.stop()]);
	const again = [await lab.resume('ada'), await lab.resume('bob')];
	await settle(again);
	const {relay_url: url} = again[1]!.events.find((event) => event.event === 'ready')!;
	t.not(new URL(url).port, '9');
	await Promise.all(again.map(async (peer) => peer.stop()));
});

test('a session that is left while it runs is not offered by the next start screen', async (t) => {
	const lab = new Lab(t);
	await lab.host('ada');
	const recent = () =>
		(JSON.parse(readFileSync(settingsOf(lab), 'utf8')) as {recentSessions: readonly unknown[]})
			.recentSessions;
	await waitUntil('the session to be remembered', () => existsSync(settingsOf(lab)) && recent().length === 1);
	t.is((await lab.run('ada', ['leave'])).code, 0);
	await waitUntil('the session to be forgotten', () => recent().length === 0);
	t.pass();
});

test('a settings file with a slip of the pen is told once, and stays as it is', async (t) => {
	const lab = new Lab(t);
	const file = settingsOf(lab);
	const broken = '{"name": "ada", "limitUp": "1MB/s",}\n';
	writeFileSync(file, broken);
	const ada = await lab.host('ada');
	await ada.stop();
	t.is(
		ada.stderr,
		`${file} cannot be read (it is no JSON), so its settings are not used and not changed; mend it, or move it away.\n`,
	);
	t.is(readFileSync(file, 'utf8'), broken);

	writeFileSync(file, JSON.stringify({relayUrl: 'ftp://relay.example', limitUp: 'fast', keepDays: '7'}));
	const again = await lab.resume('ada');
	await again.stop();
	t.regex(again.stderr, /^\S+settings\.json has values[^\n]*\(keepDays, relayUrl, limitUp\)[^\n]*\.\n$/);
	const kept = JSON.parse(readFileSync(file, 'utf8')) as object;
	t.like(kept, {relayUrl: 'ftp://relay.example', limitUp: 'fast', keepDays: '7'});
	t.true('recentSessions' in kept);
});
