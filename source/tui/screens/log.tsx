/** Everything that happened, newest last. */
import {ScrollPanel} from '../components/scroll-panel.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {useActions} from '../hooks/use-actions.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {logRows} from '../views/activity.js';

export function LogScreen({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {state, width, open} = useSession();
	useActions('log', (action) => action === 'conflicts' && open({kind: 'conflicts'}), isActive);
	const rows = logRows(state.activity, innerSize(width, height).width);
	return (
		<ScrollPanel
			title={text.log}
			width={width}
			height={height}
			rows={state.activity.items.length === 0 ? [[span(text.noActivity, 'quiet')]] : rows}
			place="log"
			isActive={isActive}
			follow
		/>
	);
}
