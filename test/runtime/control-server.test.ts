import {mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {askSession} from '../../source/cli/control-client.js';
import {Failure} from '../../source/protocol/failure.js';
import {type Session} from '../../source/core/session.js';
import {controlSocketPath} from '../../source/runtime/control-socket.js';
import {startControlServer} from '../../source/runtime/control-server.js';
import {fakeSession} from '../helpers/fake-session.js';
import {waitUntil} from '../helpers/wait.js';

const runtimeFolder = mkdtempSync(path.join(os.tmpdir(), 'run-'));
process.env.XDG_RUNTIME_DIR = runtimeFolder;
test.after.always(() => rmSync(runtimeFolder, {recursive: true, force: true}));

let counter = 0;
const newRoot = () => `/project/${counter++}`;

async function codeOf(work: Promise<unknown>): Promise<string> {
	const error: unknown = await work.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	return error instanceof Failure ? error.code : String(error);
}

/** A command that asks and is killed before the answer: its socket closes, greeting read, request sent. */
function askAndGo(root: string, request: object): Promise<void> {
	return new Promise((resolve, reject) => {
		const socket = net.connect(controlSocketPath(root));
		socket.on('error', reject);
		socket.on('data', () => socket.write(`${JSON.stringify(request)}\n`, () => socket.destroy()));
		socket.on('close', () => resolve());
	});
}

/** A session in which nobody ever comes in step, and how many wait for it. */
function neverSynced(): {session: Session; waiting: () => number} {
	let waiting = 0;
	const {session} = fakeSession({
		async waitSynced(_, left) {
			waiting++;
			await new Promise((resolve) => left?.addEventListener('abort', resolve));
			waiting--;
			throw new Failure('aborted');
		},
	});
	return {session, waiting: () => waiting};
}

/** Everything that the socket says to raw bytes, until it closes. */
function talk(root: string, bytes: string | Buffer): Promise<string> {
	return new Promise((resolve) => {
		const socket = net.connect(controlSocketPath(root));
		let text = '';
		socket.on('error', () => undefined);
		socket.on('data', (chunk) => (text += chunk.toString()));
		socket.on('close', () => resolve(text));
		socket.write(bytes);
	});
}

test('each request is answered with its result', async (t) => {
	const root = newRoot();
	const {session, asked} = fakeSession();
	const server = await startControlServer(session, root);
	const result = async (request: Parameters<typeof askSession>[1]) => {
		const answer = await askSession(root, request);
		return 'result' in answer ? answer.result : answer;
	};
	t.deepEqual(await result({request: 'invite'}), {invite: session.getSnapshot().session.invite});
	t.like(await result({request: 'status'}), {state: 'synced', role: 'host'});
	t.deepEqual(await result({request: 'conflicts'}), {conflicts: []});
	t.deepEqual(await result({request: 'resolve', paths: ['a'], take: 'mine', peer: 'bob'}), {resolved: ['a']});
	t.deepEqual(await result({request: 'resolve', paths: 'all', take: 'both'}), {resolved: ['everything']});
	t.deepEqual(await result({request: 'resolve-merged', path: 'a', file: '/tmp/merged'}), {resolved: ['a']});
	t.deepEqual(await result({request: 'show', path: 'a', side: 'base'}), {
		path: 'a',
		oid: '3'.repeat(40),
		mode: '100644',
		bytes: 4,
		data: Buffer.from('base').toString('base64'),
	});
	t.like(await result({request: 'tier', pin: 'json'}), {tier: 'auto'});
	t.deepEqual(await result({request: 'limit'}), {limits: {up: null, down: null}});
	t.deepEqual(await result({request: 'limit', up: 5, down: null}), {limits: {up: null, down: null}});
	t.deepEqual(await result({request: 'history', path: 'x'}), {
		entries: [{commit: '1'.repeat(40), at: 0, peer_id: 'a', name: 'ada', paths: ['x'], more: 0}],
		end: 'boundary',
	});
	t.deepEqual(await result({request: 'diff'}), {diff: 'diff of all\n'});
	t.deepEqual(await result({request: 'diff', path: 'x', from: '1'}), {diff: 'diff of x since 1\n'});
	t.deepEqual(await result({request: 'tidy', days: 3}), {store_bytes: 7, cut: 3});
	t.deepEqual(await result({request: 'restore', path: 'x', at: '1'}), {restored: ['x']});
	t.like(await result({request: 'sync', wait: true, timeout_ms: 5}), {head: '1'.repeat(40)});
	t.deepEqual(await result({request: 'pause'}), {paused: true});
	t.deepEqual(await result({request: 'resume', accept_deletions: true}), {paused: false});
	t.deepEqual(await result({request: 'leave'}), {left: true});
	t.deepEqual(
		asked.filter((item) => typeof item === 'object' && 'type' in item!),
		[
			{type: 'set-tier', pin: 'json', peerId: undefined},
			{type: 'set-limits', up: 5, down: null},
			{type: 'rescan'},
			{type: 'pause'},
			{type: 'resume', acceptDeletions: true},
		],
	);
	await server.close();
	t.is(await codeOf(askSession(root, {request: 'status'})), 'not_running');
});

test('a failure comes back as its code and sentence', async (t) => {
	const root = newRoot();
	const server = await startControlServer(fakeSession().session, root);
	t.deepEqual(await askSession(root, {request: 'resolve', paths: ['clean'], take: 'mine'}), {
		error: {code: 'not_conflicted', message: 'clean has no conflict; see pulsync-tui conflicts.'},
	});
	t.like(await askSession(root, {request: 'tier', peer: 'nobody'}), {error: {code: 'peer_unknown'}});
	await server.close();
});

test('what is no request is refused, and the next one is answered', async (t) => {
	const root = newRoot();
	const server = await startControlServer(fakeSession().session, root);
	for (const line of ['nonsense\n', '{}\n', '{"request":"resolve","paths":[],"take":"x"}\n', '\n']) {
		const [greeting, answer] = (await talk(root, line)).split('\n');
		t.deepEqual(JSON.parse(greeting!), {pulsync: 1, root});
		t.is(JSON.parse(answer!).error.code, 'usage', line);
	}
	t.notRegex(await talk(root, Buffer.alloc(3_000_000, 65)), /result|error/);
	t.like(await askSession(root, {request: 'status'}), {result: {state: 'synced'}});
	await server.close();
});

test('the socket and its folder are the user’s own', async (t) => {
	const root = newRoot();
	const server = await startControlServer(fakeSession().session, root);
	t.is(statSync(server.path).mode & 0o777, 0o600);
	t.is(statSync(path.dirname(server.path)).mode & 0o777, 0o700);
	await server.close();
});

test('a socket that a killed session left is replaced, a living one is not', async (t) => {
	const root = newRoot();
	writeFileSync(controlSocketPath(root), '');
	const server = await startControlServer(fakeSession().session, root);
	t.is(await codeOf(startControlServer(fakeSession().session, root)), 'already_running');
	t.like(await askSession(root, {request: 'pause'}), {result: {paused: true}});
	await server.close();
});

test('the socket of another project is not taken for this one’s', async (t) => {
	const [root, other] = [newRoot(), newRoot()];
	const server = await startControlServer(fakeSession().session, other);
	symlinkSync(controlSocketPath(other), controlSocketPath(root));
	t.is(await codeOf(askSession(root, {request: 'status'})), 'wrong_session');
	rmSync(controlSocketPath(root));
	await server.close();
});

test('a runtime folder with a long path, or one that others may enter, is passed over', (t) => {
	const long = path.join(runtimeFolder, 'x'.repeat(120));
	const [first] = [controlSocketPath('/a', {XDG_RUNTIME_DIR: long})];
	t.false(first.startsWith(long));
	t.true(Buffer.byteLength(first) <= 100);
	t.true(
		realpathSync(path.dirname(first)).startsWith(realpathSync(os.tmpdir())) || first.startsWith('/tmp/'),
	);
});

test('the command that ends the session still gets its answer', async (t) => {
	const root = newRoot();
	const closed: Promise<void>[] = [];
	const session = {
		...fakeSession().session,
		async leave() {
			closed.push(server.close());
		},
	};
	const server = await startControlServer(session, root);
	t.true('result' in (await askSession(root, {request: 'leave'})));
	await Promise.all(closed);
});

test('a command that was killed while it waited for peers takes no room', async (t) => {
	const root = newRoot();
	const {session, waiting} = neverSynced();
	const server = await startControlServer(session, root);
	for (let index = 0; index < 70; index++)
		await askAndGo(root, {request: 'sync', wait: true, timeout_ms: 600_000});
	await waitUntil('nobody is waited for', () => waiting() === 0, 5000);
	t.like(await askSession(root, {request: 'status'}), {result: {state: 'synced'}});
	await server.close();
});

test('a session that takes no more commands is called busy, not absent', async (t) => {
	const root = newRoot();
	const {session, waiting} = neverSynced();
	const server = await startControlServer(session, root);
	const waits = Array.from({length: 64}, () =>
		askSession(root, {request: 'sync', wait: true, timeout_ms: 600_000}).catch(() => undefined),
	);
	await waitUntil('all wait', () => waiting() === 64, 5000);
	t.is(await codeOf(askSession(root, {request: 'status'})), 'session_busy');
	await server.close();
	await Promise.all(waits);
});

test('a client that asks, half closes and reads is answered', async (t) => {
	const root = newRoot();
	const server = await startControlServer(fakeSession().session, root);
	const text = await new Promise<string>((resolve) => {
		const socket = net.connect(controlSocketPath(root));
		let said = '';
		socket.on('data', (chunk) => (said += chunk.toString()));
		socket.on('close', () => resolve(said));
		socket.end('{"request":"pause"}\n');
	});
	t.regex(text, /"paused":true/);
	await server.close();
});

test('a client that does not read its answer does not keep the session from ending', async (t) => {
	const root = newRoot();
	const {session} = fakeSession({diff: async () => 'x'.repeat(8_000_000)});
	const server = await startControlServer(session, root);
	const socket = net.connect(server.path);
	socket.on('error', () => undefined);
	await new Promise((resolve) => socket.once('data', resolve));
	socket.pause();
	socket.write('{"request":"diff"}\n');
	await new Promise((resolve) => socket.once('readable', resolve));
	const begun = performance.now();
	await server.close();
	t.true(performance.now() - begun < 5000);
	socket.destroy();
});
