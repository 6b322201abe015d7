import {createContext, useContext, useEffect, useState} from 'react';

/** Where the screen reads the time: ms since the epoch. */
export const ClockContext = createContext<() => number>(() => Date.now());

/** The time, renewed as often as `tickMs` says of it, while something that shows it is on the screen; undefined: never. */
export function useNow(tickMs: (now: number) => number | undefined = () => undefined): number {
	const now = useContext(ClockContext)();
	const [, setTick] = useState(0);
	const everyMs = tickMs(now);
	useEffect(() => {
		if (everyMs === undefined) return undefined;
		const timer = setInterval(() => setTick((tick) => tick + 1), everyMs);
		return () => clearInterval(timer);
	}, [everyMs]);
	return now;
}
