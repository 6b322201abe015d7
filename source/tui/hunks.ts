/** A conflict settled hunk by hunk: what is chosen for each difference, and the text that comes of it. Pure. */
import {type Chunk} from './diff-lines.js';

export type Choice = 'mine' | 'theirs' | 'base' | 'both';

/** What was chosen, by the chunk's number; where nothing was, what only one side changed is taken. */
export type Choices = ReadonlyMap<number, Choice>;

/** The numbers of the chunks in which anything differs: the places to go to. */
export function changedChunks(chunks: readonly Chunk[]): readonly number[] {
	return [...chunks.keys()].filter((index) => chunks[index]?.kind !== 'equal');
}

/** What a chunk becomes; undefined while somebody has to choose. */
export function choiceOf(chunks: readonly Chunk[], choices: Choices, index: number): Choice | undefined {
	const chosen = choices.get(index);
	if (chosen !== undefined) return chosen;
	switch (chunks[index]?.kind) {
		case 'theirs':
			return 'theirs';
		case 'conflict':
			return undefined;
		default:
			return 'mine';
	}
}

/** How many still wait for a choice. */
export function openChunks(chunks: readonly Chunk[], choices: Choices): readonly number[] {
	return changedChunks(chunks).filter((index) => choiceOf(chunks, choices, index) === undefined);
}

/** The change to go to from here: the next or the one before, round the ends; the first where nothing is focused. */
export function nextChange(
	chunks: readonly Chunk[],
	focus: number | undefined,
	step: 1 | -1,
): number | undefined {
	const changed = changedChunks(chunks);
	const at = focus === undefined ? -1 : changed.indexOf(focus);
	if (at === -1) return changed.at(step === 1 ? 0 : -1);
	return changed[(at + step + changed.length) % changed.length];
}

/** The lines that come of it; undefined while a chunk waits for a choice. */
export function chosenLines(chunks: readonly Chunk[], choices: Choices): readonly string[] | undefined {
	const lines: string[] = [];
	for (const [index, chunk] of chunks.entries()) {
		switch (choiceOf(chunks, choices, index)) {
			case 'mine':
				lines.push(...chunk.mine);
				break;
			case 'theirs':
				lines.push(...chunk.theirs);
				break;
			case 'base':
				lines.push(...chunk.base);
				break;
			case 'both':
				lines.push(...chunk.mine, ...chunk.theirs);
				break;
			case undefined:
				return undefined;
		}
	}
	return lines;
}
