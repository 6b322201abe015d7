/**
 * Every screen at every size, with and without colours, in a real terminal: as readable snapshots in golden/. With
 * SCREEN_PICTURES=FOLDER they are also drawn there as SVGs, to be looked at.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {lightTheme} from '../helpers/screen-picture.js';
import {TestTerminal} from '../helpers/terminal.js';
import {goldenScreen, readGolden} from './fixtures/golden.js';

const sizes = [
	[60, 15],
	[80, 24],
	[120, 40],
	[200, 60],
] as const;

type Walk = {
	readonly name: string;
	/** From the screen before. */
	readonly keys: readonly string[];
	/** A text that no other screen shows. */
	readonly shows: string;
	/** Without colours it looks otherwise. */
	readonly isPlainOther?: boolean;
};

/** The screens of a busy session, each reached from the one before with keys that it shows. */
const sessionWalk: readonly Walk[] = [
	{name: 'session', keys: [], shows: 'Peers'},
	{name: 'peer', keys: ['enter'], shows: 'Attempts'},
	{name: 'invite', keys: ['i'], shows: 'Copied', isPlainOther: true},
	{name: 'log', keys: ['escape', 'escape', 'l'], shows: 'Log'},
	{name: 'log-filter', keys: ['/', 'bob src'], shows: '/ bob src'},
	{name: 'help', keys: ['enter', '?'], shows: 'Keys'},
	{name: 'conflicts', keys: ['escape', 'c'], shows: '▸ [ ] src/player.ts'},
	{name: 'conflict', keys: ['enter'], shows: 'speed = 3'},
	{name: 'settle-many', keys: ['escape', 'A'], shows: 'Settle which conflicts'},
	{name: 'history', keys: ['escape', 'escape', 'H'], shows: 'README.md'},
	{name: 'versions', keys: ['enter'], shows: 'What it changed'},
	{name: 'settings', keys: ['escape', 'escape', 'escape', 'escape', 's'], shows: 'receive at most'},
	{name: 'quit', keys: ['escape', 'q'], shows: 'Quit?'},
];

const startWalk: readonly Walk[] = [
	{name: 'start', keys: [], shows: 'Host this folder'},
	{name: 'start-name', keys: ['n'], shows: 'What do the others call you?'},
	{name: 'start-invite', keys: ['escape', 'down', 'enter'], shows: 'Paste or type'},
	{name: 'start-merge', keys: ['pulsync:good', 'enter'], shows: 'Merge into this folder?'},
];

const isWriting = process.env['UPDATE_SCREENS'] === '1';
const pictures = process.env['SCREEN_PICTURES'];

/** The grid once it is what is expected; where snapshots are written, once it shows the text and stands still. */
async function settled(terminal: TestTerminal, {shows}: Walk, golden: string, rows: number): Promise<string> {
	const grid = () => `${terminal.grid().join('\n')}\n`;
	if (!isWriting) {
		const expected = readGolden(golden);
		await terminal.waitUntil(() => grid() === expected, `the screen ${golden}`).catch(() => undefined);
		return grid();
	}
	await terminal.waitUntil(() => terminal.text().includes(shows) && lastRow(terminal, rows) !== '', shows);
	await new Promise((resolve) => setTimeout(resolve, 800));
	return grid();
}

/** The footer is the last that is written of a frame; one row below it stays empty. */
function lastRow(terminal: TestTerminal, rows: number): string {
	return terminal.grid()[rows - 2] ?? '';
}

function keepPicture(terminal: TestTerminal, name: string): void {
	if (pictures === undefined) return;
	mkdirSync(pictures, {recursive: true});
	writeFileSync(path.join(pictures, `${name}.svg`), terminal.picture());
	writeFileSync(path.join(pictures, `${name}-light.svg`), terminal.picture(lightTheme));
}

async function walkScreens(
	t: ExecutionContext,
	terminal: TestTerminal,
	walk: readonly Walk[],
	isPlain: boolean,
) {
	for (const screen of walk) {
		terminal.press(...screen.keys);
		await terminal.waitFor(screen.shows);
		for (const [columns, rows] of sizes) {
			terminal.resize(columns, rows);
			const look = isPlain && screen.isPlainOther ? '-plain' : '';
			const name = `${screen.name}${look}-${columns}x${rows}`;
			const grid = await settled(terminal, screen, name, rows);
			keepPicture(terminal, `${name}${isPlain && look === '' ? '-plain' : ''}`);
			t.is(grid, goldenScreen(name, terminal.grid()), name);
		}
	}
	if (isPlain) t.notRegex(terminal.raw, /\u001B\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])m/);
	else t.regex(terminal.raw, /\u001B\[3[1-6]m/);
}

for (const isPlain of [false, true]) {
	const title = isPlain ? 'without colours' : 'in colour';
	const env = {NO_COLOR: isPlain ? '1' : undefined};
	const open = (t: ExecutionContext, ...args: readonly string[]) => {
		const [fixture = '', ...rest] = args;
		const file = new URL(`fixtures/${fixture}`, import.meta.url).pathname;
		const terminal = new TestTerminal({args: [file, ...rest], env, columns: 60, rows: 15});
		t.teardown(() => terminal.close());
		return terminal;
	};
	test.serial(`the screens of a session at every size ${title}`, async (t) => {
		t.timeout(120_000);
		await walkScreens(t, open(t, 'session-app.js', 'busy'), sessionWalk, isPlain);
	});
	test.serial(`the start screens at every size ${title}`, async (t) => {
		t.timeout(120_000);
		await walkScreens(t, open(t, 'start-app.js', '12'), startWalk, isPlain);
	});
}

for (const signs of ['ascii', 'spoken'] as const) {
	test.serial(`the screens of a session in ${signs} signs`, async (t) => {
		const file = new URL('fixtures/session-app.js', import.meta.url).pathname;
		const terminal = new TestTerminal({args: [file, 'busy'], env: {SIGNS: signs}, columns: 80, rows: 24});
		t.teardown(() => terminal.close());
		for (const [name, keys, shows] of [
			['session', [], 'Peers'],
			['peer', ['enter'], 'Attempts'],
			['conflict', ['escape', 'c', 'enter'], 'speed = 3'],
		] as const) {
			terminal.press(...keys);
			const walk = {name, keys, shows};
			const golden = `${name}-${signs}-80x24`;
			const grid = await settled(terminal, walk, golden, 24);
			keepPicture(terminal, golden);
			t.is(grid, goldenScreen(golden, terminal.grid()), golden);
			// What people wrote stays as it is.
			t.regex(grid.replaceAll('命', ''), /^[\n\u0020-\u007E]*$/);
		}
	});
}
