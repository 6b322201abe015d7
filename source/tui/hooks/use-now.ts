import {createContext, useContext, useEffect, useState} from 'react';

/** Where the screen reads the time: ms since the epoch. */
export const ClockContext = createContext<() => number>(() => Date.now());

/** The time, renewed each second while something that shows it is on the screen. */
export function useNow(isTicking: boolean): number {
	const clock = useContext(ClockContext);
	const [, setTick] = useState(0);
	useEffect(() => {
		if (!isTicking) return undefined;
		const timer = setInterval(() => setTick((tick) => tick + 1), 1000);
		return () => clearInterval(timer);
	}, [isTicking]);
	return clock();
}
