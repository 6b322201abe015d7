import test from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {type Look} from '../../../source/tui/look.js';
import {LookContext} from '../../../source/tui/hooks/use-look.js';
import {ClockContext} from '../../../source/tui/hooks/use-now.js';
import {SessionApp, type SessionAppProps} from '../../../source/tui/screens/session-app.js';
import {drawApp} from '../fixtures/drawn-app.js';
import {
	busyState,
	type FakeSession,
	fakeSession,
	makeConflict,
	makePeer,
	makeState,
	noon,
	peersOf,
} from '../fixtures/state.js';

const mono: Look = {colours: false, background: 'dark', signs: 'unicode'};

function draw(session: FakeSession, more: Partial<SessionAppProps> = {}) {
	let quits = 0;
	const app = drawApp(
		<LookContext value={{look: mono, detected: mono, setLook() {}}}>
			<ClockContext value={() => noon}>
				<SessionApp session={session} onQuit={() => quits++} {...more} />
			</ClockContext>
		</LookContext>,
	);
	/** Resolves when a frame shows the text. */
	const shows = async (text: string) => {
		const deadline = Date.now() + 5000;
		while (!app.lastFrame()?.includes(text)) {
			if (Date.now() > deadline) throw new Error(`${text} was not shown:\n${app.lastFrame() ?? ''}`);
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	/** Resolves when a frame does not show the text any more. */
	const hides = async (text: string) => {
		const deadline = Date.now() + 5000;
		while (app.lastFrame()?.includes(text)) {
			if (Date.now() > deadline) throw new Error(`${text} stays:\n${app.lastFrame() ?? ''}`);
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	/** Presses the key again and again until a frame shows the text. */
	const pressUntil = async (key: string, text: string) => {
		const deadline = Date.now() + 5000;
		while (!app.lastFrame()?.includes(text)) {
			if (Date.now() > deadline) throw new Error(`${text} was not shown:\n${app.lastFrame() ?? ''}`);
			app.stdin.write(key);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	};
	return {...app, shows, hides, pressUntil, quits: () => quits};
}

test('a state that comes is drawn', async (t) => {
	const session = fakeSession(makeState());
	const app = draw(session);
	await app.shows('alone');
	session.set(makeState({peers: peersOf(makePeer({name: 'bob'}))}));
	await app.shows('● in step');
	t.true(app.lastFrame()?.includes('bob'));
	app.unmount();
});

test('a halt says why, and going on is a question', async (t) => {
	const state = makeState();
	const mode = {kind: 'halted', code: 'root_emptied', message: 'The project folder was emptied.'} as const;
	const session = fakeSession({...state, project: {...state.project, mode}});
	const app = draw(session);
	await app.shows('Halted, press p: The project folder was emptied.');
	app.stdin.write('p');
	await app.shows('Go on?');
	app.stdin.write('b');
	await app.shows('Everything is there again.');
	t.deepEqual(session.told.restored, [{path: '.', at: 'now'}]);
	app.stdin.write('p');
	await app.shows('Go on?');
	app.stdin.write('D');
	await app.shows('alone');
	t.deepEqual(session.told.commands, [{type: 'resume', acceptDeletions: true}]);
	app.unmount();
});

test('a halt that is about no deletions offers none', async (t) => {
	const state = makeState();
	const mode = {kind: 'halted', code: 'disk_full', message: 'The disk is full.'} as const;
	const session = fakeSession({...state, project: {...state.project, mode}});
	const app = draw(session);
	await app.shows('The disk is full.');
	app.stdin.write('p');
	await app.shows('try again');
	t.false(app.lastFrame()?.includes('delete'));
	app.stdin.write('y');
	await app.shows('alone');
	t.deepEqual(session.told.commands, [{type: 'resume'}]);
	app.unmount();
});

test('keys that arrive together act one after the other', async (t) => {
	const session = fakeSession(busyState());
	const app = draw(session);
	await app.shows('syncing');
	app.stdin.write('cjm');
	await app.shows('Conflicts 1');
	t.deepEqual(settledPaths(session), [['assets/levels/forest/tiles.json']]);
	app.unmount();
});

const settledPaths = ({told}: FakeSession) => told.resolved.map(({paths}) => paths);

for (const [where, keys] of [
	['the list', 'cmmm'],
	['the view of one', 'c\rMmm'],
] as const) {
	test(`a key typed ahead in ${where} settles no conflict that was not seen yet; a moment later it does`, async (t) => {
		const session = fakeSession(busyState());
		const app = draw(session);
		await app.shows('syncing');
		app.stdin.write(keys);
		await app.shows('Conflicts 1');
		t.deepEqual(settledPaths(session), [['src/player.ts']]);
		await app.pressUntil('m', 'No conflicts.');
		t.deepEqual(settledPaths(session), [['src/player.ts'], ['assets/levels/forest/tiles.json']]);
		app.unmount();
	});
}

test('what takes the place of a conflict that somebody else settled is not settled by a key meant for that', async (t) => {
	const session = fakeSession(busyState());
	const app = draw(session);
	await app.shows('syncing');
	app.stdin.write('c');
	await app.shows('changed on both sides');
	session.set({...session.getSnapshot(), conflicts: session.getSnapshot().conflicts.slice(1)});
	await app.shows('Conflicts 1');
	app.stdin.write('m');
	await app.shows('Conflicts 1');
	t.deepEqual(settledPaths(session), []);
	await app.pressUntil('m', 'No conflicts.');
	app.unmount();
});

test('while one is being settled no other is, and that is said; after a failure it can be tried at once', async (t) => {
	const session = fakeSession(busyState());
	let fail = (_error: Error) => {};
	let asked = 0;
	const resolve = () => {
		asked++;
		return new Promise<never>((_, reject) => {
			fail = reject;
		});
	};
	const app = draw({...session, resolve});
	await app.shows('syncing');
	app.stdin.write('cmm');
	await app.shows('The last one is still being settled.');
	t.is(asked, 1);
	fail(new Error('planted'));
	await app.shows('It failed (Error: planted)');
	app.stdin.write('mm');
	await app.shows('The last one is still being settled.');
	t.is(asked, 2);
	app.unmount();
});

const newConflict = (path: string) => makeConflict(path, {base: undefined});

test('going back to a base that there was not deletes everywhere, so it asks, and says what it did', async (t) => {
	const session = fakeSession(makeState({conflicts: [newConflict('a.txt'), makeConflict('b.txt')]}));
	const app = draw(session);
	await app.shows('conflict');
	app.stdin.write('cb');
	await app.shows('There was no common version before. Delete it everywhere?');
	app.stdin.write('\u001B');
	await app.hides('Delete it everywhere?');
	t.deepEqual(settledPaths(session), []);
	app.stdin.write('b');
	await app.shows('Delete it everywhere?');
	app.stdin.write('D');
	await app.shows('Settled a.txt: deleted, there was none before.');
	t.deepEqual(settledPaths(session), [['a.txt']]);
	await app.pressUntil('b', 'Settled b.txt: the base is back.');
	app.unmount();
});

test('of many that go back to their base, those that had none are counted before they are deleted', async (t) => {
	const conflicts = [newConflict('a.txt'), newConflict('b.txt'), makeConflict('c.txt')];
	const session = fakeSession(makeState({conflicts}));
	const app = draw(session);
	await app.shows('conflicts');
	app.stdin.write('cAb');
	await app.shows('Delete 2 files everywhere?');
	app.stdin.write('D');
	await app.shows('Settled 3: the base is back, 2 are deleted: there was none before.');
	t.deepEqual(settledPaths(session), [['a.txt', 'b.txt', 'c.txt']]);
	app.unmount();
});

for (const key of ['B', 'b'] as const) {
	test(`in the view of one without a base ${key} asks before it deletes`, async (t) => {
		const session = fakeSession(makeState({conflicts: [newConflict('a.txt'), makeConflict('b.txt')]}));
		const app = draw(session);
		await app.shows('conflict');
		app.stdin.write('c\r');
		await app.shows('choose: m t b o');
		app.stdin.write(key);
		await app.pressUntil(key, 'Delete it everywhere?');
		app.stdin.write('\u001B');
		await app.hides('Delete it everywhere?');
		t.deepEqual(settledPaths(session), []);
		await app.pressUntil(key, 'Delete it everywhere?');
		app.stdin.write('D');
		await app.shows('deleted, there was none before');
		await app.shows('Conflicts 1');
		t.deepEqual(session.told.merged, []);
		t.is(session.told.resolved[0]?.take, 'base');
		app.unmount();
	});
}

test('each press of a key counts, though states are drawn ten times a second', async (t) => {
	const session = fakeSession(makeState());
	const app = draw(session);
	await app.shows('alone');
	app.stdin.write('tttpp');
	await app.shows('Going on.');
	t.deepEqual(session.told.commands, [
		{type: 'set-tier', pin: 'direct', peerId: undefined},
		{type: 'set-tier', pin: 'proxy', peerId: undefined},
		{type: 'set-tier', pin: 'json', peerId: undefined},
		{type: 'pause'},
		{type: 'resume'},
	]);
	app.unmount();
});

test('a failure of a command is worded in the footer', async (t) => {
	const session = fakeSession(busyState());
	const app = draw({...session, resolve: () => Promise.reject(new Error('planted'))});
	await app.shows('syncing');
	app.stdin.write('cm');
	await app.shows('It failed (Error: planted)');
	app.unmount();
	t.pass();
});

test('a text that was merged by hand and cannot be taken is kept, and where is said', async (t) => {
	const session = fakeSession(busyState());
	const kept: unknown[] = [];
	const app = draw(
		{...session, resolveMerged: () => Promise.reject(new Failure('not_conflicted'))},
		{
			editText: async () => 'put together by hand\n',
			keepText: async (file) => {
				kept.push(file);
				return '/kept/player.ts';
			},
		},
	);
	await app.shows('syncing');
	app.stdin.write('ce');
	await app.shows('Your text is kept: /kept/player.ts');
	t.deepEqual(kept, [{name: 'player.ts', text: 'put together by hand\n'}]);
	app.unmount();
});

test('q with everything synced quits without a question', async (t) => {
	const app = draw(fakeSession(makeState()));
	await app.shows('alone');
	app.stdin.write('q');
	const deadline = Date.now() + 5000;
	while (app.quits() === 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
	t.is(app.quits(), 1);
	app.unmount();
});
