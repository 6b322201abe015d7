/** Trees, records and commits that no peer may send: each breaks one rule, and nothing of it may reach a disk. */
import {type Oid} from '../../source/protocol/content.js';
import {recordName} from '../../source/git/record.js';
import {type Entry, type Forge} from './forged-objects.js';

export type MaliciousTree = {
	readonly what: string;
	/** Makes the objects and returns the tree; or the commit, where that itself is what is wrong. */
	readonly tree?: (forge: Forge) => Oid;
	readonly commit?: (forge: Forge) => Oid;
};

/** What an attacker would like to have in `.git/config` and among the hooks. */
const payload = '[core]\n\tfsmonitor = "touch /tmp/pulsync-was-executed"\n';

const names: ReadonlyArray<readonly [what: string, name: string | Buffer]> = [
	['.git', '.git'],
	['.git in capitals', '.GIT'],
	['.git in mixed case', '.gIt'],
	['.git with a space behind', '.git '],
	['.git with dots and spaces behind', '.git. . .'],
	['.git with a stream of NTFS', '.git::$INDEX_ALLOCATION'],
	['a stream of .git', '.git:config'],
	['the short name of .git', 'git~1'],
	['another short name of .git', 'GIT~2'],
	['.git with a joiner that HFS+ ignores', '.g\u200cit'],
	['.git with a mark that HFS+ ignores', '.git\u200e'],
	['.git behind a byte order mark', '\ufeff.git'],
	['.git in full width', '\uff0egit'],
	['.pulsync in capitals', '.PULSYNC'],
	['.pulsync with a space behind', '.pulsync '],
	['the short name of .pulsync', 'PULSYN~1'],
	['the way up', '..'],
	['the folder itself', '.'],
	['nothing', ''],
	['a path', 'a/b'],
	['a path from the root', '/etc/passwd'],
	['the way up with a backslash', '..\\x'],
	['.git behind a backslash', 'a\\.git'],
	['a way up in the middle', 'a\\..\\b'],
	['a title sequence of terminals', '\u001b]0;x\u0007'],
	['a control character', 'a\u0001b'],
	['a delete character', 'a\u007f'],
	['bytes that are not UTF-8', Buffer.from([0x66, 0xff])],
	['an overlong way up', Buffer.from([0xc0, 0xae, 0xc0, 0xae])],
	['half a surrogate pair', Buffer.from([0xed, 0xa0, 0x80])],
	['256 bytes', 'n'.repeat(256)],
];

const modes: ReadonlyArray<readonly [what: string, mode: string]> = [
	['of a submodule', '160000'],
	['setuid', '104755'],
	['writable for a group', '100664'],
	['with a zero before it', '0100644'],
	['of a folder with permissions', '40755'],
	['of a device', '60000'],
];

function withSides(forge: Forge, change: (sides: Entry[]) => readonly Entry[]): Oid {
	return forge.record('p', {entries: change(forge.sides('p'))});
}

function underReserved(forge: Forge, entries: readonly Entry[]): Oid {
	return forge.tree([['40000', '.pulsync', forge.tree(entries)]]);
}

