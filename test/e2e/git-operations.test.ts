/**
 * A person works with their own git while the session runs: no command of theirs meets a lock of ours, each one that changes
 * the files goes out as one snapshot when it is over, and their repository is changed by nobody but them. PULSYNC_TEST_FILES
 * sets how many files a checkout changes.
 */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees, describeTree} from '../helpers/compare-trees.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

const files = Number(process.env.PULSYNC_TEST_FILES ?? 800);

class Repository {
	readonly #folder: string;

	constructor(folder: string) {
		this.#folder = folder;
	}

	run(...args: string[]): {code: number | null; stderr: string} {
		const {status, stderr} = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
			cwd: this.#folder,
			encoding: 'utf8',
			env: {PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_EDITOR: 'true'},
		});
		return {code: status, stderr};
	}

	/** Throws where git fails. */
	do(...args: string[]): void {
		const {code, stderr} = this.run(...args);
		if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
	}
}

function write(folder: string, count: number, text: string): void {
	for (let at = 0; at < count; at++) {
		const file = path.join(folder, `part-${at % 50}`, `${at}.txt`);
		mkdirSync(path.dirname(file), {recursive: true});
		writeFileSync(file, `${text} ${at}\n`);
	}
}

/** What both peers say of changes from here on, once they are at rest. */
async function changesAfter(
	[ada, bob]: readonly [PeerProcess, PeerProcess],
	work: () => void,
): Promise<{
	snapshots: {paths: number; branch?: string}[];
	applied: {paths: number; branch?: string}[];
	tookMs: number;
}> {
	const [seenAda, seenBob] = [ada.events.length, bob.events.length];
	const startedAt = Date.now();
	work();
	const doneAt = Date.now();
	await settle([ada, bob], 120_000);
	return {
		snapshots: ada.events.slice(seenAda).flatMap((event) => (event.event === 'snapshot' ? [event] : [])),
		applied: bob.events.slice(seenBob).flatMap((event) => (event.event === 'applied' ? [event] : [])),
		tookMs: Date.now() - Math.min(startedAt, doneAt),
	};
}

test.serial(
	'a checkout of many files is one snapshot and one line here and there, and so is the way back',
	async (t) => {
		const lab = new Lab(t);
		const folder = lab.path('ada');
		const git = new Repository(folder);
		git.do('init', '-q', '-b', 'main');
		write(folder, files, 'main');
		git.do('add', '.');
		git.do('commit', '-qm', 'main');
		git.do('checkout', '-qb', 'feature');
		write(folder, files, 'feature');
		git.do('commit', '-qam', 'feature');
		git.do('checkout', '-q', 'main');
		const ada = await lab.host('ada');
		const bob = await lab.join('bob', ada.invite);
		await settle([ada, bob], 120_000);
		for (const branch of ['feature', 'main']) {
			const {snapshots, applied, tookMs} = await changesAfter([ada, bob], () =>
				git.do('checkout', '-q', branch),
			);
			t.log(`${branch}: ${tookMs} ms`);
			t.like(snapshots, [{paths: files, branch}]);
			t.is(snapshots.length, 1);
			t.like(applied, [{paths: files, branch}]);
			t.is(applied.length, 1);
			t.true(tookMs < 60_000, `${tookMs} ms`);
		}
		t.deepEqual(compareTrees(ada.folder, bob.folder), []);
	},
);

