/**
 * Brings a plan to the disk, path by path: verify that the disk holds what is expected, stage the new content in
 * `.pulsync/tmp`, make it durable, let it take its place, make the names durable, and only then report it done. At any
 * crash each path is old or new; nothing is written through a link, outside the root, or into `.git` and `.pulsync`.
 *
 * Removals come first, then contents in batches; the folders that were emptied go last.
 */
import {lstatSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {type Content, parseContent, type Path} from '../protocol/content.js';
import {findPathFault} from '../protocol/path-name.js';
import {batchesOf} from './apply-batch.js';
import {type Skip, skipFor} from './apply-problem.js';
import {isCaseBlind} from './case-blind.js';
import {type DiskEntry, type DiskStat, isSameStat, isSettledStat, lookAt} from './disk-entry.js';
import {syncFolder} from './durable.js';
import {findLinkFault, maxLinkBytes} from './link-target.js';
import {Publisher} from './publish-step.js';
import {type Publication, type Published, settleKept} from './replace-file.js';
import {type BlobSource, type StagedFile, stageFile} from './stage-file.js';
import {forEachOf} from './some-at-once.js';
import {TimeSlice} from './time-slice.js';
import {type Verdict, verifyStep} from './verify-step.js';

export type ApplyStep = {
	readonly path: Path;
	/** What the disk is believed to hold. */
	readonly expect: Content;
	/** The stat it had then; spares reading the file. */
	readonly expectStat?: DiskStat;
	readonly write: Content;
};

export type StepResult =
	| {
			readonly path: Path;
			readonly outcome: 'done';
			/** Of what stands there now; none for nothing. */ readonly stat?: DiskStat;
	  }
	| ({readonly path: Path; readonly outcome: 'skipped'} & Skip)
	/** Somebody saved in that instant: `found` is their file's absolute place in `.pulsync/tmp`, ours has the name. */
	| {readonly path: Path; readonly outcome: 'raced'; readonly found: string};

export type ApplyOptions = BlobSource & {
	readonly root: string;
	/** Absolute path of `.pulsync`. */
	readonly folder: string;
	readonly steps: readonly ApplyStep[];
	readonly signal?: AbortSignal;
	readonly onProgress?: (progress: {done: number; total: number; path: Path}) => void;
};

/** Files that are staged, or folders that are synced, at the same time. */
const maxStepsAtOnce = 16;

/**
 * Yields one result a step. Throws Failure `disk_full` (what was done has been yielded, temporary files are gone) or the
 * signal's reason. Whoever stops reading leaves the rest of the plan undone.
 */
export async function* applySteps(options: ApplyOptions): AsyncGenerator<StepResult, void> {
	const run = new ApplyRun(options);
	try {
		for await (const batch of batchesOf(options.steps, options)) {
			options.signal?.throwIfAborted();
			let failure: {error: unknown} | undefined;
			await run.apply(batch).catch((error: unknown) => {
				failure = {error};
			});
			yield* await run.settled(failure !== undefined);
			if (failure) throw failure.error;
		}
		await run.removeEmptied();
		yield* await run.settled(true);
	} finally {
		await run.end();
	}
}

/** One step on its way: verified, staged, published. */
type Work = {
	readonly step: ApplyStep;
	old?: DiskEntry;
	publication?: Publication;
	staged?: StagedFile;
	result?: Published;
};

class ApplyRun {
	readonly #options: ApplyOptions;
	readonly #publisher: Publisher;
	readonly #slice: TimeSlice;
	/** Published or given up, and not yet reported. The newest batch waits here while the next one is staged. */
	#waiting: Work[][] = [];
	#counter = 0;
	#done = 0;

	constructor(options: ApplyOptions) {
		this.#options = options;
		mkdirSync(join(options.folder, 'tmp'), {recursive: true, mode: 0o700});
		this.#publisher = new Publisher({root: options.root, caseBlind: isCaseBlind(options.folder)});
		this.#slice = new TimeSlice(options.signal);
	}

	/** Stages and publishes one batch. */
	async apply(steps: readonly ApplyStep[]): Promise<void> {
		const batch: Work[] = steps.map((step) => ({step}));
		try {
			await forEachOf(batch, maxStepsAtOnce, (work) => this.#prepare(work));
			await forEachOf(batch, maxStepsAtOnce, (work) => this.#sync(work));
			for (const work of batch) {
				this.#publish(work);
				if (this.#slice.isOver()) await this.#slice.giveWay();
			}
			await this.#syncFolders();
		} finally {
			this.#waiting.push(batch);
			for (const work of batch) if (work.result?.kind !== 'done') await work.staged?.discard();
		}
	}

	/**
	 * Results of the batches whose kept files had time to show a late save: all but the newest, or all. A stat is handed
	 * out only when it is old enough to be trusted later.
	 */
	async settled(all: boolean): Promise<StepResult[]> {
		const batches = this.#waiting.splice(0, all ? this.#waiting.length : this.#waiting.length - 1);
		const results: StepResult[] = [];
		for (const batch of batches) {
			await waitUntilSettled(batch);
			for (const work of batch) {
				const result = this.#settle(work);
				if (result) results.push(result);
			}
		}
		return results;
	}

	async removeEmptied(): Promise<void> {
		this.#publisher.removeEmptied();
		await this.#syncFolders();
	}

	/** Lets go of everything temporary, however the run ended. */
	async end(): Promise<void> {
		for (const work of this.#waiting.flat()) this.#settle(work);
		this.#waiting = [];
	}

	async #prepare(work: Work): Promise<void> {
		const {root, signal} = this.#options;
		try {
			const fault = faultOf(work.step);
			if (fault) return void (work.result = {kind: 'skip', skip: fault});
			const verdict = await verifyStep(root, work.step, signal);
			if (this.#isDecided(work, verdict)) return;
			const skip = await this.#stage(work);
			if (skip) work.result = {kind: 'skip', skip};
		} catch (error) {
			work.result = {kind: 'skip', skip: skipFor(error)};
		}
	}

	#isDecided(work: Work, verdict: Verdict): boolean {
		if (verdict.kind === 'skip') work.result = verdict;
		else if (verdict.kind === 'already') work.result = {kind: 'done', entry: verdict.entry};
		else work.old = verdict.entry;
		return verdict.kind !== 'expected';
	}

	/** Decides what is to be published and stages it; a link's text is judged before anything is made of it. */
	async #stage(work: Work): Promise<Skip | undefined> {
		const {step, old} = work;
		const write = parseContent(step.write);
		if (!write) {
			work.publication = {kind: 'nothing'};
			return undefined;
		}
		const executable = write.mode === '100755';
		if (write.mode === '120000') {
			const bytes = await this.#options.blobBytes(write.oid);
			if (bytes > maxLinkBytes) return leavesRoot;
			const target = Buffer.from(await this.#options.readBlob(write.oid)).toString('utf8');
			if (findLinkFault(step.path, target)) return leavesRoot;
			work.publication = {kind: 'symlink', target, staged: this.#spareName()};
		} else if (old?.kind === 'file' && parseContent(step.expect)?.oid === write.oid) {
			work.publication = {kind: 'chmod', executable};
		} else {
			const like = old?.kind === 'file' ? ownershipOf(join(this.#options.root, step.path)) : undefined;
			const path = this.#spareName();
			const {signal} = this.#options;
			work.staged = await stageFile({path, oid: write.oid, executable, like, source: this.#options, signal});
			work.publication = {kind: 'file', staged: path};
		}
		return undefined;
	}

	async #sync(work: Work): Promise<void> {
		try {
			await work.staged?.sync();
		} catch (error) {
			work.result = {kind: 'skip', skip: skipFor(error)};
		}
	}

	#publish(work: Work): void {
		if (work.result || !work.publication) return;
		const {path} = work.step;
		try {
			work.result = this.#publisher.publish(path, work.publication, work.old, this.#spareName());
		} catch (error) {
			work.result = {kind: 'skip', skip: skipFor(error)};
		}
		this.#done++;
		this.#options.onProgress?.({done: this.#done, total: this.#options.steps.length, path});
	}

	#settle(work: Work): StepResult | undefined {
		const {path} = work.step;
		let {result} = work;
		if (!result) return undefined;
		if (result.kind === 'done' && result.kept) {
			result = settleKept(result.kept, join(this.#options.root, path), result.entry) ?? result;
		}
		work.result = undefined;
		switch (result.kind) {
			case 'done':
				return {
					path,
					outcome: 'done',
					stat: result.entry && newestStat(this.#options.root, path, result.entry),
				};
			case 'skip':
				return {path, outcome: 'skipped', ...result.skip};
			case 'raced':
				return {path, outcome: 'raced', found: result.found};
		}
	}

	async #syncFolders(): Promise<void> {
		await forEachOf(this.#publisher.takeTouched(), maxStepsAtOnce, syncFolder);
	}

	#spareName(): string {
		return join(this.#options.folder, 'tmp', `apply-${process.pid}-${++applyNumber}-${++this.#counter}`);
	}
}

let applyNumber = 0;
const leavesRoot: Skip = {reason: 'problem', code: 'link_leaves_root'};

/** Longer than the window in which a change may leave no trace in a file's times. */
const settleMs = 25;

/** Paths that no plan may touch, whoever made it. */
function faultOf({path}: ApplyStep): Skip | undefined {
	const fault = findPathFault(path);
	if (!fault) return undefined;
	return {reason: 'problem', code: fault};
}

function ownershipOf(path: string): {permissions: number; uid: number; gid: number} | undefined {
	const stats = lstatSync(path, {throwIfNoEntry: false});
	return stats && {permissions: stats.mode & 0o777, uid: stats.uid, gid: stats.gid};
}

/** The stat of what was published, looked at again so that it can be trusted later; the first one if it changed since. */
function newestStat(root: string, path: Path, entry: DiskEntry): DiskStat {
	if (isSettledStat(entry)) return entry;
	const look = lookAt(join(root, path));
	return look.kind === 'entry' && isSameStat(look.entry, entry) ? look.entry : entry;
}

async function waitUntilSettled(batch: readonly Work[]): Promise<void> {
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
