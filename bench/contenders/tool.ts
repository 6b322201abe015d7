/** What is compared: ours, and what a user would use instead. */
import {type Figures} from '../contest.js';
import {type Place} from '../place.js';

/** Something that brings a project to a new folder. */
export type Copier = {
	readonly name: string;
	/** Programs without which it cannot run. */
	readonly needs: readonly string[];
	/** Makes a folder's files ready to be fetched; not measured. */
	readonly serve: (place: Place, source: string) => Promise<Server>;
};

export type Server = {
	/** Brings all of it into a folder that is not there yet; measured from the command to the last file. */
	readonly copy: (target: string) => Promise<Figures>;
};

/** Something that keeps two folders in step. */
export type Keeper = {
	readonly name: string;
	readonly needs: readonly string[];
	/** Resolves when both folders are equal and both sides watch. */
	readonly keep: (place: Place, source: string) => Promise<Pair>;
};

export type Pair = {
	readonly source: string;
	readonly target: string;
	/** Bytes that the peers have exchanged so far, where that can be told. */
	readonly wireBytes?: () => Promise<number>;
	/** The processes that keep it, for their memory and processor time. */
	readonly processes: () => readonly number[];
};
