/** All keys. */
import {ScrollPanel} from '../components/scroll-panel.js';
import {innerSize} from '../draw/panel.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {helpRows} from '../views/help.js';

export function HelpScreen({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {width} = useSession();
	return (
		<ScrollPanel
			title={text.help}
			width={width}
			height={height}
			rows={helpRows(innerSize(width, height).width)}
			place="help"
			isActive={isActive}
		/>
	);
}
