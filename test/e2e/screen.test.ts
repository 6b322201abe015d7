/** A person at a terminal: the real program in a real pty, from the start screen to the shell prompt. */
import {realpathSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {askSession} from '../../source/cli/control-client.js';
import {type ControlRequest} from '../../source/runtime/control-protocol.js';
import {Lab, programFile} from '../helpers/peer-process.js';
import {makeProject} from '../helpers/sample-project.js';
import {TestTerminal} from '../helpers/terminal.js';
import {waitUntil} from '../helpers/wait.js';

test('a person hosts, sees a peer join and a transfer, settles a conflict by keys, resizes and quits', async (t) => {
	const lab = new Lab(t);
	const ada = lab.path('ada');
	makeProject(ada, {texts: 50, binaries: 4, binaryBytes: 3_000_000});
	writeFileSync(path.join(ada, 'player.ts'), 'one\n');
	const terminal = new TestTerminal({
		args: [programFile],
		cwd: ada,
		env: {...lab.env, PULSYNC_NAME: 'ada', PULSYNC_HOST: '127.0.0.1', PULSYNC_ADVERTISE: '127.0.0.1'},
		columns: 100,
		rows: 30,
	});
	t.teardown(() => terminal.close());
	await terminal.waitFor(/host/i);
	t.true(terminal.isAlternate);
	terminal.press('enter');
	await terminal.waitFor('Throughput');

	const ask = async (request: ControlRequest) => {
		const answer = await askSession(realpathSync(ada), request);
		if ('error' in answer) throw new Error(answer.error.message);
		return answer.result;
	};
	const {invite} = (await ask({request: 'invite'})) as {invite: string};
	terminal.press('i');
	await terminal.waitFor(invite.slice(0, 24));
	terminal.press('escape');
	await terminal.waitFor('Throughput');

	const bob = await lab.join('bob', invite, ['--limit-down', '4MB/s']);
	await terminal.waitFor(/bob.*proxy/);
	await terminal.waitFor(/B\/s/);
	// The graph is drawn in braille.
	await terminal.waitFor(/[\u2801-\u28FF]/);
	await terminal.waitFor('● in step', 30_000);

	await Promise.all([ask({request: 'pause'}), bob.ask({request: 'pause'})]);
	await waitUntil('bob to pause', async () => (await bob.status()).state === 'paused');
	writeFileSync(path.join(ada, 'player.ts'), 'by ada\n');
	writeFileSync(path.join(bob.folder, 'player.ts'), 'by bob\n');
	await Promise.all([
		ask({request: 'resume', accept_deletions: false}),
		bob.ask({request: 'resume', accept_deletions: false}),
	]);
	await terminal.waitFor(/player\.ts/);
	await bob.waitFor('conflict');
	terminal.press('c');
	await terminal.waitFor(/bob/);
	terminal.press('m');
	await bob.waitFor('resolved');
	await waitUntil(
		'the resolution',
		() => readFileSync(path.join(bob.folder, 'player.ts'), 'utf8') === 'by ada\n',
	);
	terminal.press('escape');

	terminal.resize(60, 15);
	await terminal.waitFor('bob');
	terminal.resize(120, 40);
	await terminal.waitFor('Throughput');
	await terminal.waitFor('● in step');
	terminal.press('q');
	const exit = await terminal.exited;
	t.is(exit.code, 0);
	t.false(terminal.isAlternate);
	t.false(terminal.isCursorHidden);
	t.false(terminal.isBracketedPaste);
	t.notRegex(terminal.text(), /fault|\bat .*\.js/);
	await bob.waitFor('link', ({status}) => status === 'offline');
});
