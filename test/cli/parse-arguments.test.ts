import test from 'ava';
import {commands} from '../../source/cli/commands.js';
import {type Flag} from '../../source/cli/flag.js';
import {flags} from '../../source/cli/flags.js';
import {formatHelp} from '../../source/cli/help.js';
import {parseArguments} from '../../source/cli/parse-arguments.js';

const isFolder = (word: string) => word === 'folder' || word === '.';

const understood: readonly (readonly [line: string, command: string, words: string[], flags: object])[] = [
	['', 'open', [], {}],
	['folder', 'open', ['folder'], {}],
	['--json', 'open', [], {json: true}],
	['host', 'host', [], {}],
	['host folder --name ada --tier=proxy', 'host', ['folder'], {name: 'ada', tier: 'proxy'}],
	['--name ada host', 'host', [], {name: 'ada'}],
	['join -', 'join', ['-'], {}],
	['join pulsync:a/b/c folder --merge', 'join', ['pulsync:a/b/c', 'folder'], {merge: true}],
	['--relay --port 0 --json', 'relay', [], {relay: true, port: '0', json: true}],
	['--relay --stun stun:a --stun=stun:b', 'relay', [], {relay: true, stun: 'stun:a stun:b'}],
	['host --name a --name b', 'host', [], {name: 'b'}],
	['resolve a b --take mine', 'resolve', ['a', 'b'], {take: 'mine'}],
	['resolve --take mine -- --all', 'resolve', ['--all'], {take: 'mine'}],
	['tier', 'tier', [], {}],
	['tier json --peer bob', 'tier', ['json'], {peer: 'bob'}],
	['limit --up 2MB/s --down none', 'limit', [], {up: '2MB/s', down: 'none'}],
	['restore . --at 2026-01-01', 'restore', ['.'], {at: '2026-01-01'}],
	['sync --wait --timeout 5', 'sync', [], {wait: true, timeout: '5'}],
	['-h', 'open', [], {help: true}],
	['status --help', 'status', [], {help: true}],
	['restore -h', 'restore', [], {help: true}],
	['--version', 'open', [], {version: true}],
	['help', 'help', [], {}],
	['help resolve', 'help', ['resolve'], {}],
	['completion zsh', 'completion', ['zsh'], {}],
];

for (const [line, command, words, values] of understood) {
	test(`"${line}" is the command ${command}`, (t) => {
		const args = line.split(' ').filter((word) => word !== '');
		t.deepEqual(parseArguments(args, isFolder), {ok: true, command, words, flags: values} as never);
	});
}

const refused: readonly (readonly [line: string, message: RegExp])[] = [
	['hots', /no command or folder "hots"\. Did you mean host\?$/],
	['my-gmae', /no command or folder "my-gmae"\.$/],
	['relay', /no command or folder "relay"\. A relay is pulsync-tui --relay\.$/],
	['--hots', /no flag --hots\. Did you mean --host\?$/],
	['--frobnicate', /no flag --frobnicate\.$/],
	['host --port', /--port needs a value: PORT/],
	['host --json=yes', /--json takes no value/],
	['host a b', /host takes no "b"/],
	['status --tier json', /status takes no --tier/],
	['host --merge', /host takes no --merge/],
	['restore', /Something is missing: pulsync-tui restore/],
	['--relay folder', /--relay takes no "folder"/],
	['join - . x', /join takes no "x"/],
	['completion', /pulsync-tui completion/],
	['help --json', /help takes no --json/],
];

for (const [line, message] of refused) {
	test(`"${line}" is refused in one sentence`, (t) => {
		const parsed = parseArguments(line.split(' '), isFolder);
		t.false(parsed.ok);
		t.regex(parsed.ok ? '' : parsed.message, message);
	});
}

test('what is wrong about a command names the command, wherever the word stands', (t) => {
	const commandOf = (line: string) => {
		const parsed = parseArguments(line.split(' '), isFolder);
		return parsed.ok ? undefined : parsed.command;
	};
	t.is(commandOf('host --json --foo'), 'host');
	t.is(commandOf('--foo --json host'), 'host');
	t.is(commandOf('show'), 'show');
	t.is(commandOf('--relay --tier json'), 'relay');
	t.is(commandOf('nothing --json'), undefined);
});

test('help lists each command and each flag once, with its variable', (t) => {
	const help = formatHelp('open').split('Usage:')[1]!.split('\n');
	for (const {usage} of commands) {
		t.is(help.filter((line) => line.startsWith(`  pulsync-tui ${usage}  `)).length, 1, usage);
	}
	for (const flag of flags as readonly Flag[]) {
		if (flag.name === 'relay') continue;
		const lines = help.filter((line) => line.includes(`--${flag.name} ${flag.value ?? ' '}`));
		t.true(lines.length >= 1, flag.name);
		if (flag.env)
			t.true(
				lines.some((line) => line.includes(`[${flag.env}]`)),
				flag.env,
			);
	}
});

test('help on one command shows its flags and no others', (t) => {
	const help = formatHelp('resolve');
	t.true(help.includes('--take SIDE'));
	t.false(help.includes('--port'));
	t.false(help.includes('pulsync-tui host'));
});

test('each command has an example that is understood as that command', (t) => {
	for (const {name, examples} of commands) {
		t.true(examples.length > 0, name);
		for (const [line] of examples) {
			const args = line
				.split(/ [<>] /)[0]!
				.split(' ')
				.filter((word) => word !== '');
			const parsed = parseArguments(args, (word) => word.startsWith('..'));
			t.is(parsed.ok ? parsed.command : parsed.message, name);
		}
	}
});

test('help begins with lines to type and fits a terminal where it can', (t) => {
	for (const {name} of commands) {
		const help = formatHelp(name);
		t.regex(help, /\nExamples:\n {2}pulsync-tui/);
		t.notRegex(help, / {60}/, 'no table is pushed out to the right');
	}
});
