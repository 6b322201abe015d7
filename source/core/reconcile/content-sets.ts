/** Sets of contents as values hold them: sorted arrays without repeats. */
import {
	absent,
	absentValue,
	type Content,
	parseContent,
	type Path,
	sortContents,
	type Tree,
	type Value,
} from '../../protocol/content.js';

export type ContentSet = readonly Content[];

/** True if both sets hold the same contents. */
export function sameContents(one: ContentSet, other: ContentSet): boolean {
	return one.length === other.length && one.every((content, index) => content === other[index]);
}

/** What both sets hold. */
export function meet(one: ContentSet, other: ContentSet): ContentSet {
	return one.filter((content) => other.includes(content));
}

/** What the first set holds and the second does not. */
export function minus(one: ContentSet, other: ContentSet): ContentSet {
	return one.filter((content) => !other.includes(content));
}

/** What any of the sets holds. */
export function unite(...sets: readonly ContentSet[]): ContentSet {
	return sortContents(sets.flat());
}

/** True if every content of the first set is in the second. */
export function isSubset(one: ContentSet, other: ContentSet): boolean {
	return one.every((content) => other.includes(content));
}

/** The smallest content that is not `absent`. */
export function smallestPresent(contents: ContentSet): Content | undefined {
	return contents.find((content) => content !== absent);
}

/** The value at a path; what a tree does not list is clean and absent. */
export function valueAt(tree: Tree, path: Path): Value {
	return tree.get(path) ?? absentValue;
}

/** A value of these contents; only a record keeps a base, and a base that nobody knows is `absent`. */
export function makeValue(contents: ContentSet, base: Content | undefined): Value {
	return contents.length > 1 ? {contents, base: base ?? absent} : {contents};
}

/** True if both values hold the same contents and, as records, the same base. */
export function sameValue(one: Value, other: Value): boolean {
	return (
		sameContents(one.contents, other.contents) &&
		(one.contents.length === 1 || (one.base ?? absent) === (other.base ?? absent))
	);
}

/** True for a value that is one present content. */
export function isCleanFile(value: Value): boolean {
	return value.contents.length === 1 && value.contents[0] !== absent;
}

/** What a record made from this value has as its base: the record's own, or the clean content. */
export function recordBase(value: Value): Content {
	return value.contents.length > 1 ? (value.base ?? absent) : value.contents[0]!;
}

/** The parts of a content that is a regular file, executable or not. */
export function parseFile(content: Content): {mode: '100644' | '100755'; oid: string} | undefined {
	const parts = parseContent(content);
	return parts && parts.mode !== '120000' ? {mode: parts.mode, oid: parts.oid} : undefined;
}
