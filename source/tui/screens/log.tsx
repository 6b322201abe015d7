/** Everything that happened, newest last. */
import {useMemo} from 'react';
import {type Activity} from '../../core/state.js';
import {ScrollPanel} from '../components/scroll-panel.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {filtered} from '../filter.js';
import {useActions} from '../hooks/use-actions.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {logRows} from '../views/activity.js';
import {filterNote} from '../views/filter.js';

/** What of a line a filter looks at. */
function wordsOf({kind, who, text: says, path = ''}: Activity): string {
	return `${kind} ${who} ${says} ${path}`;
}

export function LogScreen({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {state, width, open, filter} = useSession();
	useActions(
		'log',
		(action) => {
			if (action === 'conflicts') open({kind: 'conflicts'});
			if (action === 'history') open({kind: 'history'});
		},
		isActive,
	);
	const {items} = state.activity;
	const shown = useMemo(() => filtered(items, filter, wordsOf), [items, filter]);
	const columns = innerSize(width, height).width;
	const rows = useMemo(
		() => logRows(filter === '' ? state.activity : {items: shown, hidden: 0}, columns),
		[state.activity, shown, filter, columns],
	);
	const empty = items.length === 0 ? text.noActivity : text.noMatch;
	return (
		<ScrollPanel
			title={text.log}
			width={width}
			height={height}
			note={filterNote(filter, shown.length, items.length)}
			rows={shown.length === 0 ? [[span(empty, 'quiet')]] : rows}
			place="log"
			isActive={isActive}
			follow
		/>
	);
}
