/** What a screen comes back to when the ones that were opened from it are closed. */
import {type Path} from '../protocol/content.js';
import {type PeerId} from '../core/state.js';
import {type CursorPlace} from './hooks/use-list-cursor.js';

/** Written by the screen that it belongs to, and read when that is drawn anew. */
export type Kept = {
	cursor?: CursorPlace;
	/** Conflicts that were selected. */
	chosen?: ReadonlySet<Path>;
	/** The peer under the cursor. */
	peerId?: PeerId;
	/** How much of the past the graph shows. */
	seconds?: number;
};
