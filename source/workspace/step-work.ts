/** A step of a plan, how far it has come, and what is told of it. */
import {type Content, type Path} from '../protocol/content.js';
import {type Skip} from './apply-problem.js';
import {type DiskEntry, type DiskStat} from './disk-entry.js';
import {type Publication, type Published} from './replace-file.js';
import {type StagedFile} from './stage-file.js';

/** One path of a plan. */
export type ApplyStep = {
	readonly path: Path;
	/** What the disk is believed to hold. */
	readonly expect: Content;
	/** The stat it had then; spares reading the file. */
	readonly expectStat?: DiskStat;
	readonly write: Content;
};

/** What became of a step. */
export type StepResult =
	| {
			readonly path: Path;
			readonly outcome: 'done';
			/** Of what stands there now; none for nothing. */
			readonly stat?: DiskStat;
	  }
	| ({readonly path: Path; readonly outcome: 'skipped'} & Skip)
	/** Somebody saved in that instant: `found` is their file's absolute place in `.pulsync/tmp`, ours has the name. */
	| {readonly path: Path; readonly outcome: 'raced'; readonly found: string};

/** One step on its way: verified, staged, published. */
export type Work = {
	readonly step: ApplyStep;
	old?: DiskEntry;
	publication?: Publication;
	staged?: StagedFile;
	result?: Published;
};
