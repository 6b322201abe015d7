import {useState} from 'react';
import {type Action} from '../binding.js';
import {moveCursor} from '../list-cursor.js';

/**
 * The first row of a window over rows that may grow. `follow` starts at the end and stays there until someone scrolls
 * away from it.
 */
export function useScroll(
	count: number,
	height: number,
	follow = false,
): {readonly start: number; readonly scroll: (action: Action) => void} {
	const last = Math.max(0, count - height);
	const [wanted, setWanted] = useState<number | undefined>(follow ? undefined : 0);
	const start = wanted === undefined ? last : Math.min(wanted, last);
	return {
		start,
		scroll(action) {
			const next = moveCursor(start, action, last + 1, height);
			setWanted(follow && next === last ? undefined : next);
		},
	};
}
