import {useEffect, useState, useSyncExternalStore} from 'react';
import {type Session} from '../../core/session.js';
import {type State} from '../../core/state.js';
import {looksTheSame} from '../looks-the-same.js';

/** Where snapshots come from. */
export type StateSource = Pick<Session, 'getSnapshot' | 'subscribe'>;

/**
 * The same source, but at most one change each `intervalMs`: the first at once, the last one never left out; and none
 * that cannot be seen. Between two changes `getSnapshot` answers with the state that was announced.
 */
export function throttleSource(source: StateSource, intervalMs: number): StateSource & {close(): void} {
	let shown = source.getSnapshot();
	let timer: NodeJS.Timeout | undefined;
	const listeners = new Set<() => void>();
	const announce = () => {
		const newest = source.getSnapshot();
		if (looksTheSame(shown, newest)) return;
		shown = newest;
		timer = setTimeout(() => {
			timer = undefined;
			announce();
		}, intervalMs);
		for (const listener of listeners) listener();
	};
	const unsubscribe = source.subscribe(() => {
		if (!timer) announce();
	});
	return {
		getSnapshot: () => shown,
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		close() {
			unsubscribe();
			clearTimeout(timer);
		},
	};
}

/** At most ten draws a second. */
const drawIntervalMs = 100;

/** The newest state of a session, as often as it is worth drawing. */
export function useSessionState(session: StateSource): State {
	const [source] = useState(() => throttleSource(session, drawIntervalMs));
	useEffect(() => () => source.close(), [source]);
	return useSyncExternalStore(source.subscribe, source.getSnapshot);
}
