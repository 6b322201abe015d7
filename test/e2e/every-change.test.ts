/** Whatever a person can do to a file arrives on the other peers, exactly. */
import {
	appendFileSync,
	chmodSync,
	mkdirSync,
	readdirSync,
	renameSync,
	rmSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {seededRandom} from '../helpers/random.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';

type Change = readonly [what: string, change: (at: (name: string) => string) => void];

const bigBytes = 100 * 1024 * 1024;

const prepared: readonly Change[] = [
	[
		'files to work on',
		(at) => {
			for (const name of ['edit', 'delete', 'rename', 'chmod', 'swap', 'unlink', 'grow'])
				writeFileSync(at(name), `${name}\n`);
			for (const name of ['folder/one', 'folder/two', 'becomes-file/inner/deep']) {
				mkdirSync(path.dirname(at(name)), {recursive: true});
				writeFileSync(at(name), name);
			}
			writeFileSync(at('becomes-folder'), 'a file');
			symlinkSync('edit', at('link'));
		},
	],
];

const changes: readonly Change[] = [
	['a new file', (at) => writeFileSync(at('new'), 'new\n')],
	['an edit', (at) => appendFileSync(at('edit'), 'more\n')],
	['a deletion', (at) => rmSync(at('delete'))],
	['a renamed file', (at) => renameSync(at('rename'), at('renamed'))],
	['a renamed folder', (at) => renameSync(at('folder'), at('other-folder'))],
	['an exec bit', (at) => chmodSync(at('chmod'), 0o755)],
	['a new link', (at) => symlinkSync('other-folder/one', at('new-link'))],
	['a link to nowhere', (at) => symlinkSync('nowhere', at('dangling'))],
	[
		'a link that points elsewhere',
		(at) => {
			unlinkSync(at('link'));
			symlinkSync('new', at('link'));
		},
	],
	[
		'a file that becomes a link',
		(at) => {
			unlinkSync(at('unlink'));
			symlinkSync('edit', at('unlink'));
		},
	],
	[
		'a file that becomes a folder',
		(at) => {
			rmSync(at('becomes-folder'));
			mkdirSync(at('becomes-folder/in'), {recursive: true});
			writeFileSync(at('becomes-folder/in/it'), 'inside');
		},
	],
	[
		'a folder that becomes a file',
		(at) => {
			rmSync(at('becomes-file'), {recursive: true});
			writeFileSync(at('becomes-file'), 'a file now');
		},
	],
	['an empty file', (at) => writeFileSync(at('empty'), '')],
	[
		'a binary of 100 MB',
		(at) => writeFileSync(at('big.bin'), Buffer.alloc(bigBytes, seededRandom(7).bytes(1_000_003))),
	],
	[
		'a file saved the way editors do',
		(at) => {
			writeFileSync(at('.swap.tmp'), 'swapped\n');
			renameSync(at('.swap.tmp'), at('swap'));
		},
	],
	[
		'odd names',
		(at) => {
			const names = [
				'with space',
				' leading',
				'trailing ',
				"quo'te",
				'dou"ble',
				'back\\slash',
				'new\nline',
				'tab\there',
				'-dash',
				'--all',
				'#hash',
				'!bang',
				'*star',
				'?mark',
				'[set]',
				'$HOME',
				'`id`',
				'%41',
				'émoji 👩‍👩‍👧',
				'nfc-\u00e9',
				'nfd-e\u0301',
				'\u00fcber',
				'..dots',
				'x'.repeat(200),
				'a:b',
				'ends.',
				'CON',
				'con.txt',
			];
			mkdirSync(at('odd'), {recursive: true});
			for (const name of names) writeFileSync(at(`odd/${name}`), name);
			mkdirSync(at('odd/fol\nder 🎈'));
			writeFileSync(at('odd/fol\nder 🎈/inner'), 'inner');
		},
	],
	[
		'many saves of one file in a row',
		(at) => {
			for (let index = 0; index < 50; index++) writeFileSync(at('grow'), `${'line\n'.repeat(index)}end\n`);
		},
	],
];

test('every kind of change on any peer is on the others, exactly', async (t) => {
	const lab = new Lab(t);
	makeProject(lab.path('ada'), smallSize);
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	const eve = await lab.join('eve', ada.invite);
	const peers = [ada, bob, eve];
	await settle(peers);
	for (const author of [ada, bob]) {
		const folder = author === ada ? 'by-host' : 'by-member';
		for (const list of [prepared, changes]) {
			mkdirSync(path.join(author.folder, folder), {recursive: true});
			for (const [, change] of list) change((name) => path.join(author.folder, folder, name));
			await settle(peers, 120_000);
			assertEqual(t, peers);
		}
		t.true(readdirSync(path.join(eve.folder, folder, 'odd')).length > 25);
	}
	const problems = (await Promise.all(peers.map((peer) => peer.status()))).flatMap(
		(status) => status.problems,
	);
	t.deepEqual(problems, []);
});

function assertEqual(
	t: {deepEqual(one: unknown, other: unknown, what?: string): void},
	peers: readonly PeerProcess[],
) {
	for (const {folder} of peers.slice(1)) {
		t.deepEqual(compareTrees(peers[0]!.folder, folder), [], `${peers[0]!.folder} and ${folder}`);
	}
}
