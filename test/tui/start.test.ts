import test, {type ExecutionContext} from 'ava';
import {type Input} from '../../source/tui/keys.js';
import {
	initialStart,
	type StartFacts,
	startOptions,
	type StartState,
	updateStart,
} from '../../source/tui/start-state.js';
import {editField, fieldRows, fieldValue, textField} from '../../source/tui/text-field.js';
import {plainRow} from '../../source/tui/draw/row.js';
import {startRows} from '../../source/tui/views/start.js';
import {TestTerminal} from '../helpers/terminal.js';
import {goldenScreen} from './fixtures/golden.js';

const facts: StartFacts = {
	root: '/home/ada/game',
	recent: [
		{root: '/home/ada/old', name: 'old', at: 1},
		{root: '/home/ada/game', name: 'game', at: 2},
		{root: '/home/ada/notes', name: 'notes', at: 3},
	],
	folder: {files: 0, bytes: 0, isGit: false, isComplete: true},
	defaultName: 'Ada L.',
	parseInvite: (text) => ({ok: text.endsWith('good')}),
	isRelayUrl: (text) => /^wss?:\/\//.test(text),
};
const full: StartFacts = {...facts, folder: {files: 3, bytes: 100, isGit: false, isComplete: true}};

function press(from: StartFacts, state: StartState, ...inputs: readonly (string | Input)[]): StartState {
	return inputs.reduce<StartState>(
		(now, input) => updateStart(from, now, typeof input === 'string' ? {type: 'key', key: input} : input),
		state,
	);
}

const start = initialStart(undefined, 'ada', '');
const result = ({step}: StartState) => (step.kind === 'done' ? step.result : undefined);

test('the session of this folder is offered first, the newest of the others after host and join', (t) => {
	t.deepEqual(
		startOptions(facts).map((option) => (option.kind === 'recent' ? option.recent.name : option.kind)),
		['game', 'host', 'join', 'notes', 'old', 'quit'],
	);
});

test('choosing host, a recent session or nothing', (t) => {
	t.like(result(press(facts, start, 'down', 'enter')), {choice: 'host', name: 'ada'});
	t.like(result(press(facts, start, 'enter')), {choice: 'resume', root: '/home/ada/game'});
	t.like(result(press(facts, start, 'down', 'down', 'down', 'enter')), {
		choice: 'resume',
		root: '/home/ada/notes',
	});
	t.like(result(press(facts, start, 'q')), {choice: 'quit'});
	t.like(result(press(facts, start, 'ctrl-c')), {choice: 'quit'});
});

test('the name that others will see is shown, set or not', (t) => {
	const shown = (name: string) => {
		const state = initialStart(undefined, name, '');
		const view = {facts, state, projectName: 'game', now: 0, width: 80, height: 24};
		return startRows(view).map((row) => plainRow(row).trimEnd());
	};
	t.true(
		shown('').some((row) => /^ name +Ada L\.$/.test(row)),
		shown('').join('\n'),
	);
	t.true(shown('ada').some((row) => /^ name +ada$/.test(row)));
});

