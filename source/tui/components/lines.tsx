/** Rows on the screen. */
import {Text, Transform} from 'ink';
import {paintRow} from '../draw/paint.js';
import {fitRow, type Row} from '../draw/row.js';
import {useLook} from '../hooks/use-look.js';

/**
 * Draws rows in exactly `width` columns.
 *
 * Ink keeps every text that it ever measured, for ever, so a screen that runs for days must not show it new ones: it
 * lays out one placeholder a size, and the rows are put in its place as it writes.
 */
export function Lines({rows, width}: {readonly rows: readonly Row[]; readonly width: number}) {
	const {look} = useLook();
	if (rows.length === 0 || width <= 0) return null;
	const lines = rows.map((row) => paintRow(fitRow(row, width), look));
	return (
		<Transform transform={(_line, index) => lines[index] ?? ''}>
			<Text>{Array.from({length: rows.length}, () => '.'.repeat(width)).join('\n')}</Text>
		</Transform>
	);
}
