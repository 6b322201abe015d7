/**
 * Frames to a terminal, rewriting only the lines that changed.
 *
 * Each changed line is placed absolutely and everything is written at once between the marks of a synchronized
 * update, so nothing flickers, a wrong width spoils one line at most, and an equal frame writes nothing.
 */
import {textWidth} from '../draw/row.js';

const beginUpdate = '\u001B[?2026h';
const endUpdate = '\u001B[?2026l';

/**
 * The bytes that turn one frame into the next; empty if they are equal. `previous` undefined: the terminal shows
 * something unknown and is cleared first.
 */
export function frameChanges(
	previous: readonly string[] | undefined,
	next: readonly string[],
	columns: number,
): string {
	let out = previous ? '' : '\u001B[H\u001B[2J';
	const rows = Math.max(previous?.length ?? 0, next.length);
	for (let row = 0; row < rows; row++) {
		const line = next[row] ?? '';
		if (previous && (previous[row] ?? '') === line) continue;
		if (!previous && line === '') continue;
		// Erasing after a line that fills the last column would erase its last character.
		const erase = previous && textWidth(line) < columns ? '\u001B[K' : '';
		out += `\u001B[${row + 1};1H${line}\u001B[0m${erase}`;
	}
	return out === '' ? '' : beginUpdate + out + endUpdate;
}

export type FrameOutput = {write(text: string): unknown; readonly columns: number; readonly rows: number};

/** Remembers what the terminal shows. */
export class FrameWriter {
	private shown: readonly string[] | undefined;
	private newest = '';
	private open = false;

	constructor(private readonly output: FrameOutput) {}

	/** Starts to draw on a terminal that shows something unknown. */
	start(): void {
		this.open = true;
		this.shown = undefined;
		if (this.newest !== '') this.draw(this.newest);
	}

	/** Leaves the terminal alone; frames that come are only remembered. */
	stop(): void {
		this.open = false;
	}

	/** Draws everything anew, for instance after the size changed or something else wrote to the terminal. */
	redraw(): void {
		this.shown = undefined;
		if (this.open) this.draw(this.newest);
	}

	draw(frame: string): void {
		this.newest = frame;
		if (!this.open) return;
		const next = frame.split('\n').slice(0, this.output.rows);
		const bytes = frameChanges(this.shown, next, this.output.columns);
		this.shown = next;
		if (bytes !== '') this.output.write(bytes);
	}
}
