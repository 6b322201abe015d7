/** Whether the disk still holds what a step expects to replace. Reads contents only where the stat does not tell. */
import {join} from 'node:path';
import {absent, type Content, parseContent, type Path} from '../protocol/content.js';
import {
	type DiskEntry,
	type DiskStat,
	hasCoarseTimes,
	isJustWritten,
	isKnownContent,
	lookAt,
	settleMs,
} from './disk-entry.js';
import {type Skip} from './apply-problem.js';
import {withModeThatCounts} from './file-modes.js';
import {hashEntry} from './hash-file.js';
import {pulsyncFolderOf} from './project-files.js';
import {findObstacle, type FolderLooks} from './safe-path.js';

export type Verdict =
	/** Go on; `entry` is what stands there and is to be replaced, undefined for nothing. */
	| {readonly kind: 'expected'; readonly entry?: DiskEntry}
	/** The disk holds what the step would write. */
	| {readonly kind: 'already'; readonly entry?: DiskEntry}
	| {readonly kind: 'skip'; readonly skip: Skip};

type Step = {path: Path; expect: Content; expectStat?: DiskStat; write: Content};

/**
 * Looks again where a file was changed so recently that its next change could go unnoticed. `looks` remembers for the steps of
 * one batch what their folders were: what is published is judged once more, without it.
 */
export async function verifyStep(
	root: string,
	step: Step,
	{signal, looks}: {signal?: AbortSignal; looks?: FolderLooks} = {},
): Promise<Verdict> {
	const first = await verifyOnce(root, step, signal, looks);
	if (!mayChangeUnseen(first)) return first;
	// Not waited for: the step comes again.
	if (first.kind === 'expected' && first.entry && hasCoarseTimes(first.entry)) return skip('changed');
	await new Promise((resolve) => setTimeout(resolve, settleMs));
	const second = await verifyOnce(root, step, signal);
	return mayChangeUnseen(second) ? skip('changed') : second;
}

function mayChangeUnseen(verdict: Verdict): boolean {
	return verdict.kind === 'expected' && verdict.entry !== undefined && isJustWritten(verdict.entry);
}

async function verifyOnce(
	root: string,
	step: Step,
	signal?: AbortSignal,
	looks?: FolderLooks,
): Promise<Verdict> {
	const {path, expect, write} = step;
	const obstacle = findObstacle(root, path, looks);
	// Beyond a file or a link there is nothing of ours: nothing to remove, and no place to write.
	if (obstacle && obstacle.kind !== 'absent' && write !== absent) return skip('blocked');
	if (obstacle?.kind === 'unreadable') return notReadable();
	const look = obstacle ? ({kind: 'absent'} as const) : lookAt(join(root, path));
	switch (look.kind) {
		case 'absent':
			if (expect === absent) return {kind: 'expected'};
			return write === absent ? {kind: 'already'} : skip('changed');
		case 'folder':
			// A folder that the plan itself empties makes room for a file; whether it does shows when it is written.
			if (write === absent) return {kind: 'already'};
			return expect === absent ? {kind: 'expected'} : skip('blocked');
		case 'special':
			return skip('blocked');
		case 'unreadable':
			return notReadable(look.code);
		case 'entry':
			break;
	}
	const known = expect === absent ? write : expect;
	const entry = withModeThatCounts(pulsyncFolderOf(root), look.entry, known);
	if (expect !== absent && isKnownContent(entry, {content: expect, stat: step.expectStat})) {
		return {kind: 'expected', entry};
	}
	if (!couldBe(entry, expect) && !couldBe(entry, write)) return skip('changed');
	const content = await hashEntry(root, path, entry, signal);
	if (content === expect) return {kind: 'expected', entry};
	return content === write ? {kind: 'already', entry} : skip('changed');
}

/** False where kind or mode already rule it out, so that nothing has to be read. */
function couldBe(entry: DiskEntry, content: Content): boolean {
	return parseContent(content)?.mode === entry.mode;
}

function notReadable(message?: string): Verdict {
	return {kind: 'skip', skip: {reason: 'problem', code: 'not_readable', message}};
}

function skip(reason: 'changed' | 'blocked'): Verdict {
	return {kind: 'skip', skip: {reason}};
}
