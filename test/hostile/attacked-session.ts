/**
 * A real session of two honest peers in this process, with a relay of its own, and traps around the folder of the one that
 * is attacked: everything outside of it, the user's repository inside, and every program that is started.
 */
import childProcess from 'node:child_process';
import {createHash} from 'node:crypto';
import {lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile} from 'node:fs/promises';
import {syncBuiltinESMExports} from 'node:module';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {type ExecutionContext} from 'ava';
import {startRelay} from '../../relay/start-relay.js';
import {type PublicEvent} from '../../source/core/public-event.js';
import {type Session} from '../../source/core/session.js';
import {parseInvite} from '../../source/protocol/invite.js';
import {startSession} from '../../source/runtime/session.js';
import {deriveSession} from '../../source/transport/session-keys.js';
import {type TunnelTier} from '../../source/transport/tunnel-hub.js';
import {readKeyFile} from '../../source/workspace/session-file.js';
import {importIdentity} from '../../source/transport/identity.js';
import {waitUntil} from '../helpers/wait.js';
import {git} from '../runtime/project/test-peer.js';
import {type Target} from './hostile-member.js';

/** Every program that a session may start: git, as its adapters do, and the child for ICE. */
const ours = /^(git |\/bin\/sh -c ulimit [^;]*; ulimit [^;]*; exec git |\S*node \S*ice-child\.js$)/;

/** Every program started by this process, as its command line. */
const started: string[] = [];
const {spawn} = childProcess;
childProcess.spawn = ((command: string, args: readonly string[], options: childProcess.SpawnOptions) => {
	started.push([command, ...args].join(' '));
	return spawn(command, args, options);
}) as typeof spawn;
syncBuiltinESMExports();

export type AttackedSession = {
	readonly target: Target;
	readonly victim: Session;
	readonly root: string;
	/** Events of the attacked peer. */
	readonly events: PublicEvent[];
	/** A change of the honest other peer reaches the attacked one. */
	goesOn(what: string): Promise<void>;
	/** Fails the test where anything but the attacked peer's own files has changed, or anything unexpected was started. */
	assertUntouched(what: string): Promise<void>;
	/** Resolves when nothing is left in the places where `.pulsync` works. */
	isClean(): Promise<void>;
};

export async function openAttackedSession(t: ExecutionContext, tier: TunnelTier): Promise<AttackedSession> {
	const box = await mkdtemp(path.join(tmpdir(), 'pulsync-hostile-'));
	t.teardown(async () => rm(box, {recursive: true, force: true}));
	const root = path.join(box, 'project');
	const otherRoot = path.join(box, 'other');
	for (const folder of [root, otherRoot, path.join(box, 'outside')]) await mkdir(folder);
	await writeFile(path.join(box, 'outside', 'precious'), 'precious');
	await writeFile(path.join(root, 'mine.txt'), 'mine\n');
	await mkdir(path.join(root, 'folder'));
	await writeFile(path.join(root, 'folder', 'inner.txt'), 'inner\n');
	git(root, 'init', '-q');
	git(root, 'add', '.');
	git(root, 'commit', '-qm', 'first');
	const relay = await startRelay({host: '127.0.0.1', port: 0, maxPeers: 64});
	const common = {pin: tier, log: () => undefined, relayUrls: [relay.url]};
	const victim = await startSession({...common, root, name: 'victim', mode: {kind: 'host'}});
	const events: PublicEvent[] = [];
	victim.onEvent((event) => events.push(event));
	await waitUntil('the first snapshot', () => victim.getSnapshot().project.head !== undefined);
	const {session, self} = victim.getSnapshot();
	const parsed = parseInvite(session.invite);
	if (!parsed.ok) throw new Error(parsed.reason);
	const mode = {kind: 'join', invite: parsed.invite, merge: false} as const;
	const other = await startSession({...common, root: otherRoot, name: 'honest', mode});
	await waitUntil('the other has the files', async () => (await readdir(otherRoot)).includes('mine.txt'));
	t.teardown(async () => {
		await victim.stop();
		await other.stop();
		await relay.close();
	});
	const pem = await readKeyFile(path.join(root, '.pulsync'));
	const founderKey = importIdentity(pem ?? '').publicKey;
	const keys = deriveSession({secret: parsed.invite.secret, founderPublicKey: founderKey});
	const outsideBefore = await fingerprint(path.join(box, 'outside'));
	const repositoryBefore = await fingerprint(path.join(root, '.git'));
	let turn = 0;
	return {
		target: {url: relay.url, keys, founderKey, peerId: self.peerId},
		victim,
		root,
		events,
		async goesOn(what) {
			const text = `${what} ${turn++}`;
			await writeFile(path.join(otherRoot, 'mine.txt'), text);
			await waitUntil(
				`the session goes on after ${what}`,
				async () => (await readFile(path.join(root, 'mine.txt'), 'utf8')) === text,
				60_000,
			);
		},
		async assertUntouched(what) {
			t.deepEqual(await readdir(box), ['other', 'outside', 'project'], what);
			t.deepEqual(await fingerprint(path.join(box, 'outside')), outsideBefore, what);
			t.deepEqual(await fingerprint(path.join(root, '.git')), repositoryBefore, what);
			t.deepEqual((await readdir(root)).sort(), ['.git', '.pulsync', 'folder', 'mine.txt'], what);
			t.deepEqual(await readdir(path.join(root, 'folder')), ['inner.txt'], what);
			const strange = started.filter((line) => !ours.test(line));
			t.deepEqual(strange, [], what);
		},
		async isClean() {
			const folder = path.join(root, '.pulsync');
			await waitUntil('nothing is left behind', async () => {
				const entries = await readdir(folder, {recursive: true, withFileTypes: true});
				const files = entries.filter((entry) => entry.isFile());
				const names = files.map(({parentPath, name}) => path.relative(folder, path.join(parentPath, name)));
				return !names.some((name) => /^tmp\/|tmp_|received-|loose-/.test(name));
			});
		},
	};
}

/** Every path below a folder with what stands there. */
async function fingerprint(folder: string): Promise<Record<string, string>> {
	const found: Record<string, string> = {};
	for (const name of (await readdir(folder, {recursive: true})).sort()) {
		const at = path.join(folder, name);
		const stats = await lstat(at);
		const content = stats.isSymbolicLink()
			? await readlink(at)
			: stats.isFile()
				? createHash('sha1')
						.update(await readFile(at))
						.digest('hex')
				: '';
		found[name] = `${stats.mode.toString(8)} ${content}`;
	}
	return found;
}
