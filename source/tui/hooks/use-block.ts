import {type DOMElement} from 'ink';
import {createContext, type RefObject, useContext, useLayoutEffect, useRef} from 'react';
import {type Block} from '../draw/compose.js';

/** Takes the painted rows of the boxes on the screen. */
export type BlockBoard = {
	put(box: DOMElement, block: Pick<Block, 'width' | 'lines'>): void;
	remove(box: DOMElement): void;
};

export const BlockBoardContext = createContext<BlockBoard | undefined>(undefined);

/** Puts painted rows where the box stands that gets the reference. */
export function useBlock(lines: readonly string[], width: number): RefObject<DOMElement | null> {
	const board = useContext(BlockBoardContext);
	if (!board) throw new Error('Rows are drawn outside of a canvas.');
	const box = useRef<DOMElement>(null);
	useLayoutEffect(() => {
		if (box.current) board.put(box.current, {width, lines});
	});
	useLayoutEffect(() => {
		const {current} = box;
		return () => {
			if (current) board.remove(current);
		};
	}, [board]);
	return box;
}
