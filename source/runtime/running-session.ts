/** A session as its views see it (core/session.ts), on top of the loop and the desks. */
import {type Command, type ResolveRequest, type SideCopy} from '../core/command.js';
import {type PublicEvent} from '../core/public-event.js';
import {
	type ContentPreview,
	type DiffRequest,
	type History,
	type HistoryRequest,
	type Resolved,
	type Session,
	type SessionEnd,
	type ShownVersion,
	type Tidied,
	type VersionRequest,
} from '../core/session.js';
import {type State} from '../core/state.js';
import {type Content, type Oid, type Path} from '../protocol/content.js';
import {Failure} from '../protocol/failure.js';
import {isReport} from '../core/heads.js';
import {isInStep} from '../core/in-step.js';
import {type Loop} from './loop.js';
import {looksBinary} from './project/content-facts.js';
import {type Housekeeping} from './housekeeping.js';
import {type Project} from './project/project.js';
import {type PastDesk} from './past-desk.js';
import {type ProjectDesk} from './project-desk.js';

/** A side that is larger is not shown line by line: nobody reads it in a terminal. */
const previewBytes = 1024 * 1024;

export type RunningSessionOptions = {
	readonly loop: Loop;
	readonly project: Project;
	readonly projectDesk: ProjectDesk;
	readonly housekeeping: Pick<Housekeeping, 'tidy'>;
	readonly past: Pick<PastDesk, 'listOlder' | 'bring'>;
	readonly forgetName: () => Promise<void>;
	/** Ends everything in order; called once. */
	readonly shutDown: (how: {leave: boolean; failed: boolean}) => Promise<void>;
};

export class RunningSession implements Session {
	readonly stopped: Promise<SessionEnd>;
	readonly #options: RunningSessionOptions;
	#settle!: (end: SessionEnd) => void;
	#ending: Promise<void> | undefined;

	constructor(options: RunningSessionOptions) {
		this.#options = options;
		this.stopped = new Promise((resolve) => {
			this.#settle = resolve;
		});
	}

	readonly getSnapshot = (): State => this.#options.loop.state;

	readonly subscribe = (listener: () => void): (() => void) => this.#options.loop.subscribe(listener);

	onEvent(listener: (event: PublicEvent) => void): () => void {
		return this.#options.loop.onEvent(listener);
	}

	send(command: Command): void {
		this.#options.loop.dispatch({type: 'commanded', command});
	}

	async resolve(request: ResolveRequest): Promise<Resolved> {
		const {resolved, before, copies} = await this.#options.project.resolve(request);
		await this.#headMoved({take: request.take, resolved});
		return {resolved, before, copies};
	}

	async resolveMerged(path: Path, merged: Uint8Array | {readonly file: string}): Promise<{before: Oid}> {
		const {before} = await this.#options.project.resolveMerged(path, merged);
		await this.#headMoved({take: 'merged', resolved: [path]});
		return {before};
	}

	async reopen(
		paths: readonly Path[],
		before: Oid,
		copies?: readonly SideCopy[],
	): Promise<{reopened: readonly Path[]}> {
		const {reopened} = await this.#options.project.reopen(paths, before, copies);
		await this.#headMoved({});
		return {reopened};
	}

	async readContent(content: Content): Promise<ContentPreview> {
		const bytes = await this.#options.project.readSide(content);
		const binary = looksBinary(bytes);
		if (binary || bytes.length > previewBytes) return {bytes: bytes.length, binary};
		return {bytes: bytes.length, binary, text: bytes.toString('utf8')};
	}

	async readVersion(request: VersionRequest): Promise<ShownVersion> {
		return this.#options.project.readVersion(request);
	}

	async readHistory({path, older = false}: HistoryRequest): Promise<History> {
		const {project, past} = this.#options;
		const {entries, end} = await project.history(path);
		if (!older) return {entries, end};
		const listed = new Set(entries.map(({commit}) => commit));
		const all = [...entries, ...(await past.listOlder(path, listed))];
		return {entries: all.sort((one, other) => other.at - one.at), end};
	}

	async diff(request?: DiffRequest): Promise<string> {
		return this.#options.project.diff(request);
	}

	async restore(path: Path, at: string): Promise<{restored: readonly Path[]}> {
		const wasHalted = this.#options.project.halted !== undefined;
		const {restored} = await this.#restoreFromAnywhere(path, at);
		await this.#headMoved({restored});
		if (wasHalted) await this.#options.projectDesk.resume(false);
		return {restored};
	}

	/** From here, or from a peer that keeps more. */
	async #restoreFromAnywhere(path: Path, at: string): Promise<{restored: readonly Path[]}> {
		const {project, past} = this.#options;
		try {
			return await project.restore(path, at);
		} catch (error) {
			if (!(error instanceof Failure) || error.code !== 'not_in_history') throw error;
		}
		return project.restore(path, at, {extract: await past.bring(path, at)});
	}

	async tidy(days?: number): Promise<Tidied> {
		return this.#options.housekeeping.tidy(days);
	}

	async waitSynced(timeoutMs: number, left?: AbortSignal): Promise<{head: Oid; tree: Oid}> {
		// What was saved just before the call counts as well: look at the disk once more first.
		this.send({type: 'rescan'});
		const tooLate = AbortSignal.timeout(timeoutMs);
		const signal = left ? AbortSignal.any([tooLate, left]) : tooLate;
		if (signal.aborted) throw new Failure('aborted');
		return new Promise((resolve, reject) => {
			const look = () => {
				const {head, tree} = this.getSnapshot().project;
				if (head === undefined || tree === undefined || !isInStep(this.#options.loop.machine)) return;
				stop();
				resolve({head, tree});
			};
			const giveUp = () => {
				stop();
				reject(new Failure(left?.aborted ? 'aborted' : 'timeout'));
			};
			const stopListening = this.subscribe(look);
			const stop = () => {
				stopListening();
				signal.removeEventListener('abort', giveUp);
			};
			signal.addEventListener('abort', giveUp);
			look();
		});
	}

	async forgetName(): Promise<void> {
		await this.#options.forgetName();
	}

	async leave(): Promise<void> {
		await this.end({exitCode: 0}, {leave: true});
	}

	async stop(): Promise<void> {
		await this.end({exitCode: 0});
	}

	/** Ends the session once; later calls wait for the same end. */
	async end(end: SessionEnd, {leave}: {leave: boolean} = {leave: false}): Promise<void> {
		const how = {leave, failed: end.failure !== undefined};
		this.#ending ??= this.#options.shutDown(how).finally(() => this.#settle(end));
		await this.#ending;
	}

	/** Resolves when the conflicts of the new head are listed: who asks for them next gets no settled one. */
	async #headMoved(facts: {
		take?: string;
		resolved?: readonly Path[];
		restored?: readonly Path[];
	}): Promise<void> {
		const {projectDesk, loop} = this.#options;
		const report = projectDesk.report();
		if (!isReport(report)) return;
		loop.dispatch({type: 'head-moved', ...facts, ...report});
		if (loop.machine.sync.listedHead !== report.head) await projectDesk.listConflicts();
	}
}
