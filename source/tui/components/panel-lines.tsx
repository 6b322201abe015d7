/** A panel on the screen. */
import {panel, type PanelOptions} from '../draw/panel.js';
import {type Row} from '../draw/row.js';
import {Lines} from './lines.js';

export function PanelLines({rows, ...options}: PanelOptions & {readonly rows: readonly Row[]}) {
	return <Lines rows={panel(rows, options)} width={options.width} />;
}
