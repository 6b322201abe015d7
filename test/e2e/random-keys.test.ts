/**
 * Random keys, pastes, edits and sizes on the screens of two live peers: nothing crashes, no screen gets stuck, and each
 * end leaves the terminal as it was. `npm run soak -- keys --seconds 600 --seed 7` does it for longer.
 */
import {existsSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import {keymap} from '../../source/tui/keymap.js';
import {Lab, programFile} from '../helpers/peer-process.js';
import {type Random, seededRandom} from '../helpers/random.js';
import {TestTerminal} from '../helpers/terminal.js';
import {waitUntil} from '../helpers/wait.js';

const seconds = Number(process.env['PULSYNC_KEYS_SECONDS'] ?? 20);
const seed = Number(process.env['PULSYNC_KEYS_SEED'] ?? 1);

/** A screen that does nothing for longer is stuck, on the busiest machine. */
const stuckMs = 30_000;
/** Keys between two looks whether the screen still answers. */
const keysBetweenLooks = 50;

/** Acts that are told of a screen that got stuck. */
const actsTold = 100;

const quitting = ['q', 'ctrl-c'];
const keys = [
	...new Set([
		...keymap.flatMap((binding) => binding.keys),
		...'yndD019./xX~é漢'.split(''),
		'tab',
		'enter',
		'escape',
		'backspace',
		// Keys that mean nothing here: with modifiers, of a mouse, of the window.
		...['\u001B[E', '\u001BOe', '\u001B[5^', '\u001B[1;5P', '\u001B[24;6~', '\u001B[<0;3;4M', '\u001B[I'],
	]),
].filter((key) => !quitting.includes(key));
const pastes = [
	'pulsync:127.0.0.1:1/aaaa/bbbb',
	'two\nlines',
	'\u001B[31mred',
	'x'.repeat(5000),
	'👩‍💻 wide 漢字',
];

/** One peer and whoever sits on its keyboard; where the program ends it is started again. */
class Monkey {
	keys = 0;
	starts = 0;
	private terminal: TestTerminal | undefined;
	private invite: string | undefined;
	private readonly acts: string[] = [];

	constructor(
		private readonly t: ExecutionContext,
		private readonly lab: Lab,
		private readonly name: string,
		private readonly random: Random,
	) {}

	/** Opens the folder's session, or begins it. */
	async start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
		this.starts++;
		this.terminal = new TestTerminal({
			args: [programFile, ...args, '--name', this.name],
			cwd: this.lab.path(this.name),
			env: {...this.lab.env, EDITOR: 'true', ...env},
		});
		await this.terminal.waitFor('q quit', stuckMs);
	}

	/** The invite as its screen has it in the clipboard. */
	async readInvite(): Promise<string> {
		const terminal = this.running();
		terminal.press('i');
		await terminal.waitUntil(
			() => /\u001B\]52;c;[^\u0007\u001B]{40,}/.test(terminal.raw),
			'the invite',
			stuckMs,
		);
		this.invite = /\u001B\]52;c;([^\u0007\u001B]*)/.exec(terminal.raw)?.[1] ?? '';
		return Buffer.from(this.invite, 'base64').toString();
	}

	/** One thing that somebody may do. */
	async act(): Promise<void> {
		const {random} = this;
		const terminal = this.running();
		const dice = random.below(1000);
		if (dice < 3) this.press(random.pick(quitting), ...(random.below(2) === 0 ? ['y'] : []));
		else if (dice < 20) this.resize(1 + random.below(200), 1 + random.below(60));
		else if (dice < 25) this.paste(random.pick(pastes));
		else if (dice < 50) this.edit();
		else if (dice < 60) this.press(...Array.from({length: 30}, () => random.pick(keys)));
		else this.press(random.pick(keys));
		this.keys++;
		await new Promise((resolve) => setTimeout(resolve, random.below(40)));
		if (terminal.ended) await this.again();
		else if (this.keys % keysBetweenLooks === 0) await this.look();
	}

	/** Leaves for good. */
	async quit(): Promise<void> {
		const terminal = this.running();
		terminal.resize(80, 24);
		terminal.press('escape', 'escape', 'ctrl-c', 'ctrl-c', 'y');
		await this.ended(terminal);
	}

	async close(): Promise<void> {
		await this.terminal?.close();
	}

	private running(): TestTerminal {
		if (!this.terminal) throw new Error('The program was not started.');
		return this.terminal;
	}

	/** The screen draws itself anew when it is asked to. */
	private async look(): Promise<void> {
		const terminal = this.running();
		terminal.resize(80, 24);
		terminal.press('escape', 'escape', 'escape');
		terminal.raw = '';
		terminal.press('ctrl-l');
		const isDrawn = () => terminal.raw.includes('\u001B[H\u001B[2J') || terminal.ended;
		await terminal
			.waitUntil(isDrawn, `the screen of ${this.name} to answer (seed ${seed})`, stuckMs)
			.catch(async (error: unknown) => {
				// It may just have ended, by an earlier q and a y.
				if (!terminal.ended) throw await this.explain(error, terminal, isDrawn);
			});
		if (terminal.ended) await this.again();
	}

	/** What tells a screen that is stuck from one that was asked in vain once. */
	private async explain(error: unknown, terminal: TestTerminal, isDrawn: () => boolean): Promise<Error> {
		terminal.press('ctrl-l');
		const answered = await terminal.waitUntil(isDrawn, 'a late answer', 5000).then(
			() => (terminal.ended ? 'by ending, late' : 'when it was asked once more'),
			() => 'not when it was asked once more, either',
		);
		const acts = `It answered ${answered}. The last acts: ${JSON.stringify(this.acts)}`;
		return new Error(`${error instanceof Error ? error.message : ''}\n${acts}`, {cause: error});
	}

	private async again(): Promise<void> {
		await this.ended(this.running());
		await this.start([]);
	}

	private async ended(terminal: TestTerminal): Promise<void> {
		const {code} = await terminal.exited;
		const {t} = this;
		t.true(code === 0 || code === 130, `${this.name} ended with ${code} (seed ${seed}):\n${terminal.text()}`);
		t.false(terminal.isAlternate, 'the alternate screen is left');
		t.false(terminal.isCursorHidden, 'the cursor is shown');
		t.false(terminal.isBracketedPaste, 'bracketed paste is off');
		await terminal.close();
	}

	private press(...pressed: readonly string[]): void {
		this.note(...pressed);
		this.running().press(...pressed);
	}

	private paste(text: string): void {
		this.note(`paste ${text.slice(0, 10)}`);
		this.running().paste(text);
	}

	private resize(columns: number, rows: number): void {
		this.note(`${columns}x${rows}`);
		this.running().resize(columns, rows);
	}

	private note(...acts: readonly string[]): void {
		this.acts.push(...acts);
		this.acts.splice(0, this.acts.length - actsTold);
	}

	private edit(): void {
		const file = path.join(this.lab.path(this.name), `file-${this.random.below(6)}.txt`);
		if (this.random.below(5) === 0) rmSync(file, {force: true});
		else writeFileSync(file, `${this.name} ${this.random.below(1000)}\n`.repeat(1 + this.random.below(2000)));
	}
}

test(`random keys for ${seconds} s neither crash nor block a screen (seed ${seed})`, async (t) => {
	const lab = new Lab(t);
	t.timeout((seconds + 240) * 1000);
	const random = seededRandom(seed);
	const ada = new Monkey(t, lab, 'ada', random);
	const bob = new Monkey(t, lab, 'bob', random);
	t.teardown(async () => Promise.all([ada.close(), bob.close()]));
	writeFileSync(path.join(lab.path('ada'), 'file-0.txt'), 'begin\n');
	await ada.start(['host', '--host', '127.0.0.1', '--advertise', '127.0.0.1']);
	await bob.start(['join'], {PULSYNC_INVITE: await ada.readInvite()});
	// A folder in which somebody has saved something may not be joined any more.
	await waitUntil('bob to have joined', () => existsSync(path.join(lab.path('bob'), 'file-0.txt')), stuckMs);
	const until = Date.now() + seconds * 1000;
	while (Date.now() < until) await random.pick([ada, bob]).act();
	for (const monkey of [ada, bob]) await monkey.quit();
	t.log(`${ada.keys + bob.keys} actions, ${ada.starts + bob.starts} starts`);
});
