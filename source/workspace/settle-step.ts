/**
 * The end of a step: the file that was replaced had time to show a late save, and the stat of the one that took its place
 * is old enough to be trusted later.
 */
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {type DiskEntry, type DiskStat, isSameStat, isSettledStat, lookAt} from './disk-entry.js';
import {settleKept} from './replace-file.js';
import {type StepResult, type Work} from './step-work.js';

/** Longer than the window in which a change may leave no trace in a file's times. */
const settleMs = 25;

/** Resolves when what was published is old enough that its stat can be trusted later. */
export async function waitUntilSettled(batch: readonly Work[]): Promise<void> {
	let newest = 0;
	for (const {result} of batch) {
		if (result?.kind === 'done' && result.entry && !isSettledStat(result.entry)) {
			newest = Math.max(newest, result.entry.seenAtMs);
		}
	}
	const waitMs = newest + settleMs - Date.now();
	if (newest > 0 && waitMs > 0)
		await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, settleMs)));
}

/** Looks at a kept file once more and says what became of the step; undefined where that was said before. */
export function settleWork(root: string, work: Work): StepResult | undefined {
	const {path} = work.step;
	let {result} = work;
	if (!result) return undefined;
	if (result.kind === 'done' && result.kept) {
		result = settleKept(result.kept, join(root, path), result.entry) ?? result;
	}
	work.result = undefined;
	switch (result.kind) {
		case 'done':
			return {
				path,
				outcome: 'done',
				stat: result.entry && newestStat(root, path, result.entry),
			};
		case 'skip':
			return {path, outcome: 'skipped', ...result.skip};
		case 'raced':
			return {path, outcome: 'raced', found: result.found};
	}
}

/** The stat of what was published, looked at again so that it can be trusted later; the first one if it changed since. */
function newestStat(root: string, path: Path, entry: DiskEntry): DiskStat {
	if (isSettledStat(entry)) return entry;
	const look = lookAt(join(root, path));
	return look.kind === 'entry' && isSameStat(look.entry, entry) ? look.entry : entry;
}
