/** What cannot work ends with one sentence that says what to do and the right exit code, and changes nothing. */
import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {chmodSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {formatInvite, parseInvite} from '../../source/protocol/invite.js';
import {compareTrees, describeTree} from '../helpers/compare-trees.js';
import {Lab, type ProgramRun, settle} from '../helpers/peer-process.js';

const madeUpInvite = formatInvite({
	tls: false,
	addresses: [{host: '127.0.0.1', port: 9}],
	sessionId: 'a'.repeat(26),
	secret: new Uint8Array(32),
});

/** One sentence on stderr, the event for scripts on stdout, and no trace of what went on inside. */
function assertRefused(
	t: ExecutionContext,
	run: ProgramRun,
	code: number,
	sentence: RegExp,
	name?: string,
): void {
	t.is(run.code, code, run.stderr + run.stdout);
	t.regex(run.stderr, sentence);
	t.regex(run.stderr, /^[^\n]+\.\n$/);
	t.notRegex(run.stderr + run.stdout, /\bat .*\.js:\d+/);
	if (name !== undefined) t.like(JSON.parse(run.stdout), {event: 'error', code: name});
}

test('wrong secret and unknown session are not admitted, by one answer after 15 seconds', async (t) => {
	const lab = new Lab(t);
	writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a\n');
	const {invite} = await lab.host('ada');
	const parsed = parseInvite(invite);
	if (!parsed.ok) {
		t.fail();
		return;
	}
	const wrongSecret = formatInvite({...parsed.invite, secret: new Uint8Array(randomBytes(32))});
	const wrongSession = formatInvite({...parsed.invite, sessionId: 'a'.repeat(26)});
	const deadRelay = formatInvite({...parsed.invite, addresses: [{host: '127.0.0.1', port: 9}]});
	lab.path('bob');
	const [secret, session, dead, hostDead] = await Promise.all([
		lab.run('bob', ['join', '-', '--json'], {input: `${wrongSecret}\n`}),
		lab.run('eve', ['join', wrongSession, 'new-folder', '--json']),
		lab.run('jim', ['join', deadRelay, '--json']),
		lab.run('pam', ['host', '--relay-url', 'ws://127.0.0.1:9', '--json']),
	]);
	assertRefused(t, secret, 3, /invite/, 'not_admitted');
	assertRefused(t, session, 3, /invite/, 'not_admitted');
	assertRefused(t, dead, 1, /Nobody answers at 127\.0\.0\.1:9, which the invite names/, 'relay_unreachable');
	assertRefused(t, hostDead, 1, /relay .*cannot be reached/i, 'relay_unreachable');
	for (const name of ['bob', 'eve', 'jim', 'pam']) t.deepEqual(readdirSync(lab.path(name)), [], name);
});

test('a second instance in one folder, and joining into a folder with files, are refused', async (t) => {
	const lab = new Lab(t);
	writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a\n');
	const ada = await lab.host('ada');
	const before = describeTree(lab.path('ada'));
	assertRefused(t, await lab.run('ada', ['host', '--json']), 3, new RegExp(`${ada.pid}`), 'already_running');
	assertRefused(t, await lab.run('ada', ['--headless']), 3, /runs in this folder already/);
	t.deepEqual(describeTree(lab.path('ada')), before);

	writeFileSync(path.join(lab.path('bob'), 'b.txt'), 'b\n');
	assertRefused(t, await lab.run('bob', ['join', ada.invite, '--json']), 3, /--merge/, 'folder_not_empty');
	t.deepEqual(readdirSync(lab.path('bob')), ['b.txt']);

	await lab.run('eve', ['status']);
	assertRefused(t, await lab.run('eve', ['status']), 1, /is in no project; /);
	for (const wrong of ['tier foo', 'sync --timeout 0', 'resolve a', 'limit --up fast', 'show .']) {
		const {code} = await lab.run('eve', wrong.split(' '));
		t.is(code, wrong === 'show .' ? 1 : 2, wrong);
	}
	const asked = await lab.run('eve', ['status', '--json']);
	t.like(JSON.parse(asked.stdout), {error: {code: 'not_running'}});
	const tier = await lab.run('ada', ['tier', 'json', '--peer', 'nobody', '--json']);
	t.is(tier.code, 2);
	t.like(JSON.parse(tier.stdout), {error: {code: 'peer_unknown'}});
});

test('a mistyped invite and wrong words are refused before anything is dialled', async (t) => {
	const lab = new Lab(t);
	lab.path('bob');
	const typo = `pulsync:127.0.0.1:8787/${'a'.repeat(26)}/1${'A'.repeat(48)}`;
	assertRefused(t, await lab.run('bob', ['join', typo, '--json']), 3, /invite/, 'bad_invite');
	const asEvent = await lab.run('bob', ['host', '--foo', '--json']);
	assertRefused(t, asEvent, 2, /no flag --foo\. See pulsync-tui help host\.$/m, 'usage');
	const asObject = await lab.run('bob', ['show', '--json']);
	t.like(JSON.parse(asObject.stdout), {error: {code: 'usage'}});
	t.regex(asObject.stderr, /^Something is missing: pulsync-tui show <path>\. See pulsync-tui help show\.\n$/);
	assertRefused(
		t,
		await lab.run('bob', ['resolve', 'a', '--take', 'foo']),
		2,
		/--take must be .*"foo"\. See .* resolve\.$/m,
	);
	const unmade = await lab.run('bob', ['join', '-', 'no/where'], {input: `${madeUpInvite}\n`});
	assertRefused(t, unmade, 1, /no\/where cannot be made; check that \S+\/no exists/);
	assertRefused(t, await lab.run('bob', ['join'], {env: {PULSYNC_INVITE: ''}}), 2, /PULSYNC_INVITE/);
	assertRefused(t, await lab.run('bob', ['hots']), 2, /no command or folder "hots"\. Did you mean host\?/);
	assertRefused(t, await lab.run('bob', ['host', 'nowhere']), 1, /nowhere/);
	assertRefused(t, await lab.run('bob', ['host', '--tier', 'teleport']), 2, /--tier/);
	assertRefused(t, await lab.run('bob', []), 2, /no session yet/);
	t.deepEqual(readdirSync(lab.path('bob')), []);
	const help = await lab.run('bob', ['--help']);
	t.is(help.code, 0);
	t.true(help.stdout.includes('pulsync-tui join <invite> [dir]'));
	t.is(help.stderr, '');
});

test('git that is missing or too old is named, and nothing is changed', async (t) => {
	const lab = new Lab(t);
	lab.path('ada');
	const none = lab.path('no-programs');
	assertRefused(
		t,
		await lab.run('ada', ['host', '--json'], {env: {PATH: none}}),
		1,
		/install git 2\.38/,
		'git_missing',
	);
	const old = lab.path('old-programs');
	writeFileSync(path.join(old, 'git'), '#!/bin/sh\necho git version 2.30.2\n');
	chmodSync(path.join(old, 'git'), 0o755);
	const env = {PATH: `${old}:/usr/bin:/bin`};
	assertRefused(t, await lab.run('ada', ['host', '--json'], {env}), 1, /2\.30\.2 is too old/, 'git_too_old');
	t.deepEqual(readdirSync(lab.path('ada')), []);
});

const mayMount = process.getuid?.() === 0 && process.platform === 'linux';

(mayMount ? test : test.skip)(
	'a full disk is told, every file is whole, and it goes on when there is room',
	async (t) => {
		const lab = new Lab(t);
		writeFileSync(path.join(lab.path('ada'), 'big.bin'), randomBytes(12 * 1024 * 1024));
		writeFileSync(path.join(lab.path('ada'), 'small.txt'), 'small\n');
		const small = lab.path('bob');
		try {
			execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small], {stdio: 'pipe'});
		} catch {
			t.log('this machine lets nobody mount a small disk');
			t.pass();
			return;
		}
		t.teardown(() => execFileSync('umount', ['-l', small]));
		mkdirSync(small, {recursive: true});
		const ada = await lab.host('ada');
		const {invite} = ada;
		const bob = lab.start('bob', ['join', '--name', 'bob'], {PULSYNC_INVITE: invite});
		const told = await bob.waitFor('error');
		t.is(told.code, 'disk_full');
		t.regex(bob.stderr, /^The disk[^\n]* is full; [^\n]+\.\n$/);
		t.is((await bob.exit).code, 1);
		t.deepEqual(readdirSync(small), []);

		execFileSync('mount', ['-o', 'remount,size=64m', small], {stdio: 'pipe'});
		const again = await lab.join('bob', invite);
		await settle([ada, again]);
		t.deepEqual(compareTrees(ada.folder, small), []);
		await again.stop();
	},
);
