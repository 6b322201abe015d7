import test from 'ava';
import fc from 'fast-check';
import {nameProblem, pathProblem} from '../../source/git/name-rules.js';

const refused: ReadonlyArray<[why: string, name: string]> = [
	['it is empty', ''],
	['it stays in its folder', '.'],
	['it leads out', '..'],
	['it is absolute', '/etc'],
	['a backslash leads out on Windows', '..\\x'],
	['a backslash leads out in the middle', 'a\\..\\..\\x'],
	['it is the repository', '.git'],
	['case does not matter everywhere', '.GIT'],
	['case does not matter everywhere', '.gIt'],
	['NTFS drops a dot at the end', '.git.'],
	['NTFS drops a space at the end', '.git '],
	['NTFS drops dots and spaces at the end', '.git . ..'],
	['NTFS has streams', '.git::$INDEX_ALLOCATION'],
	['NTFS has streams', '.git:hidden'],
	['NTFS has short names', 'git~1'],
	['NTFS has short names', 'GIT~2'],
	['HFS+ leaves characters out', '.g\u200cit'],
	['HFS+ leaves characters out', '\u200d.git'],
	['HFS+ leaves characters out', '.git\ufeff'],
	['compatibility forms fold', '.\uff47it'],
	['compatibility forms fold', '\uff0egit'],
	['a backslash is a slash on Windows', '.git\\config'],
	['it is ours', '.pulsync'],
	['it is ours', '.Pulsync'],
	['it is ours', '.pulsync. '],
	['it is ours', '.pul\u200esync'],
	['it is ours', 'PULSYN~1'],
	['a terminal obeys it', '\u001b]0;title\u0007'],
	['it ends a C string', 'a\0b'],
	['it erases on a terminal', 'a\u007f'],
	['no bytes stand for it', '\ud800'],
	['it is too long', 'x'.repeat(256)],
	['it is too long in bytes', 'é'.repeat(128)],
];

for (const [why, name] of refused) {
	test(`the name ${JSON.stringify(name).slice(0, 40)} is refused: ${why}`, (t) => {
		t.is(typeof nameProblem(name), 'string');
		t.is(typeof pathProblem(`a/${name}`), 'string');
		t.is(typeof pathProblem(`${name}/a`), 'string');
	});
}

const allowed = [
	'a',
	'.gitignore',
	'.gitattributes',
	'.gitmodules',
	'.github',
	'git',
	'gitk',
	'git~',
	'.pulsyncrc',
	'pulsync',
	'...',
	'..a',
	'a..',
	'a\\b',
	'new\nline',
	'tab\t',
	'Icon\r',
	' ',
	'-rf',
	'\u00e9',
	'e\u0301',
	'😀',
	'CON',
	'x'.repeat(255),
];

for (const name of allowed) {
	test(`the name ${JSON.stringify(name.normalize('NFD')).slice(0, 40)}${name === name.normalize('NFD') ? '' : ', composed,'} is synced`, (t) => {
		t.is(nameProblem(name), undefined);
		t.is(pathProblem(`a/${name}/b`), undefined);
	});
}

test('a name with a slash is refused, and a path of good names is not', (t) => {
	t.is(typeof nameProblem('a/b'), 'string');
	t.is(pathProblem('a/b'), undefined);
});

test('paths that are too long or too deep are refused', (t) => {
	t.is(pathProblem(Array.from({length: 16}, () => 'x'.repeat(255)).join('/')), undefined);
	t.is(typeof pathProblem(Array.from({length: 17}, () => 'x'.repeat(255)).join('/')), 'string');
	t.is(pathProblem(Array.from({length: 64}, () => 'x').join('/')), undefined);
	t.is(typeof pathProblem(Array.from({length: 65}, () => 'x').join('/')), 'string');
});

test('no mixture of reserved letters, ignored characters and endings gets through', (t) => {
	const ignored = fc.constantFrom('', '\u200c', '\u200f', '\u202a', '\u206f', '\ufeff');
	const ending = fc.constantFrom('', '.', ' ', '. .', ':x', '::$INDEX_ALLOCATION');
	const spelt = fc
		.tuple(fc.constantFrom('.git', '.pulsync'), fc.infiniteStream(fc.tuple(fc.boolean(), ignored)), ending)
		.map(([name, marks, end]) => {
			const parts = [...name].map((letter) => {
				const [upper, mark] = marks.next().value as [boolean, string];
				return (upper ? letter.toUpperCase() : letter) + mark;
			});
			return parts.join('') + end;
		});
	fc.assert(fc.property(spelt, (name) => typeof nameProblem(name) === 'string'));
	t.pass();
});

test('judging never throws', (t) => {
	fc.assert(
		fc.property(fc.string({unit: 'binary'}), (name) => {
			nameProblem(name);
			pathProblem(name);
		}),
	);
	t.pass();
});
