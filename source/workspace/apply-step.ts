/**
 * Brings a plan to the disk, path by path: verify that the disk holds what is expected, stage the new content in
 * `.pulsync/tmp`, make it durable, let it take its place, make the names durable, and only then report it done. At any
 * crash each path is old or new; nothing is written through a link, outside the root, or into `.git` and `.pulsync`.
 *
 * Removals come first, then contents in batches; the folders that were emptied go last.
 */
import {join} from 'node:path';
import {type Path} from '../protocol/content.js';
import {batchesOf} from './apply-batch.js';
import {skipFor} from './apply-problem.js';
import {isCaseBlind} from './case-blind.js';
import {makeFolderIn, syncFolder} from './durable.js';
import {Preparer} from './prepare-step.js';
import {Publisher} from './publish-step.js';
import {settleWork, waitUntilSettled} from './settle-step.js';
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

/**
 * Yields one result a step. Throws Failure `disk_full` or the signal's reason: what was done has been yielded, temporary files
 * are gone. Whoever stops reading leaves the rest of the plan undone.
 */
export async function* applySteps(options: ApplyOptions): AsyncGenerator<StepResult, void> {
	await makeFolderIn(join(options.folder, 'tmp'));
	const run = new ApplyRun(options);
	try {
		for await (const batch of batchesOf(options.steps, options)) {
			options.signal?.throwIfAborted();
			await run.apply(batch);
			yield* await run.settled(false);
		}
		await run.removeEmptied();
		yield* await run.settled(true);
	} catch (error) {
		yield* await run.settled(true);
		throw error;
	} finally {
		await run.end();
	}
}

class ApplyRun {
	readonly #options: ApplyOptions;
	readonly #preparer: Preparer;
	readonly #publisher: Publisher;
	readonly #slice: TimeSlice;
	/** Published or given up, and not yet reported. The newest batch waits here while the next one is staged. */
	#waiting: Work[][] = [];
	#counter = 0;
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

	/** Stages and publishes one batch. */
	async apply(steps: readonly ApplyStep[]): Promise<void> {
		const batch: Work[] = steps.map((step) => ({step}));
		try {
			await forEachOf(batch, maxStepsAtOnce, (work) => this.#preparer.prepare(work));
			// What stands there already may have been put there by a run that ended before the name was durable.
			for (const {step, result} of batch) if (result?.kind === 'done') this.#publisher.noteTouched(step.path);
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
				const result = await settleWork(this.#options.root, work);
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
		for (const work of this.#waiting.flat()) await settleWork(this.#options.root, work);
		this.#waiting = [];
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

	async #syncFolders(): Promise<void> {
		await forEachOf(this.#publisher.takeTouched(), maxStepsAtOnce, syncFolder);
	}

	#spareName(): string {
		return join(this.#options.folder, 'tmp', `apply-${process.pid}-${++applyNumber}-${++this.#counter}`);
	}
}

let applyNumber = 0;
