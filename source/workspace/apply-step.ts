/**
 * Brings a plan to the disk, path by path: verify that the disk holds what is expected, stage the new content in
 * `.pulsync/tmp`, make it durable, let it take its place, make the names durable, and only then report it done. At any
 * crash each path is old or new; nothing is written through a link, outside the root, or into `.git` and `.pulsync`.
 *
 * Removals come first, then contents in batches, of which one is staged while the one before it is published; the folders
 * that were emptied go last.
 */
import {join} from 'node:path';
import {absent, type Path} from '../protocol/content.js';
import {batchesOf} from './apply-batch.js';
import {skipFor} from './apply-problem.js';
import {isCaseBlind} from './case-blind.js';
import {makeFolderIn, syncAndClose, syncFolder} from './durable.js';
import {nameToKeep} from './kept-files.js';
import {Preparer} from './prepare-step.js';
import {Publisher} from './publish-step.js';
import {type FolderLooks} from './safe-path.js';
import {isSettled, settleWork, waitUntilSettled} from './settle-step.js';
import {forEachOf} from './some-at-once.js';
import {type BlobSource} from './stage-file.js';
import {type ApplyStep, type StepResult, type Work} from './step-work.js';
import {TimeSlice} from './time-slice.js';

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
/** Batches that are published while the first of them settles: what they replaced is kept for so long. */
const maxWaitingBatches = 8;

/**
 * Yields one result a step. Throws Failure `disk_full` or the signal's reason: what was done has been yielded, temporary files
 * are gone. Whoever stops reading leaves the rest of the plan undone.
 */
export async function* applySteps(options: ApplyOptions): AsyncGenerator<StepResult, void> {
	await makeFolderIn(join(options.folder, 'tmp'));
	const run = new ApplyRun(options);
	try {
		let ahead: Promise<readonly Work[]> | undefined;
		for await (const steps of batchesOf(options.steps, options)) {
			options.signal?.throwIfAborted();
			const staging = run.stage(steps);
			staging.catch(() => undefined); // awaited with its turn, or not at all after an error
			if (ahead) await run.publish(await ahead);
			ahead = staging;
			// What is removed makes room: nothing that comes after is looked at before.
			if (steps[0]?.write === absent) {
				await run.publish(await staging);
				ahead = undefined;
			}
			yield* await run.settled(false);
		}
		if (ahead) await run.publish(await ahead);
		run.removeEmptied();
		yield* await run.settled(true);
	} catch (error) {
		yield* await run.settled(true);
		throw error;
	} finally {
		await run.end();
	}
}

/** Steps that were published together; `durable` is when their names are. */
type Batch = {readonly works: readonly Work[]; readonly durable: Promise<void>};

class ApplyRun {
	readonly #options: ApplyOptions;
	readonly #preparer: Preparer;
	readonly #publisher: Publisher;
	readonly #slice: TimeSlice;
	/** Being staged, or staged and not yet published. */
	readonly #staged = new Map<readonly Work[], Promise<void>>();
	/** Published or given up, and not yet reported. Batches wait here while the next ones are staged. */
	#waiting: Batch[] = [];
	#done = 0;

	constructor(options: ApplyOptions) {
		this.#options = options;
		const {root, signal} = options;
		const caseBlind = isCaseBlind(options.folder);
		const spareName = () => this.#spareName();
		this.#preparer = new Preparer({root, caseBlind, source: options, spareName, signal});
		this.#publisher = new Publisher({root, caseBlind});
		this.#slice = new TimeSlice(signal);
	}

	/** Makes one batch ready to be published, durably. */
	async stage(steps: readonly ApplyStep[]): Promise<readonly Work[]> {
		const works: Work[] = steps.map((step) => ({step}));
		const staging = this.#stage(works);
		this.#staged.set(works, staging);
		await staging;
		return works;
	}

	/** Publishes one batch. The names become durable while the next one is published. */
	async publish(works: readonly Work[]): Promise<void> {
		// What stands there already may have been put there by a run that ended before the name was durable.
		for (const {step, result} of works) if (result?.kind === 'done') this.#publisher.noteTouched(step.path);
		try {
			for (const work of works) {
				this.#publish(work);
				if (this.#slice.isOver()) await this.#slice.giveWay();
			}
		} finally {
			this.#staged.delete(works);
			this.#waiting.push({works, durable: this.#syncFolders()});
			await discard(works);
		}
	}

	/**
	 * Results of the batches whose names are durable and whose kept files had time to show a late save: those that had it
	 * by now, or all. A stat is handed out only when it is old enough to be trusted later.
	 */
	async settled(all: boolean): Promise<StepResult[]> {
		const results: StepResult[] = [];
		for (let batch = this.#waiting[0]; batch; batch = this.#waiting[0]) {
			const {works, durable} = batch;
			const mayWait = all || this.#waiting.length > maxWaitingBatches;
			if (!mayWait && !isSettled(works)) break;
			await durable;
			await waitUntilSettled(works);
			this.#waiting.shift();
			for (const work of works) {
				const result = await settleWork(this.#options.root, work);
				if (result) results.push(result);
			}
		}
		return results;
	}

	removeEmptied(): void {
		this.#publisher.removeEmptied();
		this.#waiting.push({works: [], durable: this.#syncFolders()});
	}

	/** Lets go of everything temporary, however the run ended. */
	async end(): Promise<void> {
		for (const [works, staging] of this.#staged) {
			await staging.catch(() => undefined); // thrown where it was waited for
			await discard(works);
		}
		for (const {works} of this.#waiting) for (const work of works) await settleWork(this.#options.root, work);
		this.#waiting = [];
	}

	async #stage(works: readonly Work[]): Promise<void> {
		const looks: FolderLooks = new Map();
		await forEachOf(works, maxStepsAtOnce, (work) => this.#preparer.prepare(work, looks));
		// All at once: the disk makes many durable in the time of one.
		await Promise.all(works.map((work) => this.#sync(work)));
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
			work.result = this.#publisher.publish(path, work.publication, work.old, this.#nameToKeep(work));
		} catch (error) {
			work.result = {kind: 'skip', skip: skipFor(error)};
		}
		this.#done++;
		this.#options.onProgress?.({done: this.#done, total: this.#options.steps.length, path});
	}

	/** Rejects when it is awaited, which may be later. */
	#syncFolders(): Promise<void> {
		const files = this.#publisher.takeChanged().map(syncAndClose);
		const folders = forEachOf(this.#publisher.takeTouched(), maxStepsAtOnce, syncFolder);
		const synced = Promise.all([folders, ...files]).then(() => undefined);
		synced.catch(() => undefined);
		return synced;
	}

	#spareName(): string {
		return this.#inTmp(`apply-${process.pid}-${++nameNumber}`);
	}

	/** Where what stands there now is kept for a moment. */
	#nameToKeep({step, old}: Work): string {
		return old ? this.#inTmp(nameToKeep(step.path, old, ++nameNumber)) : this.#spareName();
	}

	#inTmp(name: string): string {
		return join(this.#options.folder, 'tmp', name);
	}
}

async function discard(works: readonly Work[]): Promise<void> {
	for (const work of works) if (work.result?.kind !== 'done') await work.staged?.discard();
}

/** Of all runs in this process, so that no two names are the same. */
let nameNumber = 0;
