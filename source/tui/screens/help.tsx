/** All keys. */
import {ScrollPanel} from '../components/scroll-panel.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {helpRows} from '../views/help.js';

export function HelpScreen({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {width, filter} = useSession();
	const rows = helpRows(innerSize(width, height).width, filter);
	return (
		<ScrollPanel
			title={text.help}
			width={width}
			height={height}
			rows={rows.length === 0 ? [[span(text.noMatch, 'quiet')]] : rows}
			place="help"
			isActive={isActive}
		/>
	);
}
