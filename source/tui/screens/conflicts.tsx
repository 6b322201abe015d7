/** The list of conflicts. */
import {useLayoutEffect, useMemo, useRef, useState} from 'react';
import {type Take} from '../../core/command.js';
import {type Conflict} from '../../core/state.js';
import {type Path} from '../../protocol/content.js';
import {PanelLines} from '../components/panel-lines.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {filtered} from '../filter.js';
import {useActions} from '../hooks/use-actions.js';
import {useListCursor} from '../hooks/use-list-cursor.js';
import {useNow} from '../hooks/use-now.js';
import {type Action} from '../binding.js';
import {moveCursor, windowStart} from '../list-cursor.js';
import {selectAgeTickMs} from '../select.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {conflictListRows} from '../views/conflicts.js';
import {filterNote} from '../views/filter.js';
import {useMerging} from './use-merging.js';
import {useSettling} from './use-settling.js';

/** The side that each key takes. */
export const takeOfAction: Partial<Record<Action, Take>> = {
	'take-mine': 'mine',
	'take-theirs': 'theirs',
	'take-base': 'base',
	'take-both': 'both',
};

/** What of a conflict a filter looks at. */
function wordsOf({path, sides, kind}: Conflict): string {
	return `${path} ${sides.map(({name}) => name).join(' ')} ${kind}`;
}

/** Keys that work without a conflict under the cursor. */
const always = new Set<Action>([
	'log',
	'back',
	'help',
	'quit',
	'leave-now',
	'suspend',
	'redraw',
	'undo',
	'filter',
]);

export function ConflictsScreen({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {state, width, open, filter, notify, settleGuard} = useSession();
	const conflicts = useMemo(() => filtered(state.conflicts, filter, wordsOf), [state.conflicts, filter]);
	const {settle, settleMany, isHeld} = useSettling();
	const {edit, openTool} = useMerging();
	const now = useNow((at) => selectAgeTickMs(conflicts, at));
	const paths = useMemo(() => conflicts.map(({path}) => path), [conflicts]);
	const {cursor, setCursor} = useListCursor(paths);
	const [chosen, setChosen] = useState<ReadonlySet<Path>>(new Set());
	const here = conflicts[cursor];
	const former = useRef(here?.path);
	useLayoutEffect(() => {
		const isGone =
			former.current !== here?.path && !state.conflicts.some(({path}) => path === former.current);
		if (isGone) settleGuard.another();
		former.current = here?.path;
	}, [here?.path]);
	// Settled ones go out of the selection by themselves.
	const selected =
		chosen.size === 0
			? chosen
			: new Set(state.conflicts.map((conflict) => conflict.path).filter((path) => chosen.has(path)));
	const inner = innerSize(width, height);
	useActions(
		'conflicts',
		(action) => {
			const take = takeOfAction[action];
			if (isHeld(action)) return;
			if (action === 'log') open({kind: 'log'});
			else if (always.has(action)) return;
			else if (!here) notify(filter === '' ? text.conflictScreen.noneHere : text.noMatch);
			else if (take) settle(selected.size > 0 ? [...selected] : [here.path], take);
			else if (action === 'open') open({kind: 'conflict', path: here.path});
			else if (action === 'edit') edit(here);
			else if (action === 'tool') openTool(here);
			else if (action === 'history') open({kind: 'history', path: here.path});
			else if (action === 'all') settleMany(here, conflicts);
			else if (action === 'select') {
				setChosen(toggled(selected, here.path));
				setCursor(Math.min(cursor + 1, conflicts.length - 1));
			} else setCursor(moveCursor(cursor, action, conflicts.length, inner.height));
		},
		isActive,
	);
	const start = windowStart(cursor, conflicts.length, inner.height);
	const view = {conflicts, selected, cursor, now, width: inner.width};
	const empty = filter === '' ? span(text.conflictScreen.none, 'good') : span(text.noMatch, 'quiet');
	const hidden = conflicts.length - start - inner.height;
	return (
		<PanelLines
			title={`${text.conflicts} ${state.conflicts.length}`}
			note={
				selected.size > 0
					? [span(text.conflictScreen.selected(selected.size), 'accent')]
					: filterNote(filter, conflicts.length, state.conflicts.length)
			}
			width={width}
			height={height}
			rows={conflicts.length === 0 ? [[empty]] : conflictListRows(view, start, start + inner.height)}
			more={hidden > 0 ? text.more(hidden) : undefined}
			focused
		/>
	);
}

function toggled(selected: ReadonlySet<Path>, path: Path): ReadonlySet<Path> {
	const next = new Set(selected);
	if (!next.delete(path)) next.add(path);
	return next;
}
