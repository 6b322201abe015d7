/** One flag of the command line. */
import {type CommandName, type Offer} from './commands.js';

export type Flag = {
	readonly name: string;
	/** What the value stands for; without it the flag is on or off. */
	readonly value?: string;
	/** What a shell offers for the value. */
	readonly offers?: Offer;
	readonly short?: string;
	readonly summary: string;
	/** It may be given several times; FlagValues and its variable hold all of them, with blanks between. */
	readonly repeats?: true;
	/** The variable that stands in for it. */
	readonly env?: string;
	/** The commands that take it. */
	readonly of: readonly CommandName[];
};
