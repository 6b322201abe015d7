/** What the papers say of the command line is what it takes. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {commands} from '../../source/cli/commands.js';
import {type Flag} from '../../source/cli/flag.js';
import {flags} from '../../source/cli/flags.js';

const text = readFileSync('docs/cli.md', 'utf8');

test('docs/cli.md has each command, flag and variable', (t) => {
	for (const {name} of commands) t.true(name === 'open' || text.includes(`${name}`), name);
	for (const flag of flags as readonly Flag[]) {
		t.true(text.includes(`--${flag.name}`), flag.name);
		if (flag.env !== undefined) t.true(text.includes(flag.env), flag.env);
	}
});

test('docs/cli.md names no flag that is not taken', (t) => {
	const known = new Set<string>(flags.map(({name}) => `--${name}`));
	for (const [flag] of text.matchAll(/--[a-z][a-z-]+/g)) t.true(known.has(flag), flag);
});

test('README names no flag of the program that is not taken', (t) => {
	const known = new Set<string>(flags.map(({name}) => `--${name}`));
	for (const [, flag] of readFileSync('README.md', 'utf8').matchAll(/[\s`](--[a-z][a-z-]+)/g)) {
		t.true(known.has(flag!), flag);
	}
});
