/** Which paths of a disk follow the head (merge rule 12), path by path. */
import {absent, type Content, type Path, type Value} from '../../protocol/content.js';
import {smallestPresent} from './content-sets.js';
import {comparePaths} from './path-order.js';

/** Replace `expect`, which the disk shared last, by `write`. */
export type ApplyStep = {readonly path: Path; readonly expect: Content; readonly write: Content};

/**
 * What this disk should show of a path's value, given what it shows now. A disk keeps any side that it has; of a
 * conflict that it has no part in it takes a side only where it has no file at all.
 */
function chooseShown(value: Value, shown: Content): Content {
	if (value.contents.includes(shown)) return shown;
	if (value.contents.length === 1) return value.contents[0]!;
	return shown === absent ? (smallestPresent(value.contents) ?? absent) : shown;
}

/** The steps for these values, in the order in which they get into each other's way least. Dirty and ignored paths are for the caller to leave out. */
export function planApply(
	values: ReadonlyMap<Path, Value>,
	shownAt: (path: Path) => Content,
): readonly ApplyStep[] {
	const steps: {step: ApplyStep; rank: number}[] = [];
	for (const [path, value] of values) {
		const expect = shownAt(path);
		const write = chooseShown(value, expect);
		if (write === expect) continue;
		// Deletions first make room for folders; a clean path has more right to its place than a conflicted one.
		const rank = (write === absent ? 0 : 2) + (value.contents.length > 1 ? 1 : 0);
		steps.push({step: {path, expect, write}, rank});
	}
	return steps
		.sort((one, other) => one.rank - other.rank || comparePaths(one.step.path, other.step.path))
		.map(({step}) => step);
}
