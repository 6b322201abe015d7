import test from 'ava';
import {TestTerminal, type TerminalOptions} from '../helpers/terminal.js';

const fixture = new URL('fixtures/session-app.js', import.meta.url).pathname;

function open(state: string, options: Partial<TerminalOptions> = {}, trouble = ''): TestTerminal {
	return new TestTerminal({args: [fixture, state, trouble], ...options});
}

test.serial(
	'q ends the screen at once while everybody has everything, and the terminal is as before',
	async (t) => {
		const terminal = open('calm');
		await terminal.waitFor('in step');
		t.true(terminal.isAlternate);
		t.true(terminal.isCursorHidden);
		t.true(terminal.isBracketedPaste);
		terminal.press('q');
		const exit = await terminal.exited;
		t.deepEqual(exit, {code: 0, signal: undefined});
		t.true(terminal.text().includes('ended: quit'));
		t.false(terminal.isAlternate);
		t.false(terminal.isCursorHidden);
		t.false(terminal.isBracketedPaste);
	},
);

test.serial('q asks while something is not yet synced', async (t) => {
	const terminal = open('busy');
	await terminal.waitFor('syncing 34 %');
	terminal.press('q');
	await terminal.waitFor('Quit?');
	terminal.press('n');
	await terminal.waitForGone('Quit?');
	terminal.press('q');
	await terminal.waitFor('Quit?');
	terminal.press('y');
	t.is((await terminal.exited).code, 0);
});
