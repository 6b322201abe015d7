/**
 * Lines of three texts put beside each other, as diff3 does: runs that all three share, and chunks between them in
 * which at least one differs. Pure and bounded; what is too large to compare exactly is matched by its unique lines.
 */

/** A run of lines in each text, `[from, to)`. */
export type Chunk = {
	readonly kind: 'equal' | 'mine' | 'theirs' | 'same' | 'conflict';
	readonly base: readonly string[];
	readonly mine: readonly string[];
	readonly theirs: readonly string[];
};

/** Above this product of lengths the exact comparison would take too long for a screen. */
const maxExactCells = 4_000_000;

/**
 * Chunks in order; joined, each side gives its text back. `mine`: only mine changed; `theirs`: only theirs; `same`:
 * both changed to the same; `conflict`: they differ.
 */
export function alignThree(
	base: readonly string[],
	mine: readonly string[],
	theirs: readonly string[],
): readonly Chunk[] {
	const inMine = new Map(matchLines(base, mine));
	const inTheirs = new Map(matchLines(base, theirs));
	const chunks: Chunk[] = [];
	let at = {base: 0, mine: 0, theirs: 0};
	let equal: string[] = [];
	const closeEqual = () => {
		if (equal.length > 0) chunks.push({kind: 'equal', base: equal, mine: equal, theirs: equal});
		equal = [];
	};
	const closeChunk = (to: typeof at) => {
		const chunk = {
			base: base.slice(at.base, to.base),
			mine: mine.slice(at.mine, to.mine),
			theirs: theirs.slice(at.theirs, to.theirs),
		};
		if (chunk.base.length + chunk.mine.length + chunk.theirs.length > 0) {
			closeEqual();
			chunks.push({kind: kindOf(chunk), ...chunk});
		}
	};
	for (let line = 0; line < base.length; line++) {
		const toMine = inMine.get(line);
		const toTheirs = inTheirs.get(line);
		if (toMine === undefined || toTheirs === undefined) continue;
		closeChunk({base: line, mine: toMine, theirs: toTheirs});
		equal.push(base[line] ?? '');
		at = {base: line + 1, mine: toMine + 1, theirs: toTheirs + 1};
	}
	closeChunk({base: base.length, mine: mine.length, theirs: theirs.length});
	closeEqual();
	return chunks;
}

function kindOf({base, mine, theirs}: Omit<Chunk, 'kind'>): Chunk['kind'] {
	if (sameLines(mine, theirs)) return 'same';
	if (sameLines(mine, base)) return 'theirs';
	return sameLines(theirs, base) ? 'mine' : 'conflict';
}

function sameLines(one: readonly string[], other: readonly string[]): boolean {
	return one.length === other.length && one.every((line, index) => line === other[index]);
}

/** One text of the chunks: what only one side changed is taken, the rest stands between conflict markers. */
export function mergeChunks(
	chunks: readonly Chunk[],
	names: {readonly mine: string; readonly theirs: string},
): string[] {
	return chunks.flatMap((chunk) => {
		switch (chunk.kind) {
			case 'equal':
			case 'same':
			case 'mine':
				return [...chunk.mine];
			case 'theirs':
				return [...chunk.theirs];
			case 'conflict':
				return [
					`<<<<<<< ${names.mine}`,
					...chunk.mine,
					'||||||| base',
					...chunk.base,
					'=======',
					...chunk.theirs,
					`>>>>>>> ${names.theirs}`,
				];
		}
	});
}

/** True while conflict markers of all three kinds are in a text. */
export function hasMarkers(text: string): boolean {
	return /^<{7} /m.test(text) && /^={7}$/m.test(text) && /^>{7} /m.test(text);
}

/** Pairs of equal lines, rising in both texts: a longest common subsequence where that is affordable. */
export function matchLines(
	one: readonly string[],
	other: readonly string[],
): readonly (readonly [number, number])[] {
	let start = 0;
	while (start < one.length && start < other.length && one[start] === other[start]) start++;
	let end = 0;
	while (
		end < one.length - start &&
		end < other.length - start &&
		one[one.length - 1 - end] === other[other.length - 1 - end]
	) {
		end++;
	}
	const pairs: [number, number][] = [];
	for (let line = 0; line < start; line++) pairs.push([line, line]);
	const middle = {one: one.slice(start, one.length - end), other: other.slice(start, other.length - end)};
	const exact = middle.one.length * middle.other.length <= maxExactCells;
	const matched = exact ? longestCommon(middle.one, middle.other) : uniqueMatches(middle.one, middle.other);
	for (const [line, match] of matched) pairs.push([start + line, start + match]);
	for (let line = end; line > 0; line--) pairs.push([one.length - line, other.length - line]);
	return pairs;
}

function longestCommon(
	one: readonly string[],
	other: readonly string[],
): readonly (readonly [number, number])[] {
	const width = other.length + 1;
	const lengths = new Uint32Array((one.length + 1) * width);
	for (let row = one.length - 1; row >= 0; row--) {
		for (let column = other.length - 1; column >= 0; column--) {
			lengths[row * width + column] =
				one[row] === other[column]
					? (lengths[(row + 1) * width + column + 1] ?? 0) + 1
					: Math.max(lengths[(row + 1) * width + column] ?? 0, lengths[row * width + column + 1] ?? 0);
		}
	}
	const pairs: [number, number][] = [];
	let row = 0;
	let column = 0;
	while (row < one.length && column < other.length) {
		if (one[row] === other[column]) pairs.push([row++, column++]);
		else if ((lengths[(row + 1) * width + column] ?? 0) >= (lengths[row * width + column + 1] ?? 0)) row++;
		else column++;
	}
	return pairs;
}

/** Lines that occur once in both texts, as far as they rise in both. */
function uniqueMatches(
	one: readonly string[],
	other: readonly string[],
): readonly (readonly [number, number])[] {
	const places = uniquePlaces(other);
	const pairs: [number, number][] = [];
	let last = -1;
	for (const [line, at] of uniquePlaces(one)) {
		const match = places.get(line);
		if (match !== undefined && match > last) {
			pairs.push([at, match]);
			last = match;
		}
	}
	return pairs;
}

function uniquePlaces(lines: readonly string[]): Map<string, number> {
	const places = new Map<string, number>();
	const repeated = new Set<string>();
	for (const [index, line] of lines.entries()) {
		if (places.has(line)) repeated.add(line);
		else places.set(line, index);
	}
	for (const line of repeated) places.delete(line);
	return places;
}
