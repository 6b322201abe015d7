import {PassThrough} from 'node:stream';
import test from 'ava';
import {Keyboard} from '../../../source/tui/terminal/keyboard.js';

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
