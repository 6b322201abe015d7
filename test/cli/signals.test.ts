/** Signals that end a session, and the echo of the first one. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import test from 'ava';

const signals = pathToFileURL(path.resolve('dist/source/cli/signals.js')).href;

/** Runs a program that watches for signals; `onSignal` is what it does at the first one. Returns its exit code. */
async function run(onSignal: string, signal: NodeJS.Signals): Promise<number | null> {
	const code = `
		import {watchSignals} from '${signals}';
		const block = (ms) => { for (const until = Date.now() + ms; Date.now() < until;); };
		const echo = () => process.kill(process.pid, '${signal}');
		const end = (ms) => setTimeout(() => process.exit(7), ms);
		setInterval(() => undefined, 1000);
		watchSignals().onSignal(() => { ${onSignal} });
		process.stdout.write('ready');`;
	const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = once(child, 'exit');
	await once(child.stdout, 'data');
	child.kill(signal);
	return ((await ended) as [number | null])[0];
}

test('a signal that a library sends once more ends nothing early, however long the program was busy', async (t) => {
	t.is(await run('echo(); end(300);', 'SIGTERM'), 7);
	t.is(await run('echo(); block(700); end(300);', 'SIGTERM'), 7);
	t.is(await run('block(700); echo(); end(300);', 'SIGINT'), 7);
});

test('a second signal, of a person who does not want to wait, ends the program at once', async (t) => {
	t.is(await run('setTimeout(echo, 600); end(20_000);', 'SIGINT'), 130);
});
