/** All keys. */
import {ScrollPanel} from '../components/scroll-panel.js';
import {type Place} from '../binding.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {helpRows} from '../views/help.js';

type HelpProps = {readonly from: Place; readonly height: number; readonly isActive: boolean};

export function HelpScreen({from, height, isActive}: HelpProps) {
	const {width, filter} = useSession();
	const rows = helpRows(innerSize(width, height).width, {filter, from});
	return (
		<ScrollPanel
			title={text.help.title}
			width={width}
			height={height}
			rows={rows.length === 0 ? [[span(text.noMatch, 'quiet')]] : rows}
			place="help"
			isActive={isActive}
		/>
	);
}
