/**
 * Changes of a peer arrive at files while an editor saves them, 50 times a second, in each of three ways of saving, or into files
 * that it opened before the change: not a byte that it saved is lost, unless it came through an old handle later than is looked for.
 * PULSYNC_TEST_APPLIES sets how many arrive (default 60), PULSYNC_TEST_SEED in which order.
 */
import {execFileSync, spawn} from 'node:child_process';
import {readFileSync, renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import test, {type ExecutionContext} from 'ava';
import {hashBytes} from '../../source/workspace/hash-file.js';
import {
	type EditorAnswer,
	type EditorRound,
	heldMs,
	nearMs,
	type WayToSave,
} from '../helpers/editor-program.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {seededRandom} from '../helpers/random.js';
import {waitUntil} from '../helpers/wait.js';

const applies = Number(process.env.PULSYNC_TEST_APPLIES ?? 60);
const seed = Number(process.env.PULSYNC_TEST_SEED ?? Date.now() % 1_000_000);
const periodMs = 20;
const filesAtOnce = 10;
const ways: readonly WayToSave[] = ['held', 'in-place', 'truncate', 'rename'];
const roundDeadlineMs = 60_000;
const startText = ['peer 0', ...Array.from({length: 40}, (_, at) => `line ${at}`), 'editor 0', ''].join('\n');

/** The editor as a process of its own. */
class Editor {
	readonly #child = spawn(process.execPath, [path.resolve('dist/test/helpers/editor-program.js')], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	readonly #answers = createInterface({input: this.#child.stdout})[Symbol.asyncIterator]();

	constructor(t: ExecutionContext) {
		t.teardown(() => this.#child.kill());
	}

	/** Begins to work. */
	begin(round: EditorRound): void {
		this.#child.stdin.write(`${JSON.stringify(round)}\n`);
	}

	/** Lets it come to an end. */
	async end(): Promise<EditorAnswer> {
		this.#child.stdin.write('\n');
		const {value} = (await this.#answers.next()) as {value: string};
		return JSON.parse(value) as EditorAnswer;
	}
}

/** Those of the versions that the peer's store does not have. */
function notStored({folder}: PeerProcess, versions: EditorAnswer['last']): EditorAnswer['last'] {
	const answers = execFileSync(
		'git',
		['--git-dir', path.join(folder, '.pulsync/repo.git'), 'cat-file', '--batch-check'],
		{input: versions.map(([, text]) => `${hashBytes(Buffer.from(text))}\n`).join(''), encoding: 'utf8'},
	).split('\n');
	return versions.filter((_version, at) => !answers[at]?.includes(' blob '));
}

test('an editor loses nothing to changes that arrive while it saves, in whichever way', async (t) => {
	t.log(`seed ${seed}`);
	const random = seededRandom(seed);
	const lab = new Lab(t);
	t.timeout(120_000 + applies * 3500);
	const names = Array.from({length: applies}, (_, at) => `folder-${at % 7}-${at}.txt`);
	for (const name of names) writeFileSync(path.join(lab.path('ada'), name), startText);
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	const editor = new Editor(t);
	const replaced: (readonly [string, string])[] = [];
	const last: (readonly [string, string])[] = [];
	const total = {saves: 0, near: 0, held: 0, late: 0};
	/** Changes that came while the editor saved without holding anything. */
	const unheld: string[] = [];
	for (let at = 0; at < applies; at += filesAtOnce) {
		const round = names.slice(at, at + filesAtOnce);
		const own = round.map((name) => path.join(bob.folder, name)).sort(() => random.next() - 0.5);
		const how = ways[(at / filesAtOnce) % ways.length]!;
		if (how !== 'held') unheld.push(...round);
		const change = `peer ${at + 1}\n`;
		editor.begin({how, files: own, saves: 3 * filesAtOnce, periodMs});
		// They arrive some time into its first saves.
		await new Promise((resolve) => setTimeout(resolve, random.below(60)));
		for (const name of round) {
			const file = path.join(ada.folder, name);
			writeFileSync(`${file}~`, startText.replace(/^peer .*\n/, change));
			renameSync(`${file}~`, file);
		}
		// It goes on until each of them has come to the disk or, where a save was in its way, is a side of a conflict.
		await waitUntil(
			'all changes met the editor',
			() =>
				round.every(
					(name) =>
						readFileSync(path.join(bob.folder, name), 'utf8').startsWith(change) ||
						bob.events.some((event) => event.event === 'conflict' && event.path === name),
				),
			roundDeadlineMs,
		);
		const answer = await editor.end();
		for (const key of ['saves', 'near', 'held', 'late'] as const) total[key] += answer[key];
		t.deepEqual(answer.failed, []);
		replaced.push(...answer.replaced);
		last.push(...answer.last);
	}
	await settle([ada, bob], 60_000 + applies * 200);
	const found = last.map(([file, text]) => [file, text, readFileSync(file, 'utf8')] as const);
	const gone = found.flatMap(([file, text, now]) => (text === now ? [] : [[file, text] as const]));
	const {conflicts} = await bob.status();
	const raced = bob.events.filter((event) => event.event === 'problem');
	const {saves, near, held, late} = total;
	const inTheWay = conflicts.filter((conflict) => unheld.includes(conflict.path)).length;
	t.log(
		`${applies} changes, ${saves} saves: ${replaced.length + gone.length} versions were replaced by somebody, ${conflicts.length} conflicts, ${raced.length} raced`,
	);
	t.log(
		`${unheld.length} while files were saved: ${inTheWay} found a save in their way, ${near} came within ${nearMs} ms of one; ${applies - unheld.length} while files were held: ${held} saves within ${heldMs} ms, ${late} later`,
	);
	t.deepEqual(notStored(bob, [...replaced, ...gone]), [], 'versions that nobody has');
	// Without these the program was not put to the test.
	t.true(inTheWay + near >= unheld.length / 10, 'changes that met a save');
	t.true(held > 0, 'saves into files that a change had just replaced');
	t.is(bob.stderr, '');
});
