/**
 * One want as this peer keeps it: what is asked for, what of it is in the store, and the file that says both, so that
 * the next question asks for no more than is missing. The file never promises what is not durable.
 */
import {type Oid} from '../../protocol/content.js';
import {type Arrived, type Stored} from './arrived.js';
import {Intake} from './intake.js';
import {type ObjectStore} from './object-store.js';
import {type Position} from './position.js';
import {removeWantState, type WantState, writeWantState} from './want-state.js';

/** To put the file in the place of the one before takes a disk that is busy milliseconds, for which the sender waits. */
const betweenSavesMs = 100;

/** What is asked of a supplier. */
export type Question = {
	readonly commit: Oid;
	readonly have: Oid[];
	readonly after?: Position;
	readonly history?: boolean;
	readonly deltas?: boolean;
};

export class WantRecord {
	readonly #store: ObjectStore;
	readonly #path: string;
	#state: WantState;
	#intake: Intake;
	/** The end of what was taken last. */
	#ended: Promise<unknown> = Promise.resolve();
	#savedAtMs = -Infinity;
	/** The part that the file names. */
	#savedPart: Oid | undefined;
	/** Set while the file does not say yet what was taken last. */
	#late: NodeJS.Timeout | undefined;
	#isClosed = false;

	private constructor(store: ObjectStore, path: string, state: WantState, intake: Intake) {
		this.#store = store;
		this.#path = path;
		this.#state = state;
		this.#intake = intake;
	}

	/** Goes on where the state says; `path` is the file that keeps it. */
	static async open(store: ObjectStore, path: string, state: WantState): Promise<WantRecord> {
		return new WantRecord(store, path, state, await Intake.open(store, state));
	}

	get question(): Question {
		const {commit, have, history, deltas = true} = this.#state;
		const {position} = this.#intake;
		return {
			commit,
			have: [...have],
			...(position && {after: position}),
			...(history && {history}),
			// Without anything here there is nothing that they could rest on.
			...(deltas && have.length > 0 && {deltas}),
		};
	}

	/** Bytes that were counted as stored and would be lost by a restart. */
	get heldBytes(): number {
		return this.#intake.heldBytes;
	}

	/**
	 * Resolves when the units, and those taken before, are durable; the file says so at most a tenth of a second later, and at once
	 * where it named a part that is whole now: a killed program asks again for no more than came in that time. Rejects with the store's failure or
	 * `hostile_data`, or with what became of those before; then nothing more may be taken. Only segments may overlap.
	 */
	async take(units: readonly Arrived[], from: string): Promise<Stored> {
		const ended = this.#takeAfter(this.#ended, units, from);
		this.#ended = ended;
		return ended;
	}

	async #takeAfter(former: Promise<unknown>, units: readonly Arrived[], from: string): Promise<Stored> {
		const {stored, note} = await this.#intake.admit(units, from);
		await former;
		note();
		await this.#saveSoon();
		return stored;
	}

	async save(): Promise<void> {
		this.#notLate();
		const state = {...this.#state, ...this.#intake.state};
		[this.#savedAtMs, this.#savedPart] = [performance.now(), state.part?.oid];
		await writeWantState(this.#path, state);
	}

	async #saveSoon(): Promise<void> {
		// A later run may have the file by now; what it does not say comes again.
		if (this.#isClosed) return;
		const namesPartOfOld = this.#savedPart !== undefined && this.#savedPart !== this.#intake.state.part?.oid;
		if (namesPartOfOld || performance.now() - this.#savedAtMs >= betweenSavesMs) return this.save();
		// What cannot be written now is said by the next unit that comes.
		this.#late ??= setTimeout(() => void this.save().catch(() => undefined), betweenSavesMs).unref();
	}

	#notLate(): void {
		clearTimeout(this.#late);
		this.#late = undefined;
	}

	/** What was taken last, alone, rested on what is not here: it comes again, and from now on objects are wanted whole. */
	async refuseDeltas(): Promise<void> {
		this.#ended = Promise.resolve();
		this.#intake.forgetBegun();
		this.#state = {...this.#state, deltas: false};
		await this.save();
	}

	/** All of the want is asked for once more; `whole`: as if nothing were here. */
	async startAgain({whole}: {whole: boolean}): Promise<void> {
		await this.#intake.close();
		if (whole) this.#state = {...this.#state, have: []};
		this.#intake = await Intake.open(this.#store, {commit: this.#state.commit, have: []});
	}

	/** It is fulfilled. */
	async remove(): Promise<void> {
		this.#notLate();
		await removeWantState(this.#path);
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		if (this.#late) await this.save().catch(() => undefined); // it costs that some of it is sent again
		await this.#intake.close();
	}
}
