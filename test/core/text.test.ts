import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {printable} from '../../source/core/printable.js';
import {exitCodeOf, failureSentence} from '../../source/core/text.js';
import {errorCodes} from '../../source/protocol/codes.js';

const codes = [
	'git_missing',
	'disk_full',
	'bad_invite',
	'folder_not_empty',
	'relay_unreachable',
	'something_new',
];

for (const code of [...Object.keys(errorCodes), ...codes]) {
	test(`${code} is told in one line that ends as a sentence, with and without facts`, (t) => {
		for (const details of [undefined, {path: '/p', reason: 'r', url: 'ws://x', version: '2.30.0'}]) {
			t.regex(failureSentence(code, details), /^[A-Zg/][^\n]{20,250}\.$/);
			t.notRegex(failureSentence(code, details), /undefined/);
		}
	});
}

test('what an exit code says', (t) => {
	const table = {
		bad_invite: 3,
		not_admitted: 3,
		folder_not_empty: 3,
		already_running: 3,
		inside_project: 3,
		unsupported_version: 3,
		usage: 2,
		peer_ambiguous: 2,
		aborted: 130,
		git_missing: 1,
		disk_full: 1,
		relay_unreachable: 1,
		something_new: 1,
	};
	for (const [code, exitCode] of Object.entries(table)) t.is(exitCodeOf(code), exitCode as never, code);
});

test('text from outside cannot act on the terminal', (t) => {
	t.is(printable('a\u001B[2Jb\nc\u202Ed'), 'a\\u{1b}[2Jb\\u{a}c\\u{202e}d');
	t.is(printable('naïve 👩‍👩‍👧 file'), 'naïve 👩‍👩‍👧 file');
});

test('each code that the sources name has a sentence of its own', (t) => {
	const named = new Set<string>();
	for (const file of sourcesIn('source')) {
		const text = readFileSync(file, 'utf8');
		for (const [, code] of text.matchAll(/(?:Failure|stop)\(\s*(?:error, )?'([a-z_]+)'/g)) named.add(code!);
		for (const [, code] of text.matchAll(/\b(?:reason: 'problem', )code: '([a-z_]+)'/g)) named.add(code!);
	}
	t.true(named.size > 50);
	t.deepEqual(
		[...named].filter((code) => failureSentence(code).includes(`(${code})`)),
		[],
	);
});

function sourcesIn(folder: string): string[] {
	return readdirSync(folder, {recursive: true, encoding: 'utf8'})
		.filter((name) => /\.tsx?$/.test(name))
		.map((name) => path.join(folder, name));
}
