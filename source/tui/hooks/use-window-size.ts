import {useStdout} from 'ink';
import {useEffect, useState} from 'react';

export type WindowSize = {readonly columns: number; readonly rows: number};

/** The size to draw in: all columns, and one row less than there are, so that nothing ever scrolls. */
export function useWindowSize(): WindowSize {
	const {stdout} = useStdout();
	const [size, setSize] = useState(() => sizeOf(stdout));
	useEffect(() => {
		const resized = () => setSize(sizeOf(stdout));
		stdout.on('resize', resized);
		return () => {
			stdout.off('resize', resized);
		};
	}, [stdout]);
	return size;
}

function sizeOf(stdout: {columns?: number; rows?: number}): WindowSize {
	// A terminal that says nothing or 0 gets the classic size.
	return {columns: stdout.columns || 80, rows: Math.max(1, (stdout.rows || 24) - 1)};
}
