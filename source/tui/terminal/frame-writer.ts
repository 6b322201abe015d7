/**
 * Frames to a terminal, rewriting only the lines that changed.
 *
 * Each changed line is placed absolutely and everything is written at once between the marks of a synchronized
 * update, so nothing flickers, a wrong width spoils one line at most, and an equal frame writes nothing.
 */
const beginUpdate = '\u001B[?2026h';
const endUpdate = '\u001B[?2026l';

/**
 * The bytes that turn one frame into the next; empty if they are equal. Lines are as wide as the terminal, or empty.
 * `previous` undefined: the terminal shows something unknown and is cleared first.
 */
export function frameChanges(previous: readonly string[] | undefined, next: readonly string[]): string {
	let out = previous ? '' : '\u001B[H\u001B[2J';
	const rows = Math.max(previous?.length ?? 0, next.length);
	for (let row = 0; row < rows; row++) {
		const line = next[row] ?? '';
		if (previous && (previous[row] ?? '') === line) continue;
		if (!previous && line === '') continue;
		// Only instead of blanks: after a line that fills the last column its last character would be erased.
		const text = line.trimEnd();
		const erase = previous && text.length < Math.max(line.length, 1) ? '\u001B[K' : '';
		out += `\u001B[${row + 1};1H${text}\u001B[0m${erase}`;
	}
	return out === '' ? '' : beginUpdate + out + endUpdate;
}

export type FrameOutput = {
	/** `taken` is called when the terminal has all of it. */
	write(text: string, taken: () => void): unknown;
	readonly rows: number;
};

/** Remembers what the terminal shows. A terminal that is slower than the frames gets those that are new when it is ready. */
export class FrameWriter {
	private shown: readonly string[] | undefined;
	private newest: readonly string[] = [];
	private open = false;
	private busy = false;

	constructor(private readonly output: FrameOutput) {}

	/** Starts to draw on a terminal that shows something unknown. */
	start(): void {
		this.open = true;
		this.redraw();
	}

	/** Leaves the terminal alone; frames that come are only remembered. */
	stop(): void {
		this.open = false;
	}

	/** Draws everything anew, for instance after the size changed or something else wrote to the terminal. */
	redraw(): void {
		this.shown = undefined;
		if (this.newest.length > 0) this.draw(this.newest);
	}

	draw(frame: readonly string[]): void {
		this.newest = frame;
		if (!this.open || this.busy) return;
		const next = frame.slice(0, this.output.rows);
		const bytes = frameChanges(this.shown, next);
		this.shown = next;
		if (bytes === '') return;
		this.busy = true;
		this.output.write(bytes, () => {
			this.busy = false;
			// What came meanwhile; nothing is written if that is what is shown.
			this.draw(this.newest);
		});
	}
}
