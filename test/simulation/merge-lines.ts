/** Merging three texts by lines, in the place of `git merge-file`: undefined where both sides changed the same or neighbouring lines. */
export function mergeLines(one: string, base: string, other: string): string | undefined {
	const [ours, old, theirs] = [one, base, other].map((text) => text.split(/(?<=\n)/)) as [
		string[],
		string[],
		string[],
	];
	const [left, right] = [pairs(old, ours), pairs(old, theirs)];
	const merged: string[] = [];
	let [a, o, b] = [0, 0, 0];
	for (;;) {
		// Up to the next line that is the same in all three.
		let next = o;
		while (next < old.length && (left[next] === undefined || right[next] === undefined)) next++;
		const [nextA, nextB] = next < old.length ? [left[next]!, right[next]!] : [ours.length, theirs.length];
		const chunk = pick(ours.slice(a, nextA), old.slice(o, next), theirs.slice(b, nextB));
		if (!chunk) return undefined;
		merged.push(...chunk);
		if (next >= old.length) return merged.join('');
		merged.push(old[next]!);
		[a, o, b] = [nextA + 1, next + 1, nextB + 1];
	}
}

function pick(
	ours: readonly string[],
	old: readonly string[],
	theirs: readonly string[],
): readonly string[] | undefined {
	const [one, base, other] = [ours.join(''), old.join(''), theirs.join('')];
	if (one === other || base === other) return ours;
	return base === one ? theirs : undefined;
}

/** For each line of the old text where it stands in the new one: a longest common subsequence. */
function pairs(old: readonly string[], made: readonly string[]): (number | undefined)[] {
	const lengths = Array.from({length: old.length + 1}, () => new Uint16Array(made.length + 1));
	for (let o = old.length - 1; o >= 0; o--) {
		for (let m = made.length - 1; m >= 0; m--) {
			lengths[o]![m] =
				old[o] === made[m] ? lengths[o + 1]![m + 1]! + 1 : Math.max(lengths[o + 1]![m]!, lengths[o]![m + 1]!);
		}
	}
	const found: (number | undefined)[] = old.map(() => undefined);
	for (let [o, m] = [0, 0]; o < old.length && m < made.length;) {
		if (old[o] === made[m]) found[o++] = m++;
		else if (lengths[o + 1]![m]! >= lengths[o]![m + 1]!) o++;
		else m++;
	}
	return found;
}
