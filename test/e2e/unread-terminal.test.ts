/** A terminal that takes nothing any more, as one behind a connection that stands still: the session goes on. */
import {existsSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import {Lab, programFile} from '../helpers/peer-process.js';
import {TestTerminal} from '../helpers/terminal.js';
import {waitUntil} from '../helpers/wait.js';

test('a terminal that nobody reads holds up nothing but its pictures, and not even the end', async (t) => {
	const lab = new Lab(t);
	const host = await lab.host('host');
	const terminal = new TestTerminal({
		args: [programFile, 'join', '--name', 'member'],
		cwd: lab.path('member'),
		env: {...lab.env, PULSYNC_INVITE: host.invite},
		columns: 200,
		rows: 60,
	});
	t.teardown(() => terminal.close());
	const save = async (name: string) => {
		writeFileSync(path.join(lab.path('host'), name), name);
		await waitUntil(`${name} at the member`, () => existsSync(path.join(lab.path('member'), name)));
	};
	await save('first');
	await terminal.waitFor('● in step');
	terminal.pause();
	// Each of these screens is several times what a terminal takes unread.
	for (let time = 0; time < 20; time++) terminal.press('l', 'c');
	for (const name of ['second', 'third']) {
		await save(name);
		terminal.press('l', 'c');
	}
	const links = host.events.filter((event) => event.event === 'link' && event.status !== 'connecting');
	t.is(links.length, 1, 'the link was never lost');

	terminal.resume();
	terminal.press('l');
	await terminal.waitFor('third');
	terminal.pause();
	for (let time = 0; time < 20; time++) terminal.press('l', 'c');
	terminal.kill('SIGTERM');
	await host.waitFor('peer_left');
	await waitUntil('the end of the program', () => isGone(terminal.pid));
	terminal.resume();
});

function isGone(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return false;
	} catch {
		return true;
	}
}
