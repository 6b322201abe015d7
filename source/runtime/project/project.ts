/**
 * One folder and its store, without any network: what the disk says becomes commits, and heads become what the disk
 * says. Operations run one at a time. In each of them, always: objects, commit, head (durable), disk, `shown`; the caller
 * announces last. So whatever crashes, nothing that was settled is lost and nothing remote is taken for one's own.
 */
import {type ResolveRequest, type SideCopy} from '../../core/command.js';
import {
	type DiffRequest,
	type History,
	type Resolved,
	type ShownVersion,
	type VersionRequest,
} from '../../core/session.js';
import {Failure} from '../../protocol/failure.js';
import {type Content, type Oid, parseContent, type Path} from '../../protocol/content.js';
import {type PastChange} from '../../protocol/peer-messages.js';
import {type Store} from '../../git/store.js';
import {type Compacted} from '../../git/compact.js';
import {checkRoot} from '../../workspace/guards.js';
import {adoptHead} from './adopt-head.js';
import {applyFirst, applyHead} from './apply-head.js';
import {findCommit} from './find-commit.js';
import {indexHistory} from './index-history.js';
import {makeInlinePack} from './inline-pack.js';
import {distanceTo, sampleHave} from './head-distance.js';
import {type Relation, relationTo} from './integrate.js';
import {compactStore} from './compact-store.js';
import {type ConflictMemory, listConflicts, type ListedConflicts} from './list-conflicts.js';
import {closeState, type OpenOptions, openState} from './open-state.js';
import {type Extract, extractPast, listPast} from './past.js';
import {OperationGate} from './operation-gate.js';
import {Operations} from './operations.js';
import {type IntegrateResult, type SnapshotOutcome} from './outcome.js';
import {type ProjectState} from './project-state.js';
import {ProjectWatch} from './project-watch.js';
import {readHistory} from './read-history.js';
import {readVersion} from './read-version.js';
import {reopenConflicts} from './reopen-conflicts.js';
import {resolveConflicts, resolveMerged} from './resolve-conflicts.js';
import {restorePath} from './restore-path.js';
import {showDiff} from './show-diff.js';
import {Snapshots} from './snapshots.js';

/** A side larger than this is not for a screen. */
const maxShownBytes = 1024 * 1024;

/** A start that finds more to write than takes a moment leaves that to the operation after it: nobody waits for it. */
const maxStepsAtStart = 500;

export type ProjectOptions = OpenOptions & {
	readonly watch: boolean;
	/** How often everything is looked at again; watchers lose events. */
	readonly rescanMs?: number;
};

export class Project {
	readonly #state: ProjectState;
	readonly #watch: ProjectWatch;
	readonly #ending: AbortController;
	readonly #gate: OperationGate;
	readonly #snapshots: Snapshots;
	readonly #operations: Operations;
	readonly #memory: ConflictMemory = {authors: new Map(), facts: new Map()};

	private constructor(state: ProjectState, watch: ProjectWatch, ending: AbortController) {
		this.#state = state;
		this.#watch = watch;
		this.#ending = ending;
		this.#gate = new OperationGate(state);
		this.#snapshots = new Snapshots(state, watch);
		this.#operations = new Operations(state, this.#gate, this.#snapshots);
	}

	/** Opens what is in `.pulsync`, which the caller has locked. Looks at no file yet. */
	static async open(options: ProjectOptions): Promise<Project> {
		const ending = new AbortController();
		const state = await openState(options, ending.signal);
		return new Project(state, new ProjectWatch(state, options), ending);
	}

	get store(): Store {
		return this.#state.store;
	}

	get head(): Oid | undefined {
		return this.#state.head;
	}

	get tree(): Oid | undefined {
		return this.#state.tree;
	}

	/** Files in view and their bytes. */
	get files(): number {
		return this.#state.files;
	}

	get bytes(): number {
		return this.#state.bytes;
	}

	/** A save came before something that was to be written: the disk is looked at again in a moment. */
	get looksAgain(): boolean {
		return this.#state.looksAgain;
	}

