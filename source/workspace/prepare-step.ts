/**
 * Gets a step ready to be published: looks whether the disk holds what is expected, decides what takes its place, and
 * stages that in `.pulsync/tmp`. A link's text is judged before anything is made of it.
 */
import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import {absent, parseContent} from '../protocol/content.js';
import {findPathFault} from '../protocol/path-name.js';
import {type Skip, skipFor} from './apply-problem.js';
import {findCollision, findOtherSpelling} from './case-blind.js';
import {keepsModes} from './file-modes.js';
import {findLinkFault, maxLinkBytes} from './link-target.js';
import {pulsyncFolderOf} from './project-files.js';
import {type FolderLooks} from './safe-path.js';
import {type BlobSource, type Ownership, stageFile} from './stage-file.js';
import {type ApplyStep, type Work} from './step-work.js';
import {type Verdict, verifyStep} from './verify-step.js';

/** Where steps are prepared, and from what. */
type StagingPlace = {
	readonly root: string;
	/** The disk takes another spelling for the same name. */
	readonly caseBlind: boolean;
	readonly source: BlobSource;
	/** Absolute paths in `.pulsync/tmp` that nobody else uses. */
	readonly spareName: () => string;
	readonly signal?: AbortSignal;
};

const collision: Skip = {reason: 'problem', code: 'case_collision'};
const leavesRoot: Skip = {reason: 'problem', code: 'link_leaves_root'};

export class Preparer {
	readonly #place: StagingPlace;

	constructor(place: StagingPlace) {
		this.#place = place;
	}

	/**
	 * Leaves in `work` what is to be published, or the result where that is known already. `looks` are those at
	 * folders for the same batch. Rejects as a whole plan fails.
	 */
	async prepare(work: Work, looks: FolderLooks): Promise<void> {
		const {root, caseBlind, signal} = this.#place;
		try {
			const fault = faultOf(work.step);
			if (fault) return void (work.result = {kind: 'skip', skip: fault});
			if (caseBlind && this.#isOtherPaths(work)) return;
			const verdict = await verifyStep(root, work.step, {signal, looks});
			if (this.#isDecided(work, verdict)) return;
			const skip = await this.#stage(work);
			if (skip) work.result = {kind: 'skip', skip};
		} catch (error) {
			work.result = {kind: 'skip', skip: skipFor(error)};
		}
	}

	/** What stands there may be another path's file: it does not go with this path, nor make room for it. */
	#isOtherPaths(work: Work): boolean {
		const {root} = this.#place;
		const {path, write} = work.step;
		if (write === absent && findOtherSpelling(root, path) !== undefined) work.result = {kind: 'done'};
		if (write !== absent && findCollision(root, path) !== undefined)
			work.result = {kind: 'skip', skip: collision};
		return work.result !== undefined;
	}

	#isDecided(work: Work, verdict: Verdict): boolean {
		if (verdict.kind === 'skip') work.result = verdict;
		else if (verdict.kind === 'already') work.result = {kind: 'done', entry: verdict.entry};
		else work.old = verdict.entry;
		return verdict.kind !== 'expected';
	}

	/** Decides what is to be published and stages it. */
	async #stage(work: Work): Promise<Skip | undefined> {
		const {root, source, signal, spareName} = this.#place;
		const {step, old} = work;
		const write = parseContent(step.write);
		if (!write) {
			work.publication = {kind: 'nothing'};
			return undefined;
		}
		const executable = write.mode === '100755';
		const hasModes = keepsModes(pulsyncFolderOf(root));
		if (write.mode === '120000') {
			const bytes = await source.blobBytes(write.oid);
			if (bytes > maxLinkBytes) return leavesRoot;
			const target = Buffer.from(await source.readBlob(write.oid)).toString('utf8');
			if (findLinkFault(step.path, target)) return leavesRoot;
			work.publication = {kind: 'symlink', target, staged: spareName()};
		} else if (old?.kind === 'file' && parseContent(step.expect)?.oid === write.oid) {
			// Where the disk keeps no modes, this one is only remembered.
			if (hasModes) work.publication = {kind: 'chmod', executable};
			else work.result = {kind: 'done', entry: old};
		} else {
			const like = old?.kind === 'file' && hasModes ? ownershipOf(join(root, step.path)) : undefined;
			const isPlain = !executable && like === undefined;
			const ahead = isPlain ? await source.takeAhead?.(write.oid) : undefined;
			work.staged =
				ahead ?? (await stageFile({path: spareName(), oid: write.oid, executable, like, source, signal}));
			work.publication = {kind: 'file', staged: work.staged.path};
		}
		return undefined;
	}
}

/** Paths that no plan may touch, whoever made it. */
function faultOf({path}: ApplyStep): Skip | undefined {
	const fault = findPathFault(path);
	if (!fault) return undefined;
	return {reason: 'problem', code: fault};
}

function ownershipOf(path: string): Ownership | undefined {
	const stats = lstatSync(path, {throwIfNoEntry: false});
	return stats && {permissions: stats.mode & 0o777, uid: stats.uid, gid: stats.gid};
}
