/**
 * The three-way merge of one path (merge rules 3 and 16): symmetric in its two sides, and it drops a content only where a side that
 * had it decided against it. It knows no tree: files against folders are settled after it, in normalise.ts.
 */
import {absent, type Content, formatContent, type Oid} from '../../protocol/content.js';
import {
	type ContentSet,
	isSubset,
	meet,
	minus,
	parseFile,
	sameContents,
	smallestPresent,
	unite,
} from './content-sets.js';

/** One call of the line merge. The sides are in oid order, so that the same three texts always make the same key. */
export type TextMerge = {readonly base: Oid; readonly one: Oid; readonly other: Oid};

/** What is known of line merges by textKey: the merged blob, or undefined where the lines conflict. */
export type TextResults = ReadonlyMap<string, Oid | undefined>;

export type MergedValue = {
	readonly contents: ContentSet;
	/** One side took the file and the other the folder out of a record: rule 5 looks below this path. */
	readonly opposite: boolean;
	/** A line merge whose result is not known yet; until then `contents` is the conflict. */
	readonly wants?: TextMerge;
};

/** The name of a line merge among the results. */
export function textKey({base, one, other}: TextMerge): string {
	return `${base} ${one} ${other}`;
}

/**
 * Merges the contents of one path. An empty `base` means that it is unknown: then nothing is dropped, and being absent
 * on one side is no opinion unless a record says that it is one. Without `texts` no lines and no modes are merged.
 */
export function mergeValue(
	base: ContentSet,
	one: ContentSet,
	other: ContentSet,
	texts?: TextResults,
): MergedValue {
	if (sameContents(one, other)) return {contents: one, opposite: false};
	if (base.length === 0) return {contents: uniteUnknown(one, other), opposite: false};
	if (sameContents(one, base)) return {contents: other, opposite: false};
	if (sameContents(other, base)) return {contents: one, opposite: false};
	const merged = texts ? mergeFile(base, one, other, texts) : undefined;
	if (typeof merged === 'string') return {contents: [merged], opposite: false};
	// A side that only dropped values has decided: what it kept counts as written.
	const written = (side: ContentSet) => (isSubset(side, base) ? side : minus(side, base));
	return {
		contents: unite(meet(one, other), written(one), written(other)),
		opposite:
			base.length > 1 &&
			one.length === 1 &&
			other.length === 1 &&
			one.includes(absent) !== other.includes(absent),
		wants: merged,
	};
}

function uniteUnknown(one: ContentSet, other: ContentSet): ContentSet {
	const all = unite(one, other);
	const asksAboutDeletion = [one, other].some((side) => side.length > 1 && side.includes(absent));
	return asksAboutDeletion || smallestPresent(all) === undefined
		? all
		: all.filter((content) => content !== absent);
}

/** Merges mode and bytes apart, so that a chmod against an edit is clean. Undefined: not three regular files, or a conflict. */
function mergeFile(
	base: ContentSet,
	one: ContentSet,
	other: ContentSet,
	texts: TextResults,
): Content | TextMerge | undefined {
	if (base.length > 1 || one.length > 1 || other.length > 1) return undefined;
	const [from, left, right] = [parseFile(base[0]!), parseFile(one[0]!), parseFile(other[0]!)];
	if (!from || !left || !right) return undefined;
	// There are two modes: where the sides differ, one of them is the base's, and the other was chosen.
	const mode = left.mode === from.mode ? right.mode : left.mode;
	if (left.oid === right.oid || right.oid === from.oid) return formatContent(mode, left.oid);
	if (left.oid === from.oid) return formatContent(mode, right.oid);
	const wants =
		left.oid < right.oid
			? {base: from.oid, one: left.oid, other: right.oid}
			: {base: from.oid, one: right.oid, other: left.oid};
	const key = textKey(wants);
	if (!texts.has(key)) return wants;
	const result = texts.get(key);
	return result === undefined ? undefined : formatContent(mode, result);
}
