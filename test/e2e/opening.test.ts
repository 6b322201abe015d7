/** The screen while a session begins: it is there at once, keeps the keys, and can be left. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {text} from '../../source/tui/text.js';
import {Lab, programFile} from '../helpers/peer-process.js';
import {TestTerminal} from '../helpers/terminal.js';

function open(t: ExecutionContext, lab: Lab, name: string, args: readonly string[], env = {}): TestTerminal {
	const terminal = new TestTerminal({
		args: [programFile, ...args],
		cwd: lab.path(name),
		env: {...lab.env, ...env},
	});
	t.teardown(() => terminal.close());
	return terminal;
}

/** Of a host that is not there any more. */
async function inviteOfNobody(lab: Lab): Promise<string> {
	const ada = await lab.host('nobody');
	await ada.stop();
	return ada.invite;
}

for (const [key, code] of [
	['q', 130],
	['ctrl-c', 130],
] as const) {
	test.serial(
		`${key} leaves a join that does not come to an end, and the terminal is as before`,
		async (t) => {
			const lab = new Lab(t);
			const bob = open(t, lab, 'bob', ['join', '--name', 'bob'], {PULSYNC_INVITE: await inviteOfNobody(lab)});
			await bob.waitFor(text.opening.join);
			t.true(bob.isAlternate);
			await bob.waitFor(text.opening.long);
			bob.press(key);
			t.is((await bob.exited).code, code);
			t.true(bob.text().includes('Interrupted'), bob.text());
			t.false(bob.isAlternate);
			t.false(bob.isCursorHidden);
		},
	);
}

test.serial('a refusal is told on the terminal that was there before', async (t) => {
	const lab = new Lab(t);
	writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a');
	const first = await lab.host('ada');
	const second = open(t, lab, 'ada', []);
	t.is((await second.exited).code, 3);
	t.false(second.isAlternate);
	t.regex(second.text(), /runs in this folder already/);
	await first.stop();
});

test.serial('keys that are typed while the session opens reach its screen', async (t) => {
	const lab = new Lab(t);
	const ada = open(t, lab, 'ada', ['host', '--host', '127.0.0.1']);
	await ada.waitFor(text.opening.host);
	ada.press('?');
	await ada.waitFor(text.help.title, 30_000);
	ada.press('escape', 'q');
	t.is((await ada.exited).code, 0);
});
