/** A panel with more rows than room, scrolled by keys. */
import {innerSize} from '../draw/panel.js';
import {type Row} from '../draw/row.js';
import {useActions} from '../hooks/use-actions.js';
import {useScroll} from '../hooks/use-scroll.js';
import {type Place} from '../binding.js';
import {text} from '../text.js';
import {PanelLines} from './panel-lines.js';

export type ScrollPanelProps = {
	readonly title: string;
	readonly note?: Row;
	/** Rows that stay above the ones that scroll. */
	readonly head?: readonly Row[];
	readonly rows: readonly Row[];
	readonly width: number;
	readonly height: number;
	readonly place: Place;
	readonly isActive: boolean;
	/** Starts at the newest row and stays there. */
	readonly follow?: boolean;
};

export function ScrollPanel({rows, head = [], place, isActive, follow, ...panel}: ScrollPanelProps) {
	const height = Math.max(1, innerSize(panel.width, panel.height).height - head.length);
	const {start, scroll} = useScroll(rows.length, height, follow);
	useActions(place, scroll, isActive);
	const below = rows.length - start - height;
	return (
		<PanelLines
			{...panel}
			rows={[...head, ...rows.slice(start, start + height)]}
			more={below > 0 ? text.more(below) : undefined}
		/>
	);
}
