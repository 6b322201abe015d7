/** How large a picture may be. */
export type WindowSize = {readonly columns: number; readonly rows: number};

/** The size to draw in: all columns, and one row less than there are, so that nothing ever scrolls. */
export function windowSize(stdout: {readonly columns?: number; readonly rows?: number}): WindowSize {
	// A terminal that says nothing or 0 gets the classic size.
	return {columns: stdout.columns || 80, rows: Math.max(1, (stdout.rows || 24) - 1)};
}
