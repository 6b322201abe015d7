/** A folder's session is left, running or not, and a project's folders have one session. */
import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, settle} from '../helpers/peer-process.js';

test('a folder whose session does not run is left, and can join another one then', async (t) => {
	const lab = new Lab(t);
	writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a\n');
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	await Promise.all([ada.stop(), bob.stop()]);

	const eve = await lab.host('eve');
	const refused = await lab.run('bob', ['join', eve.invite, '--merge', '--json']);
	t.is(refused.code, 3);
	t.regex(refused.stderr, /run pulsync-tui leave here first/);

	const left = await lab.run('bob', ['leave']);
	t.deepEqual(left, {code: 0, stdout: 'left the session; files stay as they are\n', stderr: ''});
	t.deepEqual(readdirSync(lab.path('bob')).sort(), ['.pulsync', 'a.txt']);
	const again = await lab.run('bob', ['leave', '--json']);
	t.is(again.code, 1);
	t.like(JSON.parse(again.stdout), {error: {code: 'no_session'}});

	const joined = await lab.join('bob', eve.invite, ['--merge']);
	await settle([eve, joined]);
	t.deepEqual(compareTrees(eve.folder, joined.folder), []);

	// A repository of its own in a project is no part of it.
	mkdirSync(path.join(lab.path('ada'), 'nested', '.git'), {recursive: true});
	const nested = await lab.run('ada/nested', ['leave', '--json']);
	t.like(JSON.parse(nested.stdout), {error: {code: 'not_running'}});
	t.true(existsSync(path.join(lab.path('ada'), '.pulsync', 'session.json')));

	const json = await lab.run('ada', ['leave', '--json']);
	t.deepEqual(JSON.parse(json.stdout), {left: true});
	const outside = await lab.run('jim', ['leave']);
	t.is(outside.code, 1);
	t.regex(outside.stderr, /is in no project/);
	t.deepEqual(readdirSync(lab.path('jim')), []);
});

test('a running session that cannot be asked is not left behind its back', async (t) => {
	const lab = new Lab(t);
	await lab.host('ada');
	const left = await lab.run('ada', ['leave'], {env: {XDG_RUNTIME_DIR: lab.path('elsewhere')}});
	t.is(left.code, 3);
	t.regex(left.stderr, /runs in this folder already/);
	t.true(existsSync(path.join(lab.path('ada'), '.pulsync', 'session.json')));
});

test('below a project, its session goes on, and no second one is founded or joined', async (t) => {
	const lab = new Lab(t);
	const eve = await lab.host('eve');
	const ada = await lab.host('ada');
	mkdirSync(path.join(lab.path('ada'), 'src'));
	for (const args of [['host'], ['join', eve.invite], ['join', eve.invite, 'new-folder']]) {
		const refused = await lab.run('ada/src', [...args, '--json']);
		t.is(refused.code, 3, args[0]);
		t.like(JSON.parse(refused.stdout), {event: 'error', code: 'inside_project'});
		t.regex(refused.stderr, /ada\/src\S* lies inside of the project \S+\/ada, which has a session already/);
	}
	t.deepEqual(readdirSync(path.join(lab.path('ada'), 'src')), []);
	await ada.stop();
	const opened = lab.start('ada/src', []);
	t.is((await opened.waitFor('ready')).root, lab.path('ada'));
	await opened.stop();

	mkdirSync(path.join(lab.path('ada'), 'lib', '.git'), {recursive: true});
	const own = await lab.host('ada/lib');
	t.is((await own.waitFor('ready')).root, lab.path('ada/lib'));
});
