/**
 * What somebody saved in the instant in which the file was replaced. It lies aside in `.pulsync/tmp` until it is a side of a
 * conflict; as long as that does not work it stays there, is tried again, and a person is told where it is.
 */
import {lstat, readdir, rm} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {type ApplyStep} from '../../core/reconcile/plan-apply.js';
import {formatContent, parseContent} from '../../protocol/content.js';
import {errorCode} from '../../workspace/disk-entry.js';
import {keepsModes} from '../../workspace/file-modes.js';
import {racedPrefix} from '../../workspace/kept-files.js';
import {lookAgain} from './look-again.js';
import {addHints, type ProjectState, tellProblem} from './project-state.js';
import {commitDirty} from './take-snapshot.js';

/** Who goes on writing into it is given time. */
const againMs = 2000;

/** Makes sides of conflicts of all that lies aside. Rejects as the store does; nothing is lost then. */
export async function keepRaced(state: ProjectState): Promise<void> {
	for (const [found, step] of [...state.raced]) {
		try {
			if (await keepOne(state, step, found)) continue;
			state.lookAgainSoon(againMs);
			tellAside(state, found, step);
		} catch (error) {
			tellAside(state, found, step);
			throw error;
		}
	}
}

/** Tells of what an earlier run could not keep. */
export async function tellLeftAside(state: ProjectState): Promise<void> {
	const tmp = join(state.folder, 'tmp');
	const names = await readdir(tmp).catch((): string[] => []); // told the next time
	for (const name of names) if (name.startsWith(racedPrefix)) tellAside(state, join(tmp, name));
}

function tellAside(state: ProjectState, found: string, step?: ApplyStep): void {
	tellProblem(state, 'event', 'saved_aside', step?.path, {found: relative(state.root, found)});
}

/** False while somebody writes into it. */
async function keepOne(state: ProjectState, step: ApplyStep, found: string): Promise<boolean> {
	const stat = await lstat(found).catch((error: unknown) => {
		if (errorCode(error) !== 'ENOENT') throw error;
	});
	if (!stat) {
		// A person took it away.
		state.raced.delete(found);
		return true;
	}
	const isExecutable = keepsModes(state.folder)
		? (stat.mode & 0o100) !== 0
		: parseContent(step.expect)?.mode === '100755';
	const mode = stat.isSymbolicLink() ? '120000' : isExecutable ? '100755' : '100644';
	const blob = await state.store.writeBlobFile(found, {mode: mode === '120000' ? 'symlink' : 'file'});
	if (blob === 'changed') return false;
	const disk = formatContent(mode, blob.oid);
	await commitDirty(state, new Map([[step.path, {shown: step.expect, disk}]]));
	// What stands at the path now may be ours or a third save; against `shown`, which stays as it was, either comes out right.
	addHints(state, [step.path]);
	lookAgain(state);
	state.raced.delete(found);
	await rm(found, {force: true});
	tellProblem(state, 'event', 'saved_while_replaced', step.path);
	return true;
}
