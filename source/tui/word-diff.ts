/** Which words of a line are not in the line that it is compared with. Knows no language: words, blanks, signs. Pure. */
import {matchLines} from './diff-lines.js';

/** A piece of a line; `isNew` where the other line has no such piece at its place. */
export type Piece = {readonly text: string; readonly isNew: boolean};

/** Longer lines are marked as a whole: nobody looks for a word in them. */
const maxLength = 2000;
/** Lines that share less than this are two lines, not one that was edited. */
const leastShared = 0.3;

const words = /[\p{L}\p{N}\p{M}_]+|\s+|./gu;

/** The pieces of `line`, neighbours of one kind joined; one that is not new where the lines have little in common. */
export function wordDiff(line: string, compared: string): readonly Piece[] {
	if (line === compared || line.length > maxLength || compared.length > maxLength)
		return [{text: line, isNew: false}];
	const own = line.match(words) ?? [];
	const other = compared.match(words) ?? [];
	const shared = new Set(matchLines(own, other).map(([at]) => at));
	const length = own.reduce(
		(sum, word, at) => sum + (shared.has(at) && word.trim() !== '' ? word.length : 0),
		0,
	);
	const visible = line.replaceAll(/\s/g, '').length;
	if (length < visible * leastShared) return [{text: line, isNew: false}];
	const pieces: Piece[] = [];
	for (const [at, text] of own.entries()) {
		const isNew = !shared.has(at);
		const last = pieces.at(-1);
		if (last?.isNew === isNew) pieces[pieces.length - 1] = {text: last.text + text, isNew};
		else pieces.push({text, isNew});
	}
	return pieces;
}
