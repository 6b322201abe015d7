import {useLayoutEffect, useState} from 'react';

/** Where a cursor stands: on which line, and what that line was. */
export type CursorPlace = {readonly index: number; readonly key: string | undefined};

/** Where the cursor stands, and how it is put elsewhere. */
export type ListCursor = {readonly cursor: number; readonly setCursor: (index: number) => void};

/**
 * A cursor that stays on what it stands on while the list changes round it: a key must not act on another line than the one
 * that the person looked at. Where its line is gone, it stands on what took the place. It begins where `kept` says, and is
 * written there; a list that is empty, or not read yet, moves it nowhere.
 */
export function useListCursor(keys: readonly string[], kept: {cursor?: CursorPlace} = {}): ListCursor {
	const [place, setPlace] = useState<CursorPlace>(() => kept.cursor ?? {index: 0, key: undefined});
	const cursor = cursorIn(keys, place);
	if (keys.length > 0 && (cursor !== place.index || keys[cursor] !== place.key))
		setPlace({index: cursor, key: keys[cursor]});
	useLayoutEffect(() => {
		kept.cursor = place;
	}, [kept, place]);
	return {cursor, setCursor: (index) => setPlace({index, key: keys[index]})};
}

/** The line of this list that belongs to a place in an earlier one. */
export function cursorIn(keys: readonly string[], {index, key}: CursorPlace): number {
	const found = key === undefined || keys[index] === key ? index : keys.indexOf(key);
	return Math.max(0, Math.min(found === -1 ? index : found, keys.length - 1));
}
