import test from 'ava';
import fc from 'fast-check';
import {pathProblem} from '../../source/git/name-rules.js';
import {findPathFault, isReservedName, type PathFault} from '../../source/protocol/path-name.js';

const good = [
	'a',
	'a/b/c.txt',
	'.gitignore',
	'.github/workflows/x.yml',
	'git',
	'.git-blame-ignore-revs',
	'.pulsyncrc',
	'digit/legit',
	'...',
	' leading and trailing ',
	'line\nbreak\ttab',
	'"quoted"',
	'-rf',
	'*',
	'a\\b',
	'\u00e9',
	'e\u0301',
	'\u{1f600}',
	'CON',
	'n'.repeat(255),
	`${'d/'.repeat(63)}f`,
];
for (const path of good) {
	test(`a good path: ${JSON.stringify(path.slice(0, 30))}`, (t) => t.is(findPathFault(path), undefined));
}

const bad: readonly (readonly [path: string, fault: PathFault])[] = [
	['', 'bad_name'],
	['.', 'bad_name'],
	['..', 'bad_name'],
	['a/..', 'bad_name'],
	['/a', 'bad_name'],
	['a/', 'bad_name'],
	['a//b', 'bad_name'],
	['a\0b', 'bad_name'],
	['\u001b]0;evil\u0007', 'bad_name'],
	['half \ud800 of a pair', 'bad_name'],
	['.git', 'reserved_name'],
	['a/.GIT/hooks', 'reserved_name'],
	['.git.', 'reserved_name'],
	['.git ', 'reserved_name'],
	['.git. . ', 'reserved_name'],
	['.git::$INDEX_ALLOCATION', 'reserved_name'],
	['GIT~1', 'reserved_name'],
	['.g\u200cit', 'reserved_name'],
	['\ufeff.git', 'reserved_name'],
	['.pulsync', 'reserved_name'],
	['sub/.PulSync', 'reserved_name'],
	['PULSYN~12', 'reserved_name'],
	['..\\x', 'reserved_name'],
	['a\\.git\\config', 'reserved_name'],
	['n'.repeat(256), 'name_too_long'],
	['\u00e9'.repeat(128), 'name_too_long'],
	[`${'d/'.repeat(64)}f`, 'name_too_long'],
	[`${'d'.repeat(200)}/`.repeat(21) + 'f', 'name_too_long'],
];
for (const [path, fault] of bad) {
	test(`a path with ${fault}: ${JSON.stringify(path.slice(0, 30))}`, (t) => t.is(findPathFault(path), fault));
}

test('a path that may be written is one that every peer takes', (t) => {
	const piece = fc.constantFrom(
		...[
			'.git',
			'.pulsync',
			'git~1',
			'g',
			'it',
			'.',
			'..',
			'/',
			'\\',
			':',
			' ',
			'\u200c',
			'Git',
			'PULSYN~1',
			'a',
			'\n',
			'\u0007',
		],
	);
	const path = fc.oneof(
		fc.array(piece, {maxLength: 6}).map((pieces) => pieces.join('')),
		fc.string({unit: 'binary', maxLength: 30}),
		fc.string({unit: 'grapheme', maxLength: 30}),
	);
	fc.assert(
		fc.property(path, (text) => {
			if (findPathFault(text) === undefined) t.is(pathProblem(text), undefined, JSON.stringify(text));
		}),
		{numRuns: 3000},
	);
});

test('reserved names are found in any case', (t) => {
	fc.assert(
		fc.property(
			fc.constantFrom('.git', '.pulsync', 'git~1'),
			fc.array(fc.boolean(), {minLength: 8}),
			(name, upper) => {
				const spelled = [...name]
					.map((letter, index) => (upper[index] ? letter.toUpperCase() : letter))
					.join('');
				t.true(isReservedName(spelled));
			},
		),
	);
});
