import {PassThrough} from 'node:stream';
import test from 'ava';
import {Keyboard} from '../../../source/tui/terminal/keyboard.js';
import {TestTerminal} from '../../helpers/terminal.js';

test('who stops to listen while nobody may read does not get the keys of the next one', async (t) => {
	const stdin = new PassThrough({encoding: 'utf8'});
	const keyboard = new Keyboard(stdin);
	const heard: string[] = [];
	const reader = (name: string) => () => {
		for (let keys: unknown = stdin.read(); typeof keys === 'string'; keys = stdin.read())
			heard.push(name + keys);
	};

	const stopFirst = keyboard.listen(reader('first: '));
	stdin.write('a');
	await new Promise((resolve) => setImmediate(resolve));
	await keyboard.hush();
	stdin.write('b');
	stopFirst();
	await new Promise((resolve) => setImmediate(resolve));
	t.deepEqual(heard, ['first: a']);
	keyboard.resume();
	await new Promise((resolve) => setImmediate(resolve));
	t.deepEqual(heard, ['first: a']);
	keyboard.listen(reader('second: '));
	await new Promise((resolve) => setImmediate(resolve));
	t.deepEqual(heard, ['first: a', 'second: b']);
});

test('who begins to listen while nobody may read gets the keys afterwards', async (t) => {
	const stdin = new PassThrough({encoding: 'utf8'});
	const keyboard = new Keyboard(stdin);
	const heard: unknown[] = [];
	await keyboard.hush();
	keyboard.listen(() => heard.push(stdin.read()));
	stdin.write('a');
	await new Promise((resolve) => setImmediate(resolve));
	t.deepEqual(heard, []);
	keyboard.resume();
	await new Promise((resolve) => setImmediate(resolve));
	t.deepEqual(heard, ['a']);
});

test('a real terminal is read again, however short the time was for which it was given away', async (t) => {
	const script = `
		import {keyboardOf} from ${JSON.stringify(new URL('../../../source/tui/terminal/keyboard.js', import.meta.url))};
		const {stdin} = process;
		stdin.setRawMode(true);
		stdin.setEncoding('utf8');
		const keyboard = keyboardOf(stdin);
		keyboard.listen(() => {
			for (let keys = stdin.read(); keys !== null; keys = stdin.read()) {
				console.log('read ' + keys);
				if (keys === 'g') void keyboard.hush().then(() => keyboard.resume()).then(() => console.log('resumed'));
			}
		});
		console.log('ready');
	`;
	const terminal = new TestTerminal({
		args: ['--input-type=module', '--eval', script],
		cwd: process.cwd(),
		env: process.env,
	});
	t.teardown(() => terminal.close());
	await terminal.waitFor('ready');
	terminal.press('g');
	await terminal.waitFor('resumed');
	terminal.press('a');
	await terminal.waitFor('read a');
	t.pass();
});
