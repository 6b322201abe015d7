import {createContext, useContext, useLayoutEffect, useRef} from 'react';
import {type Input} from '../keys.js';

/** Always calls the newest handler of a component. */
export type KeyListener = {readonly current: (input: Input) => void};

/** Who is told about keys. */
export const KeysContext = createContext<Set<KeyListener>>(new Set());

/** Calls back for each key and each paste, in order. */
export function useKeys(handle: (input: Input) => void, isActive = true): void {
	const listeners = useContext(KeysContext);
	const handler = useRef(handle);
	useLayoutEffect(() => {
		handler.current = handle;
	});
	useLayoutEffect(() => {
		if (!isActive) return undefined;
		listeners.add(handler);
		return () => {
			listeners.delete(handler);
		};
	}, [listeners, isActive]);
}
