/**
 * What every operation of a project passes: one at a time, not while the user's own git is in the middle of something or a
 * person paused it, and not after a guard stopped it.
 */
import {failureSentence} from '../../core/text.js';
import {Failure, type FailureCode} from '../../protocol/failure.js';
import {findGitOperation} from '../../workspace/git-operation.js';
import {type ProjectState} from './project-state.js';
import {SerialQueue} from './serial-queue.js';

/** Files are missing that may be brought back. */
const missingFilesCodes: readonly FailureCode[] = ['root_emptied', 'mass_deletion'];

/** What stops everything until a person says how to go on. */
export const guardCodes: ReadonlySet<string> = new Set<FailureCode>([
	'root_missing',
	'root_replaced',
	'other_filesystem',
	...missingFilesCodes,
	'too_many_files',
	'disk_full',
]);

/** A `git status` or `git add` has its lock for no longer, and a save must not wait much for it. */
const briefMs = 100;

export class OperationGate {
	readonly #state: ProjectState;
	readonly #queue = new SerialQueue();
	#paused = false;
	/** What stopped the project. */
	#guard: Failure | undefined;

	constructor(state: ProjectState) {
		this.#state = state;
	}

	get halted(): {readonly code: string; readonly message: string} | undefined {
		const guard = this.#guard;
		return guard && {code: guard.code, message: failureSentence(guard.code, guard.details)};
	}

	/** Runs an operation that changes something; a guard's Failure halts all that come after it. */
	async run<T>(operation: () => Promise<T>): Promise<T> {
		return this.#queue.run(async () => {
			if (this.#guard) throw this.#guard;
			try {
				return await operation();
			} catch (error) {
				if (error instanceof Failure && guardCodes.has(error.code)) this.#guard = error;
				throw error;
			} finally {
				if (!this.#state.signal.aborted) this.#state.callbacks.progress({kind: 'idle'});
			}
		});
	}

	/** Stopped since files are missing. */
	get missesFiles(): boolean {
		return missingFilesCodes.some((code) => code === this.#guard?.code);
	}

	/** Runs what brings missing files back; where it succeeds, nothing is stopped any more. */
	async repair<T>(operation: () => Promise<T>): Promise<T> {
		return this.#queue.run(async () => {
			if (this.#guard && !this.missesFiles) throw this.#guard;
			const result = await operation();
			this.#guard = undefined;
			return result;
		});
	}

	/** Runs a question that needs the others to stand still; also while halted. */
	async read<T>(question: () => Promise<T>): Promise<T> {
		return this.#queue.run(question);
	}

	/** Why nothing may be done now: `paused`, or the user's git operation that is under way. */
	async held(): Promise<string | undefined> {
		if (this.#paused) return 'paused';
		const {user} = this.#state.rules;
		const until = performance.now() + briefMs;
		for (;;) {
			const operation = await findGitOperation(user);
			if (operation !== 'writing' || performance.now() >= until) return operation;
			await new Promise((resolve) => setTimeout(resolve, briefMs / 10));
		}
	}

	pause(): void {
		this.#paused = true;
	}

	/** Ends a pause and what a guard stopped. */
	release(): void {
		this.#paused = false;
		this.#guard = undefined;
	}

	async idle(): Promise<void> {
		await this.#queue.idle();
	}
}
