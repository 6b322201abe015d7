import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, realpathSync, rmSync} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {createInterface} from 'node:readline';
import test from 'ava';

const program = path.resolve('dist/test/helpers/out-of-files-program.js');

/** Far below what a machine gives, and more than Node itself needs. */
const maxFiles = 256;

test('a program that has no files left says so, takes no command meanwhile, and goes on when it has some', async (t) => {
	t.timeout(120_000);
	const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'files-')));
	t.teardown(() => rmSync(root, {recursive: true, force: true}));
	execFileSync('git', ['init', '-q', root]);
	const limited = `ulimit -n ${maxFiles}; exec "$0" "$@"`;
	const child = spawn('/bin/sh', ['-c', limited, process.execPath, program, root], {
		env: {...process.env, XDG_RUNTIME_DIR: root},
	});
	t.teardown(() => child.kill('SIGKILL'));
	let faults = '';
	child.stderr.on('data', (chunk: Buffer) => (faults += chunk.toString()));
	const ended = once(child, 'close');
	const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
	const next = async () =>
		JSON.parse(String((await lines.next()).value ?? 'null')) as Record<string, unknown> | null;

	const without = await next();
	t.deepEqual(
		without?.without,
		{
			version: 'git_failed',
			store: 'git_failed',
			object: 'git_failed',
			project: 'git_failed',
			ignored: 'git_failed',
		},
		faults,
	);
	for (let command = 0; command < 3; command++) {
		const socket = net.connect(String(without?.listensAt));
		socket.on('error', () => undefined);
		await once(socket.resume(), 'close');
	}
	child.stdin.write('go on\n');
	const withFiles = await next();
	t.deepEqual(
		withFiles?.withFiles,
		{version: 'ok', store: 'ok', object: 'ok', project: 'ok', ignored: 'ok'},
		faults,
	);
	await ended;
	t.is(child.exitCode, 0, faults);
});
