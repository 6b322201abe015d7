/**
 * The end of a step: the file that was replaced had time to show a late save, and the stat of the one that took its place
 * is old enough to be trusted later.
 */
import {join} from 'node:path';
import {type DiskEntry, type DiskStat, isSameStat, isSettledStat, lookAt, settleMs} from './disk-entry.js';
import {withModeThatCounts} from './file-modes.js';
import {hashEntry} from './hash-file.js';
import {pulsyncFolderOf} from './project-files.js';
import {settleKept} from './replace-file.js';
import {type ApplyStep, type StepResult, type Work} from './step-work.js';

/** True if what was published is old enough that its stat can be trusted later, and what lost its name had time to show a late save. */
export function isSettled(batch: readonly Work[]): boolean {
	return msUntilSettled(batch) <= 0;
}

/** Resolves when it is. */
export async function waitUntilSettled(batch: readonly Work[]): Promise<void> {
	const waitMs = msUntilSettled(batch);
	if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

function msUntilSettled(batch: readonly Work[]): number {
	let newest = 0;
	for (const {result} of batch) {
		if (result?.kind !== 'done') continue;
		const {entry, kept} = result;
		if (entry && !isSettledStat(entry)) newest = Math.max(newest, entry.seenAtMs);
		if (kept) newest = Math.max(newest, kept.sinceMs);
	}
	return newest > 0 ? Math.min(newest + settleMs - Date.now(), settleMs) : 0;
}

/** Looks at a kept file once more and says what became of the step; undefined where that was said before. */
export async function settleWork(root: string, work: Work): Promise<StepResult | undefined> {
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
				stat: result.entry && (await newestStat(root, work.step, result.entry)),
			};
		case 'skip':
			return {path, outcome: 'skipped', ...result.skip};
		case 'raced':
			return {path, outcome: 'raced', found: result.found};
	}
}

/**
 * The stat of what was published, looked at again so that it can be trusted later; the first one, which cannot, if somebody
 * changed the file since. Its times tell, unless it was written in the same tick in which it got its name: then its content does.
 */
async function newestStat(root: string, {path, write}: ApplyStep, entry: DiskEntry): Promise<DiskStat> {
	if (isSettledStat(entry)) return entry;
	const look = lookAt(join(root, path));
	if (look.kind !== 'entry' || !isSameStat(look.entry, entry)) return entry;
	// Without a trace of what comes next nothing is gained by reading it now.
	if (!isSettledStat(look.entry) || entry.mtimeNs < entry.ctimeNs) return look.entry;
	const counted = withModeThatCounts(pulsyncFolderOf(root), look.entry, write);
	const content = await hashEntry(root, path, counted).catch(() => undefined); // the next scan says what is wrong
	return content === write ? look.entry : entry;
}
