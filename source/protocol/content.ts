/**
 * What stands at one path of a project: a content is an exec bit or link mode and a git blob, or nothing.
 * The words of docs/merge-rules: a path's value in a commit is a sorted, non-empty set of contents.
 */

/** A git object id: 40 lower-case hex digits. */
export type Oid = string;

/** The only modes that are synced: file, executable file, symbolic link. */
export type FileMode = '100644' | '100755' | '120000';

/**
 * One content: `<oid>-<mode>`, or `absent`. A string, so that sets of contents compare, sort and serve as keys
 * without further ado; it is also the name of a side's entry in a conflict record.
 */
export type Content = string;

/** A project path: relative, `/` between components, never empty, valid UTF-8. */
export type Path = string;

/** Nothing stands at this path. An ordinary member of a value: delete against edit is `{absent, edit}`. */
export const absent: Content = 'absent';

/** The value of a path: `contents` sorted and never empty; one is clean, more are a conflict record. */
export type Value = {
	readonly contents: readonly Content[];
	/** A record's base, for display, `take base` and tools; never for merging. */
	readonly base?: Content;
};

/** Values by path; a path that is not in it is clean and absent. */
export type Tree = ReadonlyMap<Path, Value>;

export const absentValue: Value = {contents: [absent]};

const contentPattern = /^([0-9a-f]{40})-(100644|100755|120000)$/;
const oidPattern = /^[0-9a-f]{40}$/;

export function isOid(text: string): text is Oid {
	return oidPattern.test(text);
}

export function formatContent(mode: FileMode, oid: Oid): Content {
	return `${oid}-${mode}`;
}

/** The parts of a present content; undefined for `absent` and for anything that is not a content. */
export function parseContent(content: Content): {mode: FileMode; oid: Oid} | undefined {
	const match = contentPattern.exec(content);
	return match ? {oid: match[1]!, mode: match[2] as FileMode} : undefined;
}

export function isConflicted(value: Value): boolean {
	return value.contents.length > 1;
}

/** True for the value of a path that is clean and absent, which a tree does not list. */
export function isAbsentValue(value: Value): boolean {
	return value.contents.length === 1 && value.contents[0] === absent;
}

/** Contents sorted and without repeats, the form in which values hold them. */
export function sortContents(contents: Iterable<Content>): readonly Content[] {
	return [...new Set(contents)].sort();
}
