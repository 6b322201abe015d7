/** A cursor in a list that is longer than its window. Pure. */
import {type Action} from './binding.js';

/** Where the cursor goes by a key; the same number if the key does not move it. */
export function moveCursor(cursor: number, action: Action, count: number, page: number): number {
	const last = Math.max(0, count - 1);
	const at = Math.min(cursor, last);
	switch (action) {
		case 'up':
			return Math.max(0, at - 1);
		case 'down':
			return Math.min(last, at + 1);
		case 'page-up':
			return Math.max(0, at - Math.max(1, page - 1));
		case 'page-down':
			return Math.min(last, at + Math.max(1, page - 1));
		case 'first':
			return 0;
		case 'last':
			return last;
		default:
			return at;
	}
}

/** The first line of a window of `size` lines that shows the cursor, as near to the middle as the list allows. */
export function windowStart(cursor: number, count: number, size: number): number {
	return Math.max(0, Math.min(cursor - Math.floor(size / 2), count - size));
}
