/** Rows on the screen. */
import {Box} from 'ink';
import {paintRow} from '../draw/paint.js';
import {fitRow, type Row} from '../draw/row.js';
import {useBlock} from '../hooks/use-block.js';
import {useLook} from '../hooks/use-look.js';

/** Draws rows in exactly `width` columns. */
export function Lines({rows, width}: {readonly rows: readonly Row[]; readonly width: number}) {
	const {look} = useLook();
	const lines = width <= 0 ? [] : rows.map((row) => paintRow(fitRow(row, width), look));
	const box = useBlock(lines, width);
	return <Box ref={box} width={width} height={lines.length} flexShrink={0} />;
}
