import test, {type ExecutionContext} from 'ava';
import {TestTerminal, type TerminalOptions} from '../helpers/terminal.js';
import {waitUntil} from '../helpers/wait.js';
import {goldenScreen, readGolden} from './fixtures/golden.js';

const fixture = new URL('fixtures/session-app.js', import.meta.url).pathname;
const editor = new URL('fixtures/line-editor.js', import.meta.url).pathname;

type Options = Partial<TerminalOptions> & {onSignal?: string};

function open(t: ExecutionContext, state: string, {onSignal = '', ...options}: Options = {}): TestTerminal {
	const terminal = new TestTerminal({args: [fixture, state, onSignal], ...options});
	t.teardown(() => terminal.close());
	return terminal;
}

function assertRestored(t: ExecutionContext, terminal: TestTerminal): void {
	t.false(terminal.isAlternate, 'the alternate screen is left');
	t.false(terminal.isCursorHidden, 'the cursor is shown');
	t.false(terminal.isBracketedPaste, 'bracketed paste is off');
}

/** Until a person has seen which conflict stands at the cursor now; before that, keys settle nothing. */
async function looked(): Promise<void> {
	const shownAt = performance.now();
	await waitUntil('a look at the screen', () => performance.now() - shownAt > 400);
}

/** What the fake session was told, printed at the end. */
async function told(terminal: TestTerminal): Promise<Record<string, unknown>> {
	await terminal.exited;
	// What was written, for the screen may be too small for it.
	const line = /told: (\{.*\})/.exec(terminal.raw)?.[1] ?? '{}';
	return JSON.parse(line) as Record<string, unknown>;
}

test.serial(
	'q ends the screen at once while everybody has everything, and the terminal is as before',
	async (t) => {
		const terminal = open(t, 'calm');
		await terminal.waitFor('● in step');
		t.true(terminal.isAlternate);
		t.true(terminal.isCursorHidden);
		t.true(terminal.isBracketedPaste);
		terminal.press('q');
		t.deepEqual(await terminal.exited, {code: 0, signal: undefined});
		t.true(terminal.text().includes('ended: quit'));
		assertRestored(t, terminal);
	},
);

