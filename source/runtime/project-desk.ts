/** Runs the project's operations for the core and answers with events that repeat the operation's number. */
import {type Effect} from '../core/effect.js';
import {type Event, type HeadReport} from '../core/event.js';
import {isReport} from '../core/heads.js';
import {failureSentence} from '../core/text.js';
import {type Oid, type Path} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {openUserRepository} from '../git/user-repository.js';
import {type ChannelDesk} from './channel-desk.js';
import {guardCodes} from './project/operation-gate.js';
import {type Project} from './project/project.js';
import {type SessionOptions} from './session-options.js';

/** As long as a joiner waits to hear the other side's git history, which only saves it questions. */
const gitHistoryTimeoutMs = 5000;

/** How often a start that a git operation holds up looks whether it is over. */
const heldMs = 500;
/** So many of the user's own commits are compared; who was away for longer joins without a common ancestor. */
const maxGitCommits = 10_000;
/** What could not be listed is asked for again. */
const listAgainMs = 5000;

export class ProjectDesk {
	readonly #root: string;
	readonly #project: Project;
	readonly #channels: ChannelDesk;
	readonly #dispatch: (event: Event) => void;
	readonly #merge: boolean;
	readonly #founder: boolean;
	readonly #log: SessionOptions['log'];
	#reading: Promise<readonly Oid[]> | undefined;
	#listing: Promise<void> | undefined;
	#started = false;
	#stopped = false;

	constructor(options: {
		root: string;
		project: Project;
		channels: ChannelDesk;
		merge: boolean;
		/** A host founds a head of its own; a member waits for the first head of the others. */
		founder: boolean;
		log: SessionOptions['log'];
		dispatch: (event: Event) => void;
	}) {
		this.#root = options.root;
		this.#project = options.project;
		this.#channels = options.channels;
		this.#merge = options.merge;
		this.#founder = options.founder;
		this.#log = options.log;
		this.#dispatch = options.dispatch;
	}

	/** The first scan and snapshot, and a short apply, before anybody is listened to. */
	async start(): Promise<void> {
		try {
			const first = this.#founder || this.#project.head !== undefined ? await this.#begin() : undefined;
			this.#started = true;
			if (!this.#stopped) this.#dispatch({type: 'project-opened', ...first, ...this.report()});
		} catch (error) {
			this.#failed(error, (facts) => this.#dispatch({type: 'project-failed', ...facts}));
		}
	}

	/** Goes on after a guard; a guard whose reason still holds stops it again. */
	async resume(acceptDeletions: boolean): Promise<void> {
		if (acceptDeletions) this.#project.acceptDeletions();
		else this.#project.resume();
		this.#dispatch({type: 'project-resumed'});
		if (!this.#started) await this.start();
	}

	/** Ends waits; the project itself is closed by its owner. */
	stop(): void {
		this.#stopped = true;
	}

	async takeSnapshot(operation: number): Promise<void> {
		await this.#answer(operation, async () => {
			const {changed, paths, tookMs, held, switchedTo} = await this.#project.snapshot();
			const outcome = {changed, paths, tookMs, held, switchedTo};
			this.#dispatch({type: 'snapshot-taken', operation, ...outcome, ...this.report()});
		});
	}

