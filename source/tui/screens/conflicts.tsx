/** The list of conflicts. */
import {useState} from 'react';
import {type Take} from '../../core/command.js';
import {type Path} from '../../protocol/content.js';
import {PanelLines} from '../components/panel-lines.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {useActions} from '../hooks/use-actions.js';
import {useNow} from '../hooks/use-now.js';
import {type Action} from '../binding.js';
import {moveCursor, windowStart} from '../list-cursor.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {conflictListRows} from '../views/conflicts.js';
import {useSettling} from './use-settling.js';

/** The side that each key takes. */
export const takeOfAction: Partial<Record<Action, Take>> = {
	'take-mine': 'mine',
	'take-theirs': 'theirs',
	'take-base': 'base',
	'take-both': 'both',
};

export function ConflictsScreen({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {state, width, open} = useSession();
	const {conflicts} = state;
	const {settle, settleAll, edit} = useSettling();
	const now = useNow(conflicts.length > 0);
	const [at, setAt] = useState(0);
	const [chosen, setChosen] = useState<ReadonlySet<Path>>(new Set());
	const cursor = Math.min(at, Math.max(0, conflicts.length - 1));
	const here = conflicts[cursor];
	// Settled ones go out of the selection by themselves.
	const selected = new Set(conflicts.map((conflict) => conflict.path).filter((path) => chosen.has(path)));
	const inner = innerSize(width, height);
	useActions(
		'conflicts',
		(action) => {
			const take = takeOfAction[action];
			if (action === 'log') open({kind: 'log'});
			else if (!here) return;
			else if (take) settle(selected.size > 0 ? [...selected] : [here.path], take);
			else if (action === 'open') open({kind: 'conflict', path: here.path});
			else if (action === 'edit') edit(here);
			else if (action === 'all') settleAll();
			else if (action === 'select') {
				setChosen(toggled(selected, here.path));
				setAt(Math.min(cursor + 1, conflicts.length - 1));
			} else setAt(moveCursor(cursor, action, conflicts.length, inner.height));
		},
		isActive,
	);
	const rows = conflictListRows({conflicts, selected, cursor, now, width: inner.width});
	const start = windowStart(cursor, rows.length, inner.height);
	const hidden = rows.length - start - inner.height;
	return (
		<PanelLines
			title={`${text.conflicts} ${conflicts.length}`}
			note={selected.size > 0 ? [span(text.conflictScreen.selected(selected.size), 'accent')] : []}
			width={width}
			height={height}
			rows={rows.slice(start)}
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
