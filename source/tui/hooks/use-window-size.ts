import {useStdout} from 'ink';
import {useEffect, useState} from 'react';
import {windowSize, type WindowSize} from '../window-size.js';

/** The size to draw in, as it is now. */
export function useWindowSize(): WindowSize {
	const {stdout} = useStdout();
	const [size, setSize] = useState(() => windowSize(stdout));
	useEffect(() => {
		const resized = () => setSize(windowSize(stdout));
		stdout.on('resize', resized);
		return () => {
			stdout.off('resize', resized);
		};
	}, [stdout]);
	return size;
}
