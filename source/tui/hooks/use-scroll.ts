import {useState} from 'react';
import {type Action} from '../binding.js';
import {moveCursor} from '../list-cursor.js';

export type Scroll = {
	/** The first row of the window. */
	readonly start: number;
	readonly scroll: (action: Action) => void;
	/** Brings a row near to the top of the window, unless it can be seen with some rows after it. */
	readonly show: (row: number) => void;
};

/** Rows that are left above what is shown, and that should follow it. */
const around = 3;

/**
 * The first row of a window over rows that may grow. `follow` starts at the end and stays there until someone scrolls
 * away from it.
 */
export function useScroll(count: number, height: number, follow = false): Scroll {
	const last = Math.max(0, count - height);
	const [wanted, setWanted] = useState<number | undefined>(follow ? undefined : 0);
	const start = wanted === undefined ? last : Math.min(wanted, last);
	return {
		start,
		scroll(action) {
			const next = moveCursor(start, action, last + 1, height);
			setWanted(follow && next === last ? undefined : next);
		},
		show(row) {
			if (row < start || row > start + height - around) setWanted(Math.max(0, Math.min(last, row - around)));
		},
	};
}
