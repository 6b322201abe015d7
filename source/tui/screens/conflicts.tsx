/** The list of conflicts, and of problems below them. */
import {useLayoutEffect, useMemo, useRef, useState} from 'react';
import {type Take} from '../../core/command.js';
import {type Conflict, type Problem} from '../../core/state.js';
import {type Path} from '../../protocol/content.js';
import {PanelLines} from '../components/panel-lines.js';
import {rowsBetween} from '../draw/lazy-rows.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {filtered} from '../filter.js';
import {useActions} from '../hooks/use-actions.js';
import {useListCursor} from '../hooks/use-list-cursor.js';
import {useNow} from '../hooks/use-now.js';
import {type Action} from '../binding.js';
import {moveCursor} from '../list-cursor.js';
import {selectAgeTickMs} from '../select.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {filterNote} from '../views/filter.js';
import {troubleListRows} from '../views/trouble-list.js';
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

/** What of a problem a filter looks at. */
function wordsOfProblem({path = '', message}: Problem): string {
	return `${path} ${message}`;
}

const moves = new Set<Action>(['up', 'down', 'page-up', 'page-down', 'first', 'last']);

export function ConflictsScreen({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {state, width, open, filter, kept, notify, settleGuard} = useSession();
	const conflicts = useMemo(() => filtered(state.conflicts, filter, wordsOf), [state.conflicts, filter]);
	// The newest first, as on the session screen.
	const problems = useMemo(
		() => filtered(state.problems.items, filter, wordsOfProblem).toReversed(),
		[state.problems.items, filter],
	);
	const {settle, settleMany, isHeld} = useSettling();
	const {edit, openTool} = useMerging();
	const now = useNow((at) => selectAgeTickMs(conflicts, at));
	const keys = useMemo(
		() => [
			...conflicts.map(({path}) => path),
			// No path begins with a slash.
			...problems.map(({code, path, peerId}) => `/${code} ${path ?? ''} ${peerId ?? ''}`),
		],
		[conflicts, problems],
	);
	const {cursor, setCursor} = useListCursor(keys, kept);
	const [chosen, setChosen] = useState<ReadonlySet<Path>>(kept.chosen ?? new Set());
	const here = conflicts[cursor];
	const former = useRef(here?.path);
	useLayoutEffect(() => {
		const isGone =
			former.current !== here?.path && !state.conflicts.some(({path}) => path === former.current);
		if (isGone) settleGuard.another();
		former.current = here?.path;
	}, [here?.path]);
	useLayoutEffect(() => {
		kept.chosen = chosen;
	}, [kept, chosen]);
	// Settled ones go out of the selection by themselves.
	const selected =
		chosen.size === 0
			? chosen
			: new Set(state.conflicts.map((conflict) => conflict.path).filter((path) => chosen.has(path)));
	// Nobody settles what a filter hides.
	const selectedHere = conflicts.map(({path}) => path).filter((path) => selected.has(path));
	const inner = innerSize(width, height);
	useActions(
		'conflicts',
		(action) => {
			const take = takeOfAction[action];
			if (isHeld(action)) return;
			if (action === 'log') open({kind: 'log'});
			else if (always.has(action)) return;
			else if (moves.has(action)) setCursor(moveCursor(cursor, action, keys.length, inner.height));
			else if (take && selectedHere.length > 0) settle(selectedHere, take);
			else if (!here) notify(nothingHere());
			else if (take) settle([here.path], take);
			else if (action === 'open') open({kind: 'conflict', path: here.path});
			else if (action === 'edit') edit(here);
			else if (action === 'tool') openTool(here);
			else if (action === 'history') open({kind: 'history', path: here.path});
			else if (action === 'all') settleMany(here, conflicts);
			else if (action === 'select') {
				setChosen(toggled(selected, here.path));
				setCursor(Math.min(cursor + 1, conflicts.length - 1));
			}
		},
		isActive,
	);
	const nothingHere = () => {
		if (keys.length > 0) return text.conflictScreen.problemHere;
		return filter === '' ? text.conflictScreen.noneHere : text.noMatch;
	};
	const view = {
		...{conflicts, problems, selected, cursor, now},
		notListed: filter === '' ? state.problems.hidden : 0,
		width: inner.width,
		isFiltered: filter !== '',
	};
	const list = troubleListRows(view);
	const start = list.windowStart(inner.height);
	const hidden = list.count - start - inner.height;
	const all = state.conflicts.length + state.problems.items.length;
	return (
		<PanelLines
			title={text.conflictsTitle(state.conflicts.length, state.problems.items.length + state.problems.hidden)}
			note={
				selected.size > 0
					? [span(text.conflictScreen.selected(selected.size, selected.size - selectedHere.length), 'accent')]
					: filterNote(filter, keys.length, all)
			}
			width={width}
			height={height}
			rows={rowsBetween(list, start, start + inner.height)}
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
