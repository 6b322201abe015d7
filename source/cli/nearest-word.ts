/** Which known word was meant where none was typed. */

/** The nearest one, if it is near enough that nobody would wonder; undefined for a word that is something else. */
export function nearestWord(typed: string, words: readonly string[]): string | undefined {
	const most = typed.length < 3 ? 0 : typed.length < 6 ? 1 : 2;
	const [nearest] = words
		.map((word) => ({word, distance: distanceOf(typed, word)}))
		.filter(({distance}) => distance <= most)
		.sort((one, other) => one.distance - other.distance);
	return nearest?.word;
}

/** How many letters are put in, left out, changed, or swapped with the next one. */
function distanceOf(one: string, other: string): number {
	let [before, row]: [number[], number[]] = [[], Array.from({length: other.length + 1}, (_, at) => at)];
	for (let i = 1; i <= one.length; i++) {
		const next = [i];
		for (let j = 1; j <= other.length; j++) {
			const same = one[i - 1] === other[j - 1] ? 0 : 1;
			const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
			next.push(
				Math.min(
					next[j - 1]! + 1,
					row[j]! + 1,
					row[j - 1]! + same,
					isSwapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
				),
			);
		}
		[before, row] = [row, next];
	}
	return row[other.length]!;
}
