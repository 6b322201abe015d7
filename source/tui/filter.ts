/** Narrowing a list to what somebody types. Pure. */

/** True if every word is somewhere in the text, however it is written; no words: everything. */
function matches(filter: string, text: string): boolean {
	const found = text.toLowerCase();
	return filter
		.toLowerCase()
		.split(/\s+/)
		.every((word) => found.includes(word));
}

/** The items of which one of the texts matches; the list itself where nothing is asked for. */
export function filtered<T>(items: readonly T[], filter: string, textOf: (item: T) => string): readonly T[] {
	return filter.trim() === '' ? items : items.filter((item) => matches(filter.trim(), textOf(item)));
}
