import {useEffect, useState, useSyncExternalStore} from 'react';
import {type Session} from '../../core/session.js';
import {type State} from '../../core/state.js';
import {looksTheSame} from '../looks-the-same.js';
import {useKeys} from './use-keys.js';

/** Where snapshots come from. */
export type StateSource = Pick<Session, 'getSnapshot' | 'subscribe'>;

type ThrottledSource = StateSource & {
	/** What comes within the next moment does not wait. */
	hurry(): void;
	close(): void;
};

/** Long enough for what a key does at once, and too short to be seen. */
const momentMs = 10;

/**
 * The same source, but at most one change each `intervalMs`: the first at once, the last one never left out; and none
 * that cannot be seen. Between two changes `getSnapshot` answers with the state that was announced.
 */
export function throttleSource(source: StateSource, intervalMs: number): ThrottledSource {
	let shown = source.getSnapshot();
	let timer: NodeJS.Timeout | undefined;
	let isHurried = false;
	const listeners = new Set<() => void>();
	const announce = () => {
		const newest = source.getSnapshot();
		if (looksTheSame(shown, newest)) return;
		shown = newest;
		wait(intervalMs);
		for (const listener of listeners) listener();
	};
	const wait = (ms: number) => {
		isHurried = ms <= momentMs;
		timer = setTimeout(() => {
			timer = undefined;
			announce();
		}, ms);
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
		hurry() {
			if (!timer || isHurried) return;
			clearTimeout(timer);
			wait(momentMs);
		},
		close() {
			unsubscribe();
			clearTimeout(timer);
		},
	};
}

/**
 * Bytes that flow change the screen all the time: five pictures a second of them look smooth, and leave the processor to
 * the bytes. What a person does is hurried, and what happens after a moment of quiet is shown at once.
 */
const drawIntervalMs = 200;

/** The newest state of a session, as often as it is worth drawing. */
export function useSessionState(session: StateSource): State {
	const [source] = useState(() => throttleSource(session, drawIntervalMs));
	useEffect(() => () => source.close(), [source]);
	// What a person does is shown to them at once, however much else there is to see.
	useKeys(() => source.hurry());
	return useSyncExternalStore(source.subscribe, source.getSnapshot);
}