test('a relay that cannot be one is not taken, and the screen says why', (t) => {
	const typed = (text: string) => press(facts, start, 'u', {type: 'paste', text}, 'enter');
	const wrong = typed('relay.example');
	t.is(wrong.step.kind, 'setting');
	const view = {facts, state: wrong, projectName: 'game', now: 0, width: 80, height: 24};
	t.regex(startRows(view).map(plainRow).join('\n'), /begins with ws:\/\/ or wss:\/\//);
	t.like(typed('ws://relay.example/ws'), {step: {kind: 'choose'}, relayUrl: 'ws://relay.example/ws'});
	t.like(typed(''), {step: {kind: 'choose'}, relayUrl: ''});
});

test('an invite that is not valid is not taken', (t) => {
	t.is(press(facts, start, 'down', 'down', 'enter', 'b', 'a', 'd', 'enter').step.kind, 'invite');
});

test('a valid invite joins an empty folder at once', (t) => {
	const state = press(facts, start, {type: 'paste', text: ' pulsync:x/good\n'}, 'enter');
	t.like(result(state), {choice: 'join', invite: 'pulsync:x/good', merge: undefined});
});

test('an invite that was wrapped where it was shown is pasted in one piece', (t) => {
	const wrapped = {type: 'paste', text: ' pulsync:x/\n  good\n'} as const;
	t.like(result(press(facts, start, wrapped, 'enter')), {choice: 'join', invite: 'pulsync:x/good'});
	const asked = press(facts, start, 'down', 'down', 'enter');
	t.is(asked.step.kind, 'invite');
	t.like(result(press(facts, asked, wrapped, 'enter')), {choice: 'join', invite: 'pulsync:x/good'});
});

test('a folder with files is merged into only after yes', (t) => {
	const asked = press(full, initialStart('pulsync:x/good', '', ''), 'enter');
	t.is(asked.step.kind, 'merge');
	t.is(press(full, asked, 'enter').step.kind, 'merge', 'enter is not yes');
	t.is(press(full, asked, 'n').step.kind, 'invite');
	t.like(result(press(full, asked, 'y')), {choice: 'join', invite: 'pulsync:x/good', merge: true});
});

test('the name and the relay can be changed, and escape changes nothing', (t) => {
	const changed = press(
		facts,
		start,
		'n',
		'ctrl-u',
		'e',
		'v',
		'e',
		'enter',
		'u',
		{type: 'paste', text: 'wss://r'},
		'enter',
	);
	t.like(changed, {name: 'eve', relayUrl: 'wss://r', step: {kind: 'choose'}});
	t.is(press(facts, start, 'n', 'x', 'escape').name, 'ada');
});

const edits: [string, string[], string][] = [
	['typing', ['a', 'b'], 'xyab'],
	['backspace', ['backspace'], 'x'],
	['typing in the middle', ['left', 'a'], 'xay'],
	['backspace at the start', ['home', 'backspace'], 'xy'],
	['deleting all before the cursor', ['left', 'ctrl-u'], 'y'],
	['deleting a word', [' ', 'a', 'b', 'ctrl-w'], 'xy '],
	['keys that are no text', ['up', 'page-down', 'enter'], 'xy'],
	['an emoji and backspace', ['👩‍💻', 'backspace'], 'xy'],
];

for (const [what, keys, expected] of edits) {
	test(`a field after ${what}`, (t) => {
		const field = keys.reduce((now, key) => editField(now, {type: 'key', key}), textField('xy'));
		t.is(fieldValue(field), expected);
	});
}

test('a long field is wrapped with its cursor', (t) => {
	t.deepEqual(fieldRows(textField('abcdef'), 3, '').map(plainRow), ['abc', 'def', ' ']);
	t.deepEqual(fieldRows(textField(''), 9, 'hint').map(plainRow), ['hint']);
});

const fixture = new URL('fixtures/start-app.js', import.meta.url).pathname;

function open(t: ExecutionContext, args: readonly string[], columns = 80, rows = 24): TestTerminal {
	const terminal = new TestTerminal({args: [fixture, ...args], columns, rows});
	t.teardown(() => terminal.close());
	return terminal;
}

test.serial('the start screen is drawn as it should be', async (t) => {
	const terminal = open(t, ['12']);
	await terminal.waitFor('q quit');
	t.is(`${terminal.grid().join('\n')}\n`, goldenScreen('start-80x24', terminal.grid()));
	terminal.press('down', 'enter');
	await terminal.waitFor('Paste or type the invite');
	terminal.paste('pulsync:bad');
	await terminal.waitFor('the checksum is wrong');
	terminal.press('ctrl-u');
	terminal.paste('pulsync:a/b/good\n');
	await terminal.waitFor('The invite is complete.');

	terminal.press('enter');
	await terminal.waitFor('Merge into this folder?');

	terminal.press('y');
	t.is((await terminal.exited).code, 0);
	t.true(
		terminal
			.text()
			.replaceAll('\n', '')
			.includes('{"choice":"join","invite":"pulsync:a/b/good","merge":true,"name":"ada"}'),
	);
	t.false(terminal.isAlternate);
});

test.serial('everything of the start screen is within reach in a small window', async (t) => {
	const terminal = open(t, ['12'], 60, 15);
	await terminal.waitFor('q quit');
	t.is(`${terminal.grid().join('\n')}\n`, goldenScreen('start-60x15', terminal.grid()));
	process.kill(terminal.pid, 'SIGTERM');
	await terminal.exited;
	t.true(terminal.text().includes('{"choice":"quit"}'));
});

test.serial('the first picture is there before the app, which looks the same', async (t) => {
	const terminal = open(t, ['12']);
	const frames = () => terminal.raw.split('\u001B[?2026h').length - 1;
	await terminal.waitFor('q quit');
	const first = terminal.grid();
	await terminal.waitUntil(() => frames() === 2, 'the frame of the app');
	t.deepEqual(terminal.grid(), first);
});

test.serial('what is typed before the app is loaded reaches it', async (t) => {
	const terminal = open(t, ['12']);
	await terminal.waitFor('q quit');
	terminal.press('down');
	await terminal.waitFor('▸ Join');
	terminal.press('q');
	t.is((await terminal.exited).code, 0);
});