test.serial('q asks while something is not yet synced, and any way of saying no stays', async (t) => {
	const terminal = open(t, 'busy');
	await terminal.waitFor('syncing 34 %');
	for (const no of ['n', 'escape']) {
		terminal.press('q');
		await terminal.waitFor('Quit?');
		terminal.press(no);
		await terminal.waitForGone('Quit?');
	}
	terminal.press('ctrl-c');
	await terminal.waitFor('Quit?');
	terminal.press('ctrl-c');
	t.is((await terminal.exited).code, 0);
	assertRestored(t, terminal);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
	test.serial(`${signal} ends the screen and the terminal is as before`, async (t) => {
		const terminal = open(t, 'busy');
		await terminal.waitFor('syncing');
		process.kill(terminal.pid, signal);
		t.is((await terminal.exited).code, 0);
		t.true(terminal.text().includes(`ended: ${signal}`));
		assertRestored(t, terminal);
	});
}

test.serial('a crash leaves the terminal as before, with the report readable on it', async (t) => {
	const terminal = open(t, 'busy', {onSignal: 'crash'});
	await terminal.waitFor('syncing');
	process.kill(terminal.pid, 'SIGUSR2');
	t.is((await terminal.exited).code, 1);
	t.true(terminal.text().includes('a planted bug'));
	assertRestored(t, terminal);
});

test.serial('the end of the session ends the screen', async (t) => {
	const terminal = open(t, 'busy', {onSignal: 'stop'});
	await terminal.waitFor('syncing');
	process.kill(terminal.pid, 'SIGUSR2');
	await terminal.exited;
	t.true(terminal.text().includes('ended: stopped'));
	assertRestored(t, terminal);
});

test.serial('what is written to stderr meanwhile is shown after the screen, not on it', async (t) => {
	const terminal = open(t, 'busy', {onSignal: 'stderr'});
	await terminal.waitFor('syncing');
	process.kill(terminal.pid, 'SIGUSR2');
	await terminal.waitFor('alone');
	t.false(terminal.text().includes('a warning from elsewhere'));
	terminal.press('q');
	await terminal.exited;
	t.true(terminal.text().includes('a warning from elsewhere'));
});

test.serial(
	'^Z gives the terminal to the shell, and fg brings the screen back in the size that it has by then',
	async (t) => {
		const terminal = new TestTerminal({
			file: 'bash',
			args: ['--norc', '--noprofile', '--noediting', '-i'],
			env: {PS1: 'shell> '},
		});
		t.teardown(() => terminal.close());
		await terminal.waitFor('shell>');
		terminal.press(`${process.execPath} ${fixture} calm`, 'enter');
		await terminal.waitFor('● in step');
		terminal.press('ctrl-z');
		await terminal.waitFor('Stopped');
		assertRestored(t, terminal);
		terminal.resize(60, 15);
		terminal.press('fg', 'enter');
		await terminal.waitUntil(
			() => terminal.isAlternate && terminal.grid()[13]?.endsWith('q quit') === true,
			'the footer in the last row but one',
		);
		t.regex(terminal.text(), /● in step/);
		terminal.press('?');
		await terminal.waitFor('Keys');
		terminal.press('q');
		await terminal.waitFor('ended: quit');
		assertRestored(t, terminal);
	},
);

test.serial('^Z without a shell to come back from changes nothing', async (t) => {
	const terminal = open(t, 'calm');
	await terminal.waitFor('● in step');
	terminal.press('ctrl-z');
	await terminal.waitUntil(
		() => terminal.raw.split('\u001B[?1049h').length > 2,
		'the screen to be taken again',
	);
	await terminal.waitFor('● in step');
	terminal.press('q');
	t.is((await terminal.exited).code, 0);
});

test.serial('what is typed while a ^Z finds no shell neither ends nor blocks the keyboard', async (t) => {
	const terminal = open(t, 'calm');
	await terminal.waitFor('● in step');
	terminal.raw = '';
	const stop = terminal.onChange(() => {
		// Given back for a moment: the terminal takes a ^D for the end of all input.
		if (!terminal.raw.includes('\u001B[?1049l')) return;
		stop();
		terminal.press('ctrl-d');
	});
	terminal.press('ctrl-z');
	await terminal.waitUntil(() => terminal.raw.includes('\u001B[?1049h'), 'the screen to be taken again');
	terminal.press('?');
	await terminal.waitFor('Keys');
	terminal.press('escape', 'q');
	t.is((await terminal.exited).code, 0);
});

for (const [columns, rows] of [
	[60, 15],
	[80, 24],
	[120, 40],
] as const) {
	test.serial(`names from elsewhere cannot break the frames at ${columns}x${rows}`, async (t) => {
		const terminal = open(t, 'crowded', {columns, rows});
		await terminal.waitFor('q quit');
		t.is(`${terminal.grid().join('\n')}\n`, goldenScreen(`crowded-${columns}x${rows}`, terminal.grid()));
		t.false(terminal.raw.includes('\u202E'));
		t.false(terminal.raw.includes('\u001B]0;'));
		t.false(terminal.raw.includes('\u001B[31m\u2026'));
	});
}

test.serial('the size may change at any time', async (t) => {
	const terminal = open(t, 'busy', {columns: 120, rows: 40});
	await terminal.waitFor('q quit');
	for (const [columns, rows] of [
		[60, 15],
		[120, 40],
		[80, 24],
	] as const) {
		terminal.resize(columns, rows);
		const wanted = readGolden(`session-${columns}x${rows}`);
		await terminal.waitUntil(
			() => `${terminal.grid().join('\n')}\n` === wanted,
			`the screen of ${columns}x${rows}`,
		);
	}
	t.pass();
});

test.serial('a window too small for anything is survived', async (t) => {
	const terminal = open(t, 'busy');
	await terminal.waitFor('q quit');
	for (const [columns, rows] of [
		[20, 5],
		[3, 2],
		[1, 1],
	] as const) {
		terminal.resize(columns, rows);
		terminal.press('i', 'escape', '?', 'escape', 'c', 'escape', 'enter', 'escape');
	}
	terminal.resize(80, 24);
	await terminal.waitFor('enter peer');
	t.pass();
});

test.serial('commands reach the session', async (t) => {
	const terminal = open(t, 'calm');
	await terminal.waitFor('● in step');
	terminal.press('t');
	await terminal.waitFor('All peers: only direct (TURN included).');
	terminal.press('p');
	await terminal.waitFor('‖ paused');
	terminal.press('p');
	await terminal.waitFor('● in step');
	terminal.press('r');
	await terminal.waitFor('Trying again now.');
	terminal.press('enter');
	await terminal.waitFor('Attempts 0');
	terminal.press('t');
	await terminal.waitFor('bob: only proxy.');
	terminal.press('q');
	const {commands} = await told(terminal);
	t.deepEqual(commands, [
		{type: 'set-tier', pin: 'direct'},
		{type: 'pause'},
		{type: 'resume'},
		{type: 'retry-now'},
		{type: 'set-tier', pin: 'proxy', peerId: 'bob7f3aqqqqqqqqqqqqqqqqqqq'},
	]);
});

test.serial(
	'conflicts are settled one by one, as a selection, and all at once after a question',
	async (t) => {
		const terminal = open(t, 'crowded');
		await terminal.waitFor('q quit');
		terminal.press('c');
		await terminal.waitFor('Conflicts 40');
		terminal.press('m');
		await terminal.waitFor('Conflicts 39');
		terminal.press('space', 'space');
		await terminal.waitFor('2 selected');
		await looked();
		terminal.press('t');
		await terminal.waitFor('Conflicts 37');
		terminal.press('enter');
		await terminal.waitFor('theirs: bob');
		await looked();
		terminal.press('O');
		await terminal.waitFor('Conflicts 36');
		terminal.press('A');
		await terminal.waitFor('Settle 36 conflicts how?');
		terminal.press('escape', 'A', 'b');
		await terminal.waitFor('No conflicts.');
		terminal.press('escape', 'q');
		const {resolved} = await told(terminal);
		t.like(resolved, {
			length: 4,
			0: {take: 'mine'},
			1: {take: 'theirs'},
			2: {take: 'both'},
			3: {take: 'base'},
		});
		const last = (resolved as readonly {paths: readonly string[]}[]).at(-1);
		t.is(last?.paths.length, 36, 'what was counted is what is settled');
	},
);

test.serial('an editor gets the terminal and every key, and what it leaves is taken', async (t) => {
	const terminal = open(t, 'busy', {env: {VISUAL: undefined, EDITOR: `${process.execPath} ${editor}`}});
	await terminal.waitFor('q quit');
	terminal.press('c', 'e');
	await terminal.waitFor('type a line:');
	assertRestored(t, terminal);
	terminal.press('merged by hand', 'enter');
	await terminal.waitFor('Settled src/player.ts: the merged file was taken.');
	t.true(terminal.isAlternate);
	terminal.press('escape', 'q', 'y');
	const {merged} = await told(terminal);
	t.deepEqual(merged, [{path: 'src/player.ts', text: 'merged by hand\n'}]);
});

test.serial('an editor that fails changes nothing and is told of', async (t) => {
	const terminal = open(t, 'busy', {env: {VISUAL: undefined, EDITOR: 'false'}});
	await terminal.waitFor('q quit');
	terminal.press('c', 'e');
	await terminal.waitFor('ended with an error');
	await terminal.waitFor('Conflicts 2');
	t.pass();
});

test.serial('the invite is copied through the terminal', async (t) => {
	const terminal = open(t, 'calm');
	await terminal.waitFor('● in step');
	terminal.press('i');
	await terminal.waitFor('Copied to the clipboard');
	const copied = /\u001B\]52;c;([^\u0007]*)\u0007/.exec(terminal.raw)?.[1] ?? '';
	t.regex(Buffer.from(copied, 'base64').toString(), /^pulsync:192\.168\.1\.20:8787\/k7f3q2/);
});

