/**
 * Where the rows of a screen come together to a frame.
 *
 * Ink knows the screen as boxes without text and says where each one stands. Its own way to a frame takes every line apart into
 * characters with their colours and joins them again, those that did not change as well, for each draw: five times the work
 * of everything else.
 */
import {Box, type DOMElement} from 'ink';
import {type ReactNode, useLayoutEffect, useState} from 'react';
import {type Block, composeLines} from '../draw/compose.js';
import {type BlockBoard, BlockBoardContext} from '../hooks/use-block.js';

export type CanvasProps = {
	/** Gets the lines of each frame, all as wide as the screen. */
	readonly draw: (lines: readonly string[]) => void;
	readonly children: ReactNode;
};

export function Canvas({draw, children}: CanvasProps) {
	const [board] = useState(() => new Board(draw));
	useLayoutEffect(() => () => board.close(), [board]);
	return (
		<BlockBoardContext value={board}>
			{/* As high as nothing, so that Ink makes no frame of it. */}
			<Box height={0}>{children}</Box>
		</BlockBoardContext>
	);
}

/** The blocks that are on the screen. */
class Board implements BlockBoard {
	readonly #draw: (lines: readonly string[]) => void;
	readonly #blocks = new Map<DOMElement, Pick<Block, 'width' | 'lines'>>();
	#isDue = false;
	#isOpen = true;

	constructor(draw: (lines: readonly string[]) => void) {
		this.#draw = draw;
	}

	put(box: DOMElement, block: Pick<Block, 'width' | 'lines'>): void {
		this.#blocks.set(box, block);
		this.#changed();
	}

	remove(box: DOMElement): void {
		this.#blocks.delete(box);
		this.#changed();
	}

	/** What was drawn last stays. */
	close(): void {
		this.#isOpen = false;
	}

	/** Draws when all that changes together has changed. */
	#changed(): void {
		if (this.#isDue) return;
		this.#isDue = true;
		queueMicrotask(() => {
			this.#isDue = false;
			if (!this.#isOpen) return;
			this.#draw(composeLines([...this.#blocks].map(([box, block]) => ({...placeOf(box), ...block}))));
		});
	}
}

/** Where Ink has put a box on the screen. */
function placeOf(box: DOMElement): {left: number; top: number} {
	let [left, top] = [0, 0];
	for (let at: DOMElement | undefined = box; at; at = at.parentNode) {
		left += at.yogaNode?.getComputedLeft() ?? 0;
		top += at.yogaNode?.getComputedTop() ?? 0;
	}
	return {left, top};
}
