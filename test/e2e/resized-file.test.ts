/**
 * A file of 60 MB is cut short and grows 100 times a second while snapshots are taken: nothing crashes or stays locked, other
 * files go on to travel, and what is stored of it was the whole file at some moment. PULSYNC_TEST_SECONDS sets for how long.
 */
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {Lab, settle} from '../helpers/peer-process.js';
import {waitUntil} from '../helpers/wait.js';

const seconds = Number(process.env.PULSYNC_TEST_SECONDS ?? 8);
const bytes = 60 * 1024 * 1024;

test('a large file that is cut short and grows all the time is stored whole or not at all', async (t) => {
	const lab = new Lab(t);
	t.timeout((seconds + 120) * 1000);
	const file = path.join(lab.path('ada'), 'large.bin');
	writeFileSync(file, Buffer.alloc(bytes, 7));
	writeFileSync(path.join(lab.path('ada'), 'small.txt'), '0\n');
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	const before = await settle([ada, bob]);

	const program = path.resolve('dist/test/helpers/resizer-program.js');
	const resizer = spawn(process.execPath, [program, file, `${bytes}`], {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => resizer.kill());
	let said = '';
	resizer.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
	const until = Date.now() + seconds * 1000;
	let slowestMs = 0;
	let saves = 0;
	while (Date.now() < until) {
		const text = `${++saves}\n`;
		const savedAt = performance.now();
		writeFileSync(path.join(ada.folder, 'small.txt'), text);
		await waitUntil(
			'another file arrives',
			() => readFileSync(path.join(bob.folder, 'small.txt'), 'utf8') === text,
		);
		slowestMs = Math.max(slowestMs, performance.now() - savedAt);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	resizer.stdin.end();
	await once(resizer, 'close');
	const {count, size} = JSON.parse(said) as {count: number; size: number};
	const {head} = await settle([ada, bob], 60_000);
	t.true(readFileSync(file).equals(readFileSync(path.join(bob.folder, 'large.bin'))));
	t.is(size, bytes);

	const git = (...args: string[]) =>
		execFileSync('git', ['--git-dir', path.join(ada.folder, '.pulsync/repo.git'), ...args], {
			maxBuffer: 2 * bytes,
		});
	const commits = git('rev-list', `${before.head}..${head}`).toString().trim().split('\n');
	const states = new Set(commits.map((commit) => git('rev-parse', `${commit}:large.bin`).toString().trim()));
	for (const oid of states) {
		const content = git('cat-file', 'blob', oid);
		// The number is written at the beginning first, so at no moment is the one at the end newer.
		const [first, last] = [content.readBigUInt64BE(0), content.readBigUInt64BE(content.length - 8)];
		const isFill = content[0] === 7 || content.at(-1) === 7;
		t.true(isFill || first >= last, `${oid} is of two moments: ${first}, ${last}`);
	}
	t.log(
		`${count} times in ${seconds} s, ${states.size} states stored; ${saves} other saves, the slowest there after ${Math.round(slowestMs)} ms`,
	);
	const files = readdirSync(path.join(ada.folder, '.pulsync'), {recursive: true, encoding: 'utf8'});
	t.deepEqual(
		files.filter((name) => /\.lock$|tmp_|received-|loose-|apply-|kept-/.test(name)),
		[],
	);
	const store = files.reduce((sum, name) => sum + statSync(path.join(ada.folder, '.pulsync', name)).size, 0);
	t.true(store < (states.size + 1) * bytes + 20_000_000, `${store} bytes in the store`);
	t.deepEqual([ada.ended, bob.ended, ada.stderr, bob.stderr], [false, false, '', '']);
});
