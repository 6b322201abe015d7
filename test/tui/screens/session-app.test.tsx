import {stripVTControlCharacters} from 'node:util';
import test from 'ava';
import {formatContent} from '../../../source/protocol/content.js';
import {Failure} from '../../../source/protocol/failure.js';
import {type Look} from '../../../source/tui/look.js';
import {LookContext} from '../../../source/tui/hooks/use-look.js';
import {ClockContext} from '../../../source/tui/hooks/use-now.js';
import {SessionApp, type SessionAppProps} from '../../../source/tui/screens/session-app.js';
import {waitUntil} from '../../helpers/wait.js';
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

function draw(session: FakeSession, more: Partial<SessionAppProps> = {}, look = mono) {
	let quits = 0;
	const app = drawApp(
		<LookContext value={{look, detected: look, setLook() {}}}>
			<ClockContext value={() => noon}>
				<SessionApp session={session} onQuit={() => quits++} {...more} />
			</ClockContext>
		</LookContext>,
	);
	/** An app that stays would keep the process from ending. */
	const failed = (why: string): Error => {
		app.unmount();
		return new Error(`${why}:\n${app.lastFrame() ?? ''}`);
	};
	/** Resolves when a frame shows the text. */
	const shows = async (text: string) => {
		const deadline = Date.now() + 5000;
		while (!app.lastFrame()?.includes(text)) {
			if (Date.now() > deadline) throw failed(`${text} was not shown`);
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	/** Resolves when a frame does not show the text any more. */
	const hides = async (text: string) => {
		const deadline = Date.now() + 5000;
		while (app.lastFrame()?.includes(text)) {
			if (Date.now() > deadline) throw failed(`${text} stays`);
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	/** Presses the key again and again until a frame shows the text. */
	const pressUntil = async (key: string, text: string) => {
		const deadline = Date.now() + 5000;
		while (!app.lastFrame()?.includes(text)) {
			if (Date.now() > deadline) throw failed(`${text} was not shown`);
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

const plain = (frame = '') => stripVTControlCharacters(frame);

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

test('problems are listed below the conflicts, to the end of what they say', async (t) => {
	const message =
		'Its name differs from another one only in upper and lower case, which not every disk can hold; rename it.';
	const problem = {path: 'assets/textures/forest/oak/Tree.png', code: 'name_collision', message, at: noon};
	const conflicts = Array.from({length: 40}, (_, index) => makeConflict(`file-${index}`));
	const app = draw(fakeSession(makeState({conflicts, problems: {items: [problem], hidden: 0}})));
	await app.shows('40 conflicts');
	app.stdin.write('cG');
	await app.shows('▸ ');
	await app.shows('rename it.');
	t.true(app.lastFrame()?.includes('assets/textures/forest/oak/Tree.png'));
	app.stdin.write('m');
	await app.shows('This is no conflict; a problem goes by itself when its cause does.');
	app.unmount();
});

test('with problems alone the key for conflicts is called by them', async (t) => {
	const problem = {path: 'a', code: 'too_large', message: 'It is too large.', at: noon};
	const app = draw(fakeSession(makeState({problems: {items: [problem], hidden: 0}})));
	await app.shows(' problems');
	app.stdin.write('c');
	await app.shows('No conflicts. All changes were put together.');
	t.true(app.lastFrame()?.includes('It is too large.'));
	app.unmount();
});

test('a filter narrows problems as well', async (t) => {
	const problems = ['one', 'two'].map((path) => ({
		path,
		code: 'too_large',
		message: `${path} is too large.`,
		at: noon,
	}));
	const app = draw(fakeSession(makeState({problems: {items: problems, hidden: 0}})));
	await app.shows(' problems');
	app.stdin.write('c/two\r');
	await app.shows('1 of 2');
	t.false(app.lastFrame()?.includes('one is'));
	app.unmount();
});

test('while the sides are being read, a key that means one difference settles nothing', async (t) => {
	const session = fakeSession(busyState());
	let finish = () => {};
	const read = new Promise<void>((resolve) => {
		finish = resolve;
	});
	const app = draw({
		...session,
		async readContent(content) {
			await read;
			return session.readContent(content);
		},
	});
	await app.shows('syncing');
	app.stdin.write('c\rm');
	await app.shows('Still reading; press it again.');
	t.deepEqual(settledPaths(session), []);
	finish();
	await app.shows('choose: m t b o');
	app.stdin.write('M');
	await app.shows('mine was kept');
	app.unmount();
});

test('choices that a change of the conflict takes back are told of', async (t) => {
	const session = fakeSession(busyState());
	const app = draw(session);
	await app.shows('syncing');
	app.stdin.write('c\r');
	await app.shows('choose: m t b o');
	app.stdin.write('m');
	await app.shows('✓ mine');
	const [first, ...rest] = session.getSnapshot().conflicts;
	const sides = first!.sides.map((side) =>
		side.mine ? side : {...side, content: formatContent('100644', 'b'.repeat(40))},
	);
	session.set({...session.getSnapshot(), conflicts: [{...first!, sides}, ...rest]});
	await app.shows('The conflict has changed, so your choices were taken back.');
	t.deepEqual(settledPaths(session), []);
	app.unmount();
});

test('esc in the versions of a file leads back to the history, where the cursor stood', async (t) => {
	const app = draw(fakeSession(makeState()));
	await app.shows('alone');
	app.stdin.write('H');
	await app.shows('README.md');
	app.stdin.write('jj\r');
	await app.shows('What it changed');
	app.stdin.write('\u001B');
	await app.shows('README.md');
	t.regex(plain(app.lastFrame()), /▸ .*src\/player\.ts/);
	app.unmount();
});

test('cursor, selection and filter of the conflicts are as they were when one was looked at', async (t) => {
	const conflicts = Array.from({length: 40}, (_, index) => makeConflict(`src/file-${index}`));
	const session = fakeSession(makeState({conflicts}));
	const app = draw(session);
	await app.shows('40 conflicts');
	app.stdin.write('c/-1\r');
	await app.shows('11 of 40');
	app.stdin.write('  jj\r');
	await app.shows('choose: m t b o');
	app.stdin.write('\u001B');
	await app.shows('2 selected');
	const frame = plain(app.lastFrame());
	t.regex(frame, /▸ \[ \] src\/file-13/);
	t.notRegex(frame, /file-2/);
	app.unmount();
});

test('what a filter hides of a selection is not settled', async (t) => {
	const session = fakeSession(
		makeState({conflicts: ['one', 'two', 'three'].map((path) => makeConflict(path))}),
	);
	const app = draw(session);
	await app.shows('3 conflicts');
	app.stdin.write('c  /two\r');
	await app.shows('2 selected, 1 hidden');
	app.stdin.write('m');
	await app.shows('Settled two');
	t.deepEqual(settledPaths(session), [['two']]);
	app.unmount();
});

test('the peer under the cursor is still there after another screen', async (t) => {
	const app = draw(fakeSession(busyState()));
	await app.shows('syncing');
	app.stdin.write('jl');
	await app.shows('Log');
	app.stdin.write('\u001B');
	await app.shows('Peers');
	t.regex(plain(app.lastFrame()), /▸ ◐ eve/);
	app.unmount();
});

test('a conflict that was settled meanwhile says so to the keys that settle', async (t) => {
	const session = fakeSession(busyState());
	const app = draw(session);
	await app.shows('syncing');
	app.stdin.write('c\r');
	await app.shows('choose: m t b o');
	session.set({...session.getSnapshot(), conflicts: []});
	await app.shows('It is settled.');
	await app.pressUntil('m', 'There is no conflict to settle.');
	t.deepEqual(settledPaths(session), []);
	app.unmount();
});

test('what could not be undone can be tried again', async (t) => {
	const session = fakeSession(busyState());
	let isPaused = true;
	const app = draw({
		...session,
		reopen(paths, before, copies) {
			return isPaused ? Promise.reject(new Error('planted')) : session.reopen(paths, before, copies);
		},
	});
	await app.shows('syncing');
	app.stdin.write('cm');
	await app.shows('u undoes it.');
	app.stdin.write('u');
	await app.shows('It failed (Error: planted)');
	isPaused = false;
	app.stdin.write('u');
	await app.shows('Undone: it is a conflict again.');
	app.stdin.write('u');
	await app.shows('Nothing to undo: only what was settled here last can be undone, and only once.');
	t.pass();
	app.unmount();
});

test('the tier of a peer that is gone changes nobody else', async (t) => {
	const session = fakeSession(makeState({peers: peersOf(makePeer({name: 'bob'}))}));
	const app = draw(session);
	await app.shows('bob');
	app.stdin.write('\r');
	await app.shows('peer id');
	session.set(makeState());
	await app.shows('This peer is no longer in the session.');
	app.stdin.write('t\u001B');
	await app.shows('Peers');
	t.deepEqual(session.told.commands, []);
	app.unmount();
});

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
	t.true(plain(app.lastFrame()).includes('enter ok'), 'until it was read');
	t.deepEqual(session.told.commands, [{type: 'note', text: 'Your text is kept: /kept/player.ts'}]);
	app.stdin.write('\r');
	await app.hides('Your text is kept');
	t.deepEqual(kept, [{name: 'player.ts', text: 'put together by hand\n'}]);
	app.unmount();
});

test('what was written in an editor that failed stays on the screen until it was read', async (t) => {
	const session = fakeSession(busyState());
	const details = {editor: 'vi', code: 1, kept: '/tmp/pulsync-edit-1/player.ts'};
	const app = draw(session, {editText: () => Promise.reject(new Failure('editor_failed', {details}))});
	await app.shows('syncing');
	app.stdin.write('ce');
	await app.shows('what you wrote is in');
	t.true(plain(app.lastFrame()).includes('enter ok'));
	t.is(session.told.commands[0]?.type, 'note');
	app.unmount();
});

test('what a version changed can be read to its end', async (t) => {
	const session = fakeSession(makeState());
	const long = Array.from({length: 60}, (_, index) => `line ${index}`).join('\n');
	const app = draw({
		...session,
		readVersion: async ({path, at}) => ({
			path,
			oid: 'f'.repeat(40),
			data: new TextEncoder().encode(at?.startsWith('e1') ? long : ''),
		}),
	});
	await app.shows('alone');
	app.stdin.write('H');
	await app.shows('README.md');
	app.stdin.write('\r');
	await app.shows('line 3');
	t.false(app.lastFrame()?.includes('line 59'));
	t.true(plain(app.lastFrame()).includes('pgdn changes'));
	await app.pressUntil('\u001B[6~', 'line 59');
	await app.pressUntil('\u001B[5~', 'line 0');
	await app.pressUntil('\u001B[6~', 'line 59');
	app.stdin.write('j');
	await app.hides('line 59');
	app.stdin.write('k');
	await app.shows('line 0');
	app.unmount();
});

for (const [end, says] of [
	['limit', 'There is more: enter shows all of a file.'],
	['boundary', 'Older ones: pulsync-tui history --older'],
] as const) {
	test(`a history that ends at a ${end} says so`, async (t) => {
		const session = fakeSession(makeState());
		const app = draw({
			...session,
			readHistory: async (request) => ({...(await session.readHistory(request)), end}),
		});
		await app.shows('alone');
		app.stdin.write('H');
		await app.shows(says);
		t.pass();
		app.unmount();
	});
}

test('^C gets out of every question, as esc does', async (t) => {
	const session = fakeSession(makeState({conflicts: [newConflict('a.txt')]}));
	const app = draw(session);
	await app.shows('conflict');
	app.stdin.write('cb');
	await app.shows('Delete it everywhere?');
	app.stdin.write('\u0003');
	await app.hides('Delete it everywhere?');
	t.deepEqual(settledPaths(session), []);
	t.is(app.quits(), 0);
	app.unmount();
});

test('where no QR code can be drawn, it is not the window that is too small', async (t) => {
	const app = draw(fakeSession(makeState()), {}, {...mono, signs: 'ascii'});
	await app.shows('alone');
	app.stdin.write('i');
	await app.shows('Copied');
	app.stdin.write(' ');
	await app.shows('A QR code is made of blocks');
	t.pass();
	app.unmount();
});

test('more peers than fit are counted, not their rows', async (t) => {
	const transferIn = {
		tier: 'direct',
		startedAt: noon,
		doneBytes: 1,
		totalBytes: 9,
		doneObjects: 0,
		resumedBytes: 0,
	} as const;
	const peers = Array.from({length: 20}, (_, index) =>
		makePeer({
			name: `peer-${index}`,
			peerId: `${String(index).padStart(2, '0')}${'q'.repeat(24)}`,
			transferIn,
		}),
	);
	const app = draw(fakeSession(makeState({peers: peersOf(...peers)})));
	await app.shows('more');
	const frame = plain(app.lastFrame());
	t.is(Number(/(\d+) more/.exec(frame)?.[1]) + (frame.match(/● peer-/g)?.length ?? 0), 20);
	app.unmount();
});

test('that another one edits what was just saved here is said at once, and once', async (t) => {
	const overlap = (id: number, path: string) =>
		({id, at: noon, kind: 'overlap', who: 'bob', text: `You and bob both edit ${path}.`, path}) as const;
	const session = fakeSession(makeState({activity: {items: [overlap(1, 'old.ts')], hidden: 0}}));
	const app = draw(session);
	await app.shows('alone');
	t.notRegex(plain(app.lastFrame()).split('\n').at(-1) ?? '', /both edit/);
	session.set(makeState({activity: {items: [overlap(1, 'old.ts'), overlap(2, 'player.ts')], hidden: 0}}));
	const footer = () => plain(app.lastFrame()).split('\n').at(-1) ?? '';
	await app.shows('You and bob both edit player.ts.');
	await waitUntil('the notice', () => footer().includes('You and bob both edit player.ts.'));
	app.stdin.write('t');
	await app.shows('All peers: only direct');
	t.false(footer().includes('both edit'));
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
