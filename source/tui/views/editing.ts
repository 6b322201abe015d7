/** Who edits what, where the peers' own rows have no room for it. */
import {type Peer} from '../../core/state.js';
import {cleanText} from '../draw/clean.js';
import {cutMiddle, type Row, span, textWidth} from '../draw/row.js';
import {text} from '../text.js';
import {peerName} from './peers.js';

/** `bob edits src/ai.ts +1` for the edge of a panel, in at most so many columns; nothing where nobody is left to tell of. */
export function editingNote(untold: readonly Peer[], shared: ReadonlySet<string>, width: number): Row {
	const [first] = untold;
	const path = cleanText(first?.editing[0] ?? '');
	if (!first || path === '') return [];
	const more = untold.reduce((sum, {editing}) => sum + editing.length, -1);
	const rest = more > 0 ? ` +${more}` : '';
	const name = peerName(first, shared, 12);
	const room = width - textWidth(text.edits(name, '')) - rest.length;
	return room < 4 ? [] : [span(`${text.edits(name, cutMiddle(path, room))}${rest}`, 'quiet')];
}
