/** Completions in the shells that they are for: typed and completed with tab, as a person does. */
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {commands, type Shell, shells} from '../../source/cli/commands.js';
import {formatCompletion} from '../../source/cli/completion/completion.js';
import {type Flag} from '../../source/cli/flag.js';
import {flags} from '../../source/cli/flags.js';
import {TestTerminal} from '../helpers/terminal.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'completion-'));
mkdirSync(path.join(folder, 'my-game'));
writeFileSync(path.join(folder, 'player one.txt'), '');
for (const shell of shells) writeFileSync(path.join(folder, `script.${shell}`), formatCompletion(shell));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

/** How a shell is started with nothing of the machine's own, and with the completions. */
const starts: Record<Shell, {readonly args: readonly string[]; readonly load: string}> = {
	bash: {args: ['--norc', '--noprofile', '-i'], load: 'source script.bash'},
	zsh: {args: ['-f', '-i'], load: 'autoload -Uz compinit && compinit -D && source script.zsh'},
	fish: {args: ['--no-config', '-i'], load: 'source script.fish'},
};

const typed: readonly (readonly [before: string, after: RegExp])[] = [
	['pulsync-tui stat', /pulsync-tui status/],
	['pulsync-tui tier dir', /tier direct/],
	['pulsync-tui host --tier pro', /--tier proxy/],
	['pulsync-tui --name ada ho', /ada host/],
	['pulsync-tui resolve --ta', /resolve --take/],
	['pulsync-tui resolve a.txt --take the', /--take theirs/],
	['pulsync-tui restore play', /restore player\\ one\.txt/],
	['pulsync-tui resolve a.txt play', /a\.txt player\\ one\.txt/],
	['pulsync-tui host my-', /host my-game\//],
	['pulsync-tui join - my-', /- my-game\//],
	['pulsync-tui --relay --max-se', /--max-sessions/],
	['pulsync-tui help reso', /help resolve/],
	['pulsync-tui completion fi', /completion fish/],
];

for (const shell of shells) {
	const isThere = spawnSync(shell, ['--version']).status === 0;
	// Where everything was to be there, a test that cannot run is a failure.
	const run = isThere || process.env.CI ? test : test.skip;
	run(`tab completes what is typed in ${shell}${isThere ? '' : ` (${shell} is missing)`}`, async (t) => {
		const {args, load} = starts[shell];
		const terminal = new TestTerminal({
			file: shell,
			args,
			cwd: folder,
			env: {HOME: folder, PS1: 'ready> ', PROMPT: 'ready> ', INPUTRC: '/dev/null'},
			columns: 120,
		});
		t.teardown(() => terminal.close());
		terminal.press(`${load}; echo load''ed`, 'enter');
		await terminal.waitFor('loaded');
		for (const [before, after] of typed) {
			terminal.press('ctrl-l');
			await terminal.waitForGone('loaded');
			terminal.press(before, 'tab');
			await terminal.waitFor(after);
			// The program itself is not there, and what was typed is not for it.
			terminal.press('ctrl-u', `echo load''ed`, 'enter');
			await terminal.waitFor(/^loaded/m);
		}
		t.pass();
	});
}

test('bash offers exactly the flags that a command takes', (t) => {
	const ask = commands.map(({name}) => {
		const words = name === 'open' ? [] : [name === 'relay' ? '--relay' : name];
		return `COMP_WORDS=(pulsync-tui ${words.join(' ')} --); COMP_CWORD=${words.length + 1}; _pulsync_tui; echo "${name} \${COMPREPLY[*]}"`;
	});
	const script = `${formatCompletion('bash')}\n${ask.join('\n')}`;
	const {stdout, status} = spawnSync('bash', ['--norc', '-c', script], {encoding: 'utf8'});
	t.is(status, 0);
	const expected = commands.map(({name}) => {
		const taken = flags.filter((flag: Flag) =>
			flag.name === 'relay' ? name === 'open' : flag.of.some((one) => one === name),
		);
		return [name, ...taken.map((flag) => `--${flag.name}`)].join(' ');
	});
	t.deepEqual(stdout.trim().split('\n'), expected);
});

test('all shells know each command and each flag', (t) => {
	for (const shell of shells) {
		const script = formatCompletion(shell);
		for (const {name} of commands) t.regex(script, new RegExp(`\\b${name}\\b`), `${shell}: ${name}`);
		for (const {name} of flags)
			t.regex(script, new RegExp(shell === 'fish' ? `-l ${name}\\b` : `--${name}\\b`), shell);
	}
});