const records: ReadonlyArray<readonly [what: string, tree: (forge: Forge) => Oid]> = [
	['records below the root', (forge) => forge.nest(['a'], forge.record('p'))],
	['a file in the reserved place', (forge) => forge.file('.pulsync')],
	['a link in the reserved place', (forge) => forge.file('.pulsync', '.git', '120000')],
	[
		'a session file beside the records',
		(forge) =>
			underReserved(forge, [
				['40000', 'conflicts', forge.file('x')],
				['100644', 'session.json', forge.blob()],
			]),
	],
	['a key among the records', (forge) => underReserved(forge, [['100644', 'key.pem', forge.blob()]])],
	[
		'a file in place of the records',
		(forge) => underReserved(forge, [['100644', 'conflicts', forge.blob()]]),
	],
	['no record at all', (forge) => underReserved(forge, [['40000', 'conflicts', forge.tree([])]])],
	[
		'a record that is a file',
		(forge) => underReserved(forge, [['40000', 'conflicts', forge.file(recordName('p'))]]),
	],
	['a record under the name of another path', (forge) => forge.record('p', {name: recordName('q')})],
	['a record under no hash', (forge) => forge.record('p', {name: 'p'})],
	[
		'a record beside which lies something else',
		(forge) => forge.record('p', {beside: [['100644', 'x', forge.blob()]]}),
	],
	['a record of a path that leads out', (forge) => forge.record('../p')],
	['a record of a path from the root', (forge) => forge.record('/etc/passwd')],
	['a record of a file of .git', (forge) => forge.record('.git/config')],
	['a record of a file of .pulsync', (forge) => forge.record('.pulsync/key.pem')],
	['a record of a path with an empty part', (forge) => forge.record('a//b')],
	['a record of a path that is not UTF-8', (forge) => forgedPath(forge, Buffer.from([0xff, 0xfe]))],
	['a record of a path of 5000 bytes', (forge) => forge.record(`${'d'.repeat(200)}/`.repeat(25))],
	['a record of one side', (forge) => withSides(forge, ([path, one]) => [path!, one!])],
	['a record without a path', (forge) => withSides(forge, ([, ...sides]) => sides)],
	[
		'a record whose path is a link',
		(forge) => withSides(forge, ([path, ...sides]) => [['120000', 'path', path![2]], ...sides]),
	],
	[
		'a record with a side under another name',
		(forge) => withSides(forge, ([path, one, other]) => [path!, one!, ['100755', 'mine', other![2]]]),
	],
	[
		'a record with a folder for a side',
		(forge) => withSides(forge, (sides) => [...sides, ['40000', 'side', forge.file('x')]]),
	],
	[
		'a record with a folder for its base',
		(forge) => withSides(forge, (sides) => [...sides, ['40000', 'base', forge.file('x')]]),
	],
	[
		'a record with a submodule for a side',
		(forge) =>
			withSides(forge, (sides) => [...sides, ['160000', `${'c'.repeat(40)}-160000`, 'c'.repeat(40)]]),
	],
	[
		'a record of an absence that has a content',
		(forge) => withSides(forge, (sides) => [...sides, ['100644', 'absent', forge.blob()]]),
	],
	[
		'a record of a path that is in the tree as well',
		(forge) => forge.record('p', {main: [['100644', 'p', forge.blob()]]}),
	],
	[
		'a record with a tree for a side',
		(forge) => {
			const folder = forge.file('x');
			return withSides(forge, (sides) => [...sides, ['100644', `${folder}-100644`, folder]]);
		},
	],
	[
		'a record with a link of 5000 bytes',
		(forge) => {
			const long = forge.blob('x'.repeat(5000));
			return withSides(forge, (sides) => [...sides, ['120000', `${long}-120000`, long]]);
		},
	],
	[
		'a record of 1100 sides',
		(forge) => {
			const many = Array.from({length: 1100}, (_, at): Entry => {
				const blob = forge.blob(`${at}`);
				return ['100644', `${blob}-100644`, blob];
			});
			return withSides(forge, ([path]) => [path!, ...many]);
		},
	],
];

function forgedPath(forge: Forge, path: Buffer): Oid {
	const [, ...sides] = forge.sides('p');
	return forge.record('p', {entries: [['100644', 'path', forge.blob(path)], ...sides]});
}

