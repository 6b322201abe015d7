import {useEffect, useRef} from 'react';
import {type Activity} from '../../core/state.js';

/** Says at once what the log says of a file that two edit: the sooner they know, the less there is to merge. */
export function useOverlap(activity: readonly Activity[], notify: (sentence: string) => void): void {
	const newest = activity.at(-1)?.id ?? -1;
	const seen = useRef(newest);
	useEffect(() => {
		const fresh = activity.findLast(({kind, id}) => kind === 'overlap' && id > seen.current);
		seen.current = newest;
		if (fresh) notify(fresh.text);
	}, [newest]);
}
