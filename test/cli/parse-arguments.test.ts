import test from 'ava';
import {commands} from '../../source/cli/commands.js';
import {flags, type Flag} from '../../source/cli/flags.js';
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
	['restore . --at 2026-01-01', 'restore', ['.'], {at: '2026-01-01'}],
	['sync --wait --timeout 5', 'sync', [], {wait: true, timeout: '5'}],
	['-h', 'open', [], {help: true}],
	['status --help', 'status', [], {help: true}],
	['restore -h', 'restore', [], {help: true}],
	['--version', 'open', [], {version: true}],
];

for (const [line, command, words, values] of understood) {
	test(`"${line}" is the command ${command}`, (t) => {
		const args = line.split(' ').filter((word) => word !== '');
		t.deepEqual(parseArguments(args, isFolder), {ok: true, command, words, flags: values} as never);
	});
}

const refused: readonly (readonly [line: string, message: RegExp])[] = [
	['hots', /no command "hots"/],
	['relay', /no command "relay"/],
	['--hots', /no flag --hots/],
	['host --port', /--port needs a value: PORT/],
	['host --json=yes', /--json takes no value/],
	['host a b', /host takes no "b"/],
	['status --tier json', /status takes no --tier/],
	['host --merge', /host takes no --merge/],
	['restore', /pulsync-tui restore/],
	['--relay folder', /--relay takes no "folder"/],
	['join - . x', /join takes no "x"/],
];

for (const [line, message] of refused) {
	test(`"${line}" is refused in one sentence`, (t) => {
		const parsed = parseArguments(line.split(' '), isFolder);
		t.false(parsed.ok);
		t.regex(parsed.ok ? '' : parsed.message, message);
	});
}

test('help lists each command and each flag once, with its variable', (t) => {
	const help = formatHelp('open').split('\n');
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