const shapes: ReadonlyArray<readonly [what: string, tree: (forge: Forge) => Oid]> = [
	[
		'a file twice',
		(forge) =>
			forge.tree([
				['100644', 'a', forge.blob('1')],
				['100644', 'a', forge.blob('2')],
			]),
	],
	[
		'a file and a folder of one name',
		(forge) =>
			forge.tree([
				['100644', 'a', forge.blob()],
				['40000', 'a', forge.file('x')],
			]),
	],
	[
		'a link and a folder of one name',
		(forge) =>
			forge.tree([
				['120000', 'a', forge.blob('/tmp')],
				['40000', 'a', forge.file('x')],
			]),
	],
	[
		'a link to .git and files in it',
		(forge) =>
			forge.tree([
				['120000', 'a', forge.blob('.git')],
				['40000', 'a', forge.file('config', payload)],
			]),
	],
	[
		'a name twice with others between',
		(forge) =>
			forge.tree([
				['100644', 'a', forge.blob()],
				['100644', 'a.b', forge.blob()],
				['40000', 'a', forge.file('x')],
			]),
	],
	[
		'entries out of order',
		(forge) =>
			forge.tree(
				[
					['100644', 'b', forge.blob()],
					['100644', 'a', forge.blob()],
				],
				{asGiven: true},
			),
	],
	['an entry without an object', (forge) => forge.tree([['100644', 'a', '0'.repeat(40)]])],
	['an entry that is cut off', (forge) => forge.put('tree', Buffer.from('100644 a\0short'))],
	[
		'an entry without an end',
		(forge) => forge.put('tree', Buffer.from('100644 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')),
	],
	['no mode', (forge) => forge.put('tree', Buffer.concat([Buffer.from(' a\0'), Buffer.alloc(20, 1)]))],
	['a tree for a file', (forge) => forge.tree([['100644', 'a', forge.file('x')]])],
	['a commit for a file', (forge) => forge.tree([['100644', 'a', forge.commit(forge.file('x'))]])],
	['a file for a folder', (forge) => forge.tree([['40000', 'a', forge.blob()]])],
	['a commit for a folder', (forge) => forge.tree([['40000', 'a', forge.commit(forge.file('x'))]])],
	['a link of 5000 bytes', (forge) => forge.file('a', 'x'.repeat(5000), '120000')],
	[
		'65 folders within each other',
		(forge) =>
			forge.nest(
				Array.from({length: 65}, () => 'd'),
				forge.file('x'),
			),
	],
	[
		'a path of 5000 bytes',
		(forge) =>
			forge.nest(
				Array.from({length: 20}, () => 'n'.repeat(250)),
				forge.file('x'),
			),
	],
];

const commits: ReadonlyArray<readonly [what: string, commit: (forge: Forge) => Oid]> = [
	['whose tree is a file', (forge) => forge.commit(forge.blob())],
	['whose tree is a commit', (forge) => forge.commit(forge.commit(forge.file('x')))],
	['with a parent twice', (forge) => forge.commit(forge.file('x'), ['a'.repeat(40), 'a'.repeat(40)])],
	[
		'with 65 parents',
		(forge) =>
			forge.commit(
				forge.file('x'),
				Array.from({length: 65}, (_, at) => at.toString(16).padStart(40, 'a')),
			),
	],
	['whose parent is a file', (forge) => forge.commit(forge.file('x'), [forge.blob('p')])],
	['with a second tree', (forge) => forge.commit(forge.file('x'), [], {head: `tree ${'a'.repeat(40)}\n`})],
	['with a zero byte', (forge) => forge.commit(forge.file('x'), [], {message: 'a\0b'})],
	['that is no commit', (forge) => forge.put('commit', Buffer.from('tree\n'))],
	['of 2 MiB', (forge) => forge.commit(forge.file('x'), [], {message: 'm'.repeat(2 * 1024 * 1024)})],
];

export const maliciousTrees: readonly MaliciousTree[] = [
	...names.flatMap(([what, name], at): MaliciousTree[] => {
		const [file, folder, link]: MaliciousTree[] = [
			{what: `a file named as ${what}`, tree: (forge) => forge.file(name, payload)},
			{
				what: `a folder named as ${what}`,
				tree: (forge) => forge.nest([name, 'hooks'], forge.file('post-checkout', payload, '100755')),
			},
			{
				what: `a link named as ${what}, below a folder`,
				tree: (forge) => forge.nest(['a'], forge.file(name, '/tmp', '120000')),
			},
		];
		return [[file!], [folder!], [link!]][at % 3]!;
	}),
	...modes.map(([what, mode]) => ({
		what: `a mode ${what}`,
		tree: (forge: Forge) => forge.file('a', 'x', mode),
	})),
	...shapes.map(([what, tree]) => ({what, tree})),
	...records.map(([what, tree]) => ({what, tree})),
	...commits.map(([what, commit]) => ({what: `a commit ${what}`, commit})),
];
