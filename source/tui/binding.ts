/** What a key can mean, and where. */
import {type Key} from './keys.js';

/** A screen, as far as keys are concerned. */
export type Place =
	| 'session'
	| 'peer'
	| 'conflicts'
	| 'conflict'
	| 'invite'
	| 'log'
	| 'history'
	| 'versions'
	| 'settings'
	| 'help';

/** What a screen is asked to do. */
export type Action =
	| 'up'
	| 'down'
	| 'left'
	| 'right'
	| 'page-up'
	| 'page-down'
	| 'change-up'
	| 'change-down'
	| 'first'
	| 'last'
	| 'open'
	| 'back'
	| 'invite'
	| 'tier'
	| 'conflicts'
	| 'pause'
	| 'retry'
	| 'graph'
	| 'log'
	| 'help'
	| 'quit'
	| 'leave-now'
	| 'suspend'
	| 'redraw'
	| 'take-mine'
	| 'take-theirs'
	| 'take-base'
	| 'take-both'
	| 'whole-mine'
	| 'whole-theirs'
	| 'whole-base'
	| 'whole-both'
	| 'next'
	| 'previous'
	| 'tool'
	| 'undo'
	| 'filter'
	| 'settings'
	| 'history'
	| 'restore'
	| 'select'
	| 'all'
	| 'edit'
	| 'qr'
	| 'copy';

/** Some keys that mean the same at some places. */
export type Binding = {
	readonly action: Action;
	/** The first one is the one that is shown. */
	readonly keys: readonly Key[];
	/** One or two words for the footer. */
	readonly label: string;
	/** One sentence for the help screen. */
	readonly help: string;
	readonly places: readonly Place[];
	/** Footers show the most important first and drop the others where there is no room; none: only in help. */
	readonly rank?: number;
};