test.serial('without colours there are none, and nothing is lost', async (t) => {
	const terminal = open(t, 'busy', {env: {NO_COLOR: '1'}});
	await terminal.waitFor('q quit');
	t.is(`${terminal.grid().join('\n')}\n`, goldenScreen('session-80x24', terminal.grid()));
	t.notRegex(terminal.raw, /\u001B\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])m/);
});

test.serial('the screen is drawn where CI is set, too', async (t) => {
	const terminal = open(t, 'calm', {env: {CI: 'true'}});
	await terminal.waitFor('● in step');
	terminal.press('q');
	t.is((await terminal.exited).code, 0);
});

test.serial('changes that look the same write nothing, and a small one writes only its lines', async (t) => {
	const terminal = open(t, 'busy', {onSignal: 'repeat'});
	await terminal.waitFor('q quit');
	const before = terminal.raw.length;
	process.kill(terminal.pid, 'SIGUSR2');
	await terminal.waitFor(/json$/m);
	const written = terminal.raw.slice(before);
	t.is(written.match(/\u001B\[\d+;1H/g)?.length, 1, 'one line is written once');
});

test.serial(
	'a screen that moves is drawn at most ten times a second and leaves nothing behind',
	async (t) => {
		const terminal = open(t, 'live');
		await terminal.waitFor('syncing');
		const before = terminal.raw.length;
		const from = Date.now();
		const drawn = () => terminal.raw.slice(before).split('\u001B[?2026h').length - 1;
		await terminal.waitUntil(() => drawn() >= 15, 'fifteen frames');
		t.true(Date.now() - from >= 1300, 'fifteen frames take a second and a half');
		terminal.press('q', 'y');
		await terminal.exited;
		t.true(terminal.text().includes('left on the timeline: 0'), terminal.text());
	},
);
