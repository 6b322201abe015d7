/**
 * What lies around the work of each kind of operation: the gate, the user's own git that may hold it up, the snapshot of
 * what the disk says that comes first, and the report.
 */
import {type HeadReport} from '../../core/event.js';
import {Failure} from '../../protocol/failure.js';
import {type Oid} from '../../protocol/content.js';
import {applyHead} from './apply-head.js';
import {switchedTo} from './branch-switch.js';
import {integrateCommit} from './integrate.js';
import {type OperationGate} from './operation-gate.js';
import {type DiskWork, type IntegrateResult, type SnapshotOutcome} from './outcome.js';
import {type ProjectState} from './project-state.js';
import {type DeletionRule} from './read-disk.js';
import {type Snapshots} from './snapshots.js';

export class Operations {
	readonly #state: ProjectState;
	readonly #gate: OperationGate;
	readonly #snapshots: Snapshots;

	constructor(state: ProjectState, gate: OperationGate, snapshots: Snapshots) {
		this.#state = state;
		this.#gate = gate;
		this.#snapshots = snapshots;
	}

	/** One that commits what the disk says. */
	async snapshot(operation: () => Promise<DiskWork>): Promise<SnapshotOutcome> {
		return this.#gate.run(async () => {
			const startedAt = performance.now();
			const held = await this.#gate.held();
			if (held !== undefined)
				return {...this.#report(), changed: false, paths: [], applied: [], tookMs: 0, held};
			const before = this.#state.head;
			const work = await unlessHeld(operation);
			if ('held' in work)
				return {...this.#report(), changed: false, paths: [], applied: [], tookMs: 0, ...work};
			const {paths, applied, left} = work;
			if (paths.length > 0) this.#state.callbacks.editing(paths);
			const {head} = this.#state;
			const changed = head !== before;
			const branch = changed ? await switchedTo(this.#state, head) : undefined;
			const tookMs = Math.round(performance.now() - startedAt);
			return {...this.#report(), changed, paths, applied, left, tookMs, switchedTo: branch};
		});
	}

	/** The one that takes in a commit whose objects are here; `gone` are bases that nobody has any more. */
	async integrate(commit: Oid, mayMerge: boolean, gone?: ReadonlySet<Oid>): Promise<IntegrateResult> {
		return this.#gate.run(async () => {
			const startedAt = performance.now();
			const held = await this.#gate.held();
			if (held !== undefined)
				return {...this.#report(), kind: 'none', applied: [], saved: [], tookMs: 0, held};
			const work = await unlessHeld(async () => ({saved: await this.#snapshots.take()}));
			if ('held' in work)
				return {...this.#report(), kind: 'none', applied: [], saved: [], tookMs: 0, ...work};
			const {saved} = work;
			const integration = await integrateCommit(this.#state, commit, mayMerge, gone);
			if (saved.length > 0) this.#state.callbacks.editing(saved);
			const branch = await switchedTo(this.#state, commit);
			const tookMs = Math.round(performance.now() - startedAt);
			return {...this.#report(), ...integration, saved, tookMs, switchedTo: branch};
		});
	}

	/**
	 * One that a person asked for: the disk's own news first, then the change, then the disk follows. Rejects with Failure
	 * `held` or `no_head` before anything is done.
	 */
	async change<T>(operation: () => Promise<T>): Promise<T> {
		return this.#gate.run(async () => this.#change(operation, 'guard'));
	}

	/** The same while too many files are missing: none of them counts as deleted, and the disk gets all of them back. */
	async bringBack<T>(operation: () => Promise<T>): Promise<T> {
		return this.#gate.repair(async () => this.#change(operation, 'forget'));
	}

	async #change<T>(operation: () => Promise<T>, rule: DeletionRule): Promise<T> {
		const held = await this.#gate.held();
		if (held !== undefined) throw new Failure('held', {details: {operation: held}});
		if (this.#state.head === undefined) throw new Failure('no_head');
		await this.#snapshots.take(rule);
		const result = await operation();
		await applyHead(this.#state);
		return result;
	}

	#report(): Partial<HeadReport> {
		const {head, tree, files, bytes, looksAgain} = this.#state;
		return {head, tree, files, bytes, looksAgain};
	}
}

/** What an operation answers, or which of the user's git operations came before it could do anything. */
async function unlessHeld<T extends object>(operation: () => Promise<T>): Promise<T | {held: string}> {
	try {
		return await operation();
	} catch (error) {
		if (error instanceof Failure && error.code === 'held') return {held: String(error.details['operation'])};
		throw error;
	}
}
