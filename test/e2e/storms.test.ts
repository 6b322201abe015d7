/**
 * Very many files change at once: it is caught up with in a few snapshots, and what is ignored costs next to nothing.
 * PULSYNC_TEST_STORM_FILES sets how many (default 1000; `npm run soak -- storms` takes 20,000).
 */
import {mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, type PeerProcess, settle} from '../helpers/peer-process.js';

const count = Number(process.env.PULSYNC_TEST_STORM_FILES ?? 1000);
/** What is promised for 20,000 files. */
const caughtUpWithinMs = 60_000;
const ticksPerSecond = 100;

/** Processor time of a process so far. */
function processorMs({pid}: PeerProcess): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000;
}

function writeMany(folder: string, files: number): void {
	for (let at = 0; at < files; at++) {
		const place = path.join(folder, `package-${at % 100}`, `lib-${at % 7}`);
		mkdirSync(place, {recursive: true});
		writeFileSync(path.join(place, `${at}.js`), `export default ${at};\n`);
	}
}

const snapshots = (peer: PeerProcess, from: number) =>
	peer.events.slice(from).filter(({event}) => event === 'snapshot').length;

test('files renamed at once, each by itself and with their folders', async (t) => {
	const lab = new Lab(t);
	t.timeout(600_000);
	writeMany(path.join(lab.path('ada'), 'code'), count);
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob], 240_000);
	const from = ada.events.length;
	const startedAt = Date.now();
	for (const folder of readdirSync(path.join(ada.folder, 'code'))) {
		const at = path.join(ada.folder, 'code', folder);
		if (Number(folder.split('-')[1]) % 2 === 0)
			renameSync(at, path.join(ada.folder, 'code', `moved-${folder}`));
		else
			for (const entry of readdirSync(at, {recursive: true, withFileTypes: true}))
				if (entry.isFile()) {
					const file = path.join(entry.parentPath, entry.name);
					renameSync(file, `${file}.renamed`);
				}
	}
	await settle([ada, bob], 240_000);
	const tookMs = Date.now() - startedAt;
	t.log(`${count} files: ${tookMs} ms, ${snapshots(ada, from)} snapshots`);
	t.true(snapshots(ada, from) <= 3);
	t.deepEqual(
		ada.events.slice(from).filter(({event}) => event === 'halted'),
		[],
	);
	t.true(tookMs <= caughtUpWithinMs, `${tookMs} ms`);
	t.deepEqual(compareTrees(ada.folder, bob.folder), []);
});

test('files written where they are ignored', async (t) => {
	const lab = new Lab(t);
	t.timeout(600_000);
	writeFileSync(path.join(lab.path('ada'), '.gitignore'), 'node_modules/\n');
	writeFileSync(path.join(lab.path('ada'), 'a.txt'), 'a\n');
	const ada = await lab.host('ada');
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	const from = ada.events.length;
	const before = processorMs(ada);
	const files = Math.ceil(count * 1.5);
	writeMany(path.join(ada.folder, 'node_modules'), files);
	writeFileSync(path.join(ada.folder, 'a.txt'), 'b\n');
	const savedAt = Date.now();
	await settle([ada, bob]);
	const tookMs = Date.now() - savedAt;
	const usedMs = processorMs(ada) - before;
	t.log(
		`${files} ignored files: ${Math.round(usedMs)} ms of the processor, a save beside them is there after ${tookMs} ms`,
	);
	t.is(snapshots(ada, from), 1);
	// A second for what is saved beside them, and less than a tenth of a millisecond for each.
	t.true(usedMs < 1500 + files * 0.1, `${usedMs} ms of the processor`);
});
