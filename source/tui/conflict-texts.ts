/** The three texts of a conflict as lines, and what is said in place of what is no text. Pure. */
import {type ContentPreview} from '../core/session.js';
import {alignThree, type Chunk} from './diff-lines.js';
import {text} from './text.js';

/** A side as it was read, or why it was not. */
export type LoadedContent = ContentPreview | 'loading' | 'unreadable' | 'absent';

export type LoadedSides = {
	readonly base: LoadedContent;
	readonly mine: LoadedContent;
	readonly theirs: LoadedContent;
};

const sideNames = ['base', 'mine', 'theirs'] as const;

/** The texts put beside each other; undefined where one is no text. What is absent has no lines. */
export function chunksOf({base, mine, theirs}: LoadedSides): readonly Chunk[] | undefined {
	const [ofBase, ofMine, ofTheirs] = [linesOf(base), linesOf(mine), linesOf(theirs)];
	return ofBase && ofMine && ofTheirs ? alignThree(ofBase, ofMine, ofTheirs) : undefined;
}

/** True if the differences can be chosen one by one: a deletion is of the whole file. */
export function canChoose({mine, theirs}: LoadedSides): boolean {
	return isText(mine) && isText(theirs);
}

/** A sentence for each side that is no text. */
export function notesOf(sides: LoadedSides): readonly string[] {
	return sideNames.flatMap((name) => {
		const note = noteOf(sides[name], name === 'base');
		return note === undefined ? [] : [`${text.conflictScreen[name]}: ${note}`];
	});
}

function isText(content: LoadedContent): content is ContentPreview & {readonly text: string} {
	return typeof content === 'object' && content.text !== undefined;
}

function linesOf(content: LoadedContent): readonly string[] | undefined {
	if (content === 'absent') return [];
	return isText(content) ? content.text.split('\n') : undefined;
}

function noteOf(content: LoadedContent, isBase: boolean): string | undefined {
	if (content === 'absent') return isBase ? text.conflictScreen.noBase : text.conflictScreen.absent;
	if (content === 'loading') return text.conflictScreen.loading;
	if (content === 'unreadable') return text.conflictScreen.unreadable;
	return content.text === undefined ? text.conflictScreen.binary(content.bytes) : undefined;
}