test.serial('merges, rebases, picks and gc while the session runs', async (t) => {
	const lab = new Lab(t);
	const folder = lab.path('ada');
	const git = new Repository(folder);
	git.do('init', '-q', '-b', 'main');
	write(folder, 200, 'first');
	git.do('add', '.');
	git.do('commit', '-qm', 'first');
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	const pair = [ada, bob] as const;
	await settle(pair);
	const commit = (name: string, text: string) => {
		writeFileSync(path.join(folder, name), text);
		git.do('add', name);
		git.do('commit', '-qm', text);
	};
	git.do('checkout', '-qb', 'side');
	for (let at = 0; at < 5; at++) commit(`side-${at}.txt`, `side ${at}`);
	commit('both.txt', 'side\n');
	git.do('checkout', '-q', 'main');
	for (let at = 0; at < 5; at++) commit(`main-${at}.txt`, `main ${at}`);
	commit('both.txt', 'main\n');
	await settle(pair);

	// A merge that stops is held until it is settled, whatever is saved meanwhile.
	const seen = ada.events.length;
	t.is(git.run('merge', '-q', 'side').code, 1);
	await waitUntil('it is held', async () => (await ada.status()).state === 'held');
	writeFileSync(path.join(folder, 'both.txt'), 'half\n');
	writeFileSync(path.join(bob.folder, 'by-bob.txt'), 'bob\n');
	await bob.waitFor('snapshot', undefined, {from: bob.events.length - 1});
	t.deepEqual(
		ada.events.slice(seen).filter(({event}) => event === 'snapshot' || event === 'applied'),
		[],
	);
	writeFileSync(path.join(folder, 'both.txt'), 'merged\n');
	git.do('add', 'both.txt');
	git.do('commit', '-qm', 'merged');
	await settle(pair);
	t.is(readFileSync(path.join(bob.folder, 'both.txt'), 'utf8'), 'merged\n');
	t.is(ada.events.slice(seen).filter(({event}) => event === 'snapshot').length, 1);

	git.do('checkout', '-qb', 'rebased', 'side');
	await settle(pair);
	const rebase = await changesAfter(pair, () => git.run('rebase', '-X', 'theirs', 'main~1'));
	t.true(rebase.snapshots.length <= 1, JSON.stringify(rebase.snapshots));
	const reset = await changesAfter(pair, () => git.do('reset', '-q', '--hard', 'main'));
	t.true(reset.snapshots.length <= 1);
	git.do('checkout', '-q', 'main');
	git.do('gc', '-q', '--prune=now');
	await settle(pair);
	t.deepEqual(compareTrees(ada.folder, bob.folder), []);
	t.deepEqual((await ada.status()).conflicts, []);
});

test.serial(
	'no command of the person’s meets a lock of ours, and nothing of ours touches their repository',
	async (t) => {
		const lab = new Lab(t);
		const folder = lab.path('ada');
		const git = new Repository(folder);
		git.do('init', '-q', '-b', 'main');
		write(folder, 300, 'first');
		git.do('add', '.');
		git.do('commit', '-qm', 'first');
		const ada = await lab.host('ada');
		const bob = await lab.join('bob', ada.invite);
		const pair = [ada, bob] as const;
		await settle(pair);
		const before = describeTree(path.join(folder, '.git'));
		for (let round = 0; round < 5; round++) {
			write(bob.folder, 100, `bob ${round}`);
			writeFileSync(path.join(folder, 'by-ada.txt'), `${round}\n`);
			await settle(pair);
		}
		t.deepEqual(describeTree(path.join(folder, '.git')), before, 'the sessions only read it');

		let stop = false;
		const bobWorks = (async () => {
			for (let round = 0; !stop; round++) {
				write(bob.folder, 20, `bob again ${round}`);
				await new Promise((resolve) => setTimeout(resolve, 30));
			}
		})();
		const failed: string[] = [];
		for (let round = 0; round < 25; round++) {
			writeFileSync(path.join(folder, 'mine.txt'), `${round}\n`);
			for (const args of [
				['add', '-A'],
				['status', '--porcelain'],
				['commit', '-qm', `${round}`],
				['stash', '-q'],
				['gc', '-q', '--prune=now'],
			]) {
				if (args[0] === 'gc' && round % 10 !== 0) continue;
				const {code, stderr} = git.run(...args);
				if (code !== 0 && !/nothing to commit/.test(stderr) && args[0] !== 'commit')
					failed.push(`${args.join(' ')}: ${stderr}`);
				if (/lock/i.test(stderr)) failed.push(stderr);
			}
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
		stop = true;
		await bobWorks;
		t.deepEqual(failed, []);
		execFileSync('git', ['fsck', '--full'], {cwd: folder, stdio: 'pipe'});
		await settle(pair, 90_000);
		t.is(ada.stderr, '');
	},
);