	async integrate({
		operation,
		commit,
		fromPeerId,
		mayMerge,
		gone,
	}: Extract<Effect, {type: 'integrate'}>): Promise<void> {
		await this.#answer(operation, async () => {
			const {kind, held, ...result} = await this.#project.integrate(commit, {mayMerge, gone});
			if (held !== undefined) return this.#held(operation, held);
			const {applied, saved, needs, tookMs, switchedTo} = result;
			const outcome = {outcome: kind, applied, saved, needs, tookMs, switchedTo, fromPeerId};
			this.#dispatch({type: 'commit-integrated', operation, commit, ...outcome, ...this.report()});
		});
	}

	async adopt({operation, commit, fromPeerId, generation}: Extract<Effect, {type: 'adopt'}>): Promise<void> {
		await this.#answer(operation, async () => {
			const gitAncestor = this.#merge ? await this.#commonGitCommit(fromPeerId, generation) : undefined;
			const {paths, applied, tookMs, held} = await this.#project.adopt(commit, {gitAncestor});
			if (held !== undefined) return this.#held(operation, held);
			const outcome = {outcome: 'fast-forward' as const, applied, saved: paths, tookMs, fromPeerId};
			this.#dispatch({type: 'commit-integrated', operation, commit, ...outcome, ...this.report()});
		});
	}

	/** Who asks while they are being listed gets that list: it was asked for behind every operation that has answered. */
	async listConflicts(): Promise<void> {
		this.#listing ??= this.#listConflicts().finally(() => (this.#listing = undefined));
		return this.#listing;
	}

	async #listConflicts(): Promise<void> {
		try {
			const {head, conflicts} = await this.#project.conflicts();
			if (head !== undefined) this.#dispatch({type: 'conflicts-listed', head, conflicts});
		} catch (error) {
			this.#dispatch({type: 'problem-found', problem: this.#describe(error)});
			// Nobody is told that all is in step before they are known; another look at the disk asks for them again.
			setTimeout(() => this.#stopped || this.#dispatch({type: 'disk-changed'}), listAgainMs).unref();
		}
	}

	/** How far a peer's head and ours are apart; silent where that is not known here. */
	measureDistance({peerId, ours, theirs}: Extract<Effect, {type: 'measure-distance'}>): void {
		const distance = this.#project.head === ours ? this.#project.distance(theirs) : undefined;
		if (distance) this.#dispatch({type: 'distance-measured', peerId, ours, theirs, ...distance});
	}

	/**
	 * Ids of the user's own git commits for a peer that joins, which takes what our head lacks of a common commit for deleted: none where a sparse
	 * checkout is why.
	 */
	async gitHistoryToTell(max: number): Promise<readonly Oid[]> {
		return this.#project.isSparse ? [] : this.gitHistory(max);
	}

	/** The newest ids first. */
	async gitHistory(max: number): Promise<readonly Oid[]> {
		// Who asks while it is read gets the same answer: each reading takes a process or two.
		const reading = (this.#reading ??= this.#readGitHistory().finally(() => (this.#reading = undefined)));
		return (await reading).slice(0, max);
	}

	report(): Partial<HeadReport> {
		const {head, tree, files, bytes, looksAgain} = this.#project;
		return {head, tree, files, bytes, looksAgain};
	}

	async #readGitHistory(): Promise<readonly Oid[]> {
		const repository = await openUserRepository(this.#root);
		return repository.recentCommits(maxGitCommits);
	}

	async #begin(): Promise<{saved: readonly Path[]; tookMs: number; switchedTo?: string; left?: number}> {
		for (;;) {
			const {held, paths, tookMs, switchedTo, left} = await this.#project.start();
			if (held === undefined || this.#stopped) return {saved: paths, tookMs, switchedTo, left};
			this.#dispatch({type: 'project-progressed', activity: {kind: 'held', operation: held}});
			await new Promise((resolve) => setTimeout(resolve, heldMs));
		}
	}

	/** The newest commit that both users' repositories have, if both sides are clones of one. */
	async #commonGitCommit(peerId: string, generation: number): Promise<Oid | undefined> {
		const theirs = await this.#channels.askGitHistory(peerId, generation, gitHistoryTimeoutMs);
		if (theirs.length === 0) return undefined;
		const ours = new Set(await this.gitHistory(maxGitCommits));
		return theirs.find((commit) => ours.has(commit));
	}

	#held(operation: number, held: string): void {
		this.#dispatch({type: 'snapshot-taken', operation, changed: false, paths: [], tookMs: 0, held});
	}

	async #answer(operation: number, work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (error) {
			this.#failed(error, (facts) => this.#dispatch({type: 'operation-failed', operation, ...facts}));
			// It may have failed behind the point where the head moved.
			const report = this.report();
			if (isReport(report)) this.#dispatch({type: 'head-moved', ...report});
		}
	}

	#failed(error: unknown, otherwise: (facts: {code: string; message: string}) => void): void {
		if (this.#stopped) return;
		const facts = this.#describe(error);
		if (guardCodes.has(facts.code) && this.#project.head !== undefined) {
			this.#dispatch({type: 'project-halted', ...facts});
		} else otherwise(facts);
	}

	/** Code and sentence of whatever was thrown; a fault of our own is written down whole. */
	#describe(error: unknown): {code: string; message: string} {
		if (error instanceof Failure) {
			return {code: error.code, message: failureSentence(error.code, error.details)};
		}
		this.#log({message: 'fault', stack: error instanceof Error ? error.stack : String(error)});
		return {code: 'bug', message: error instanceof Error ? error.message : 'unknown'};
	}
}