	/** True if the user's git keeps a part of what it tracks off this disk: what is missing was deleted by nobody. */
	get isSparse(): boolean {
		return this.#state.rules.isSparse;
	}

	/** A guard stopped the project; until resume nothing is synced. */
	get halted(): {readonly code: string; readonly message: string} | undefined {
		return this.#gate.halted;
	}

	/**
	 * Before anybody listens (merge rule 13): a full look, a snapshot, then the disk follows the head, unless that takes long:
	 * then `left` says how much the next snapshot has to do. Without a head it founds one, of an empty folder too; a folder
	 * that has yet to join calls `adopt` instead.
	 */
	async start(): Promise<SnapshotOutcome> {
		return this.#operations.snapshot(async () => {
			const paths = await this.#snapshots.takeFirst();
			return {paths, ...(await applyFirst(this.#state, maxStepsAtStart))};
		});
	}

	/** Takes over the first head of a session (merge rule 18). Rejects with Failure `has_head` where there is one. */
	async adopt(
		commit: Oid,
		{gitAncestor}: {merge?: boolean; gitAncestor?: Oid} = {},
	): Promise<SnapshotOutcome> {
		return this.#operations.snapshot(async () => {
			if (this.head !== undefined) throw new Failure('has_head', {severity: 'fatal'});
			await adoptHead(this.#state, commit, gitAncestor);
			const paths = await this.#snapshots.takeFirst();
			return {paths, applied: await applyHead(this.#state)};
		});
	}

	/** Commits what the disk says, and lets the disk follow where it did not yet. */
	async snapshot(): Promise<SnapshotOutcome> {
		return this.#operations.snapshot(async () => {
			const paths = await this.#snapshots.take();
			return {paths, applied: await applyHead(this.#state)};
		});
	}

	/** False where the folder is gone or another one: the next look, which is asked for, stops everything. */
	async isInPlace(): Promise<boolean> {
		try {
			await checkRoot(this.#state);
			return true;
		} catch {
			this.#state.callbacks.dirty();
			return false;
		}
	}

	relation(commit: Oid): Relation {
		return relationTo(this.#state, commit);
	}

	/** Takes in a commit whose objects are here, after a snapshot. `gone` are merge bases that nobody has any more. */
	async integrate(
		commit: Oid,
		{mayMerge, gone}: {mayMerge: boolean; gone?: ReadonlySet<Oid>},
	): Promise<IntegrateResult> {
		return this.#operations.integrate(commit, mayMerge, gone);
	}

	/** All conflicts with who wrote each side, as far as history tells. */
	async conflicts(): Promise<ListedConflicts> {
		return this.#gate.read(async () => listConflicts(this.#state, this.#memory));
	}

	/** Settles conflicts as one commit. Rejects with Failure `not_conflicted` or `no_such_side` for a path that was named. */
	async resolve(request: ResolveRequest): Promise<Resolved & {readonly head: Oid}> {
		return this.#operations.change(async () => {
			const before = this.#state.head!;
			const {resolved, copies} = await resolveConflicts(this.#state, request, this.#memory.authors);
			return {resolved, copies, before, head: this.#state.head!};
		});
	}

	/** Settles one path with these bytes, or those of a file. */
	async resolveMerged(
		path: Path,
		merged: Uint8Array | {readonly file: string},
	): Promise<{readonly before: Oid}> {
		return this.#operations.change(async () => {
			const before = this.#state.head!;
			await resolveMerged(this.#state, path, merged);
			return {before};
		});
	}

	/** Takes a resolution back: what was a conflict at the commit `before` is one again, untouched copies of it go. */
	async reopen(
		paths: readonly Path[],
		before: Oid,
		copies: readonly SideCopy[] = [],
	): Promise<{readonly reopened: readonly Path[]}> {
		return this.#operations.change(async () => ({
			reopened: await reopenConflicts(this.#state, paths, before, copies, this.#memory.authors),
		}));
	}

	/** The bytes of a side. Rejects with Failure `too_large` above 1 MiB. */
	async readSide(content: Content): Promise<Buffer> {
		const oid = parseContent(content)?.oid;
		return oid === undefined ? Buffer.alloc(0) : this.store.read(oid, maxShownBytes);
	}

	/** One version of a path as bytes; see readVersion for what it may reject with. */
	async readVersion(request: VersionRequest): Promise<ShownVersion> {
		return this.#gate.read(async () => readVersion(this.#state, request, this.#memory.authors));
	}

	/** Who changed what and when, newest first. */
	async history(path?: Path): Promise<History> {
		return readHistory(this.#state, path);
	}

	/** A unified diff; see showDiff. */
	async diff(request: DiffRequest = {}): Promise<string> {
		return showDiff(this.#state, request);
	}

	/**
	 * Brings a path, or all with `.`, back as it was at a time (ISO 8601 or ms) or a commit; a change like any other. `extract`
	 * is a commit that a peer sent in place of one that was cut off here. After a guard that misses files, all brings those back
	 * as well, and the guard is satisfied.
	 */
	async restore(
		path: Path,
		at: string,
		{extract}: {extract?: Oid} = {},
	): Promise<{readonly restored: readonly Path[]}> {
		const operation = async () => ({
			restored: await restorePath(this.#state, path, extract ?? findCommit(this.#state, at)),
		});
		const bringsBack = path === '.' && this.#gate.missesFiles;
		return bringsBack ? this.#operations.bringBack(operation) : this.#operations.change(operation);
	}

	/** Who changed what of older history, for a peer that asks. */
	async listPast(path: Path | undefined): Promise<PastChange[]> {
		return listPast(this.#state, path);
	}

	/** A path as it was, as a commit that a peer can fetch. Rejects with Failure `bad_time` or `not_in_history`. */
	async extractPast(path: Path, at: string): Promise<Extract> {
		return this.#gate.read(async () => {
			await checkRoot(this.#state);
			return extractPast(this.#state, path, at);
		});
	}

	/** Commits to name when something is fetched, so that only what differs is sent; at most 128. */
	have(): readonly Oid[] {
		return sampleHave(this.#state);
	}

	/** How many snapshots a head and ours are apart; undefined for a head that is not known here. */
	distance(theirs: Oid): {readonly ahead: number; readonly behind: number} | undefined {
		return distanceTo(this.#state, theirs);
	}

	/** What `head` adds to `former` as a pack that fits beside it; undefined if it is more. */
	async inlinePack(former: Oid, head: Oid): Promise<Buffer | undefined> {
		return makeInlinePack(this.store, former, head);
	}

	/** Looks at everything the next time. */
	rescan(): void {
		this.#state.hints = 'all';
		this.#state.callbacks.dirty();
	}

	pause(): void {
		this.#gate.pause();
	}

	/** Goes on after a pause or a guard; a guard whose reason still holds stops it again. */
	resume(): void {
		this.#gate.release();
		this.rescan();
	}

	/** The deletions that a guard stopped for are meant: the next snapshot takes them in. */
	acceptDeletions(): void {
		this.#state.deletionsAccepted = true;
		this.resume();
	}

	/** Notes what commits changed, so that the history of a path is there at once; see indexHistory. */
	async indexHistory(options: {readonly signal: AbortSignal; readonly maxMs: number}): Promise<boolean> {
		await checkRoot(this.#state);
		return indexHistory(this.#state, options);
	}

	/** Writes the store anew and cuts off what is older than that; heads of others, and what a merge with them starts from, stay. */
	async compact(options: {
		readonly sinceMs: number;
		readonly heads: readonly Oid[];
		readonly signal?: AbortSignal;
	}): Promise<Compacted | undefined> {
		await checkRoot(this.#state);
		return compactStore(this.#state, (work) => this.#gate.read(work), options);
	}

	/** Ends what is under way at the next safe place, and lets go of the folder. */
	async close(): Promise<void> {
		this.#ending.abort(new Failure('aborted'));
		await this.#watch.close();
		await this.#gate.idle();
		await closeState(this.#state);
	}
}
