/** Where no screen can be drawn, the same session is told in lines. */
import test from 'ava';
import {Lab, programFile} from '../helpers/peer-process.js';
import {TestTerminal} from '../helpers/terminal.js';

for (const [where, env] of [
	['a dumb terminal', {TERM: 'dumb'}],
	['the terminal of an integration server', {CI: 'true'}],
] as const) {
	test(`${where} gets lines without control sequences, with peers by name`, async (t) => {
		const lab = new Lab(t);
		const host = new TestTerminal({
			args: [programFile, 'host', '--name', 'ada'],
			cwd: lab.path('ada'),
			env: {...lab.env, ...env},
			columns: 300,
		});
		t.teardown(() => host.close());
		await host.waitFor(/invite (pulsync:\S+)/);
		const [, invite = ''] = /invite (pulsync:\S+)/.exec(host.text()) ?? [];
		await lab.join('bob', invite);
		await host.waitFor(/link to bob: online/);
		t.false(host.isAlternate);
		t.false(host.raw.includes('\u001B'));
		host.kill('SIGTERM');
		t.is((await host.exited).code, 0);
	});
}
