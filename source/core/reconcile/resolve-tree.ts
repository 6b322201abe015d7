/** What the settling of a conflict changes in the head's tree (merge rules 15 and 6). */
import {absent, absentValue, type Content, type Path, type Tree} from '../../protocol/content.js';
import {findPathFault} from '../../protocol/path-name.js';
import {type Take} from '../command.js';
import {sameValue, smallestPresent} from './content-sets.js';
import {changesBetween, normalise, putValue} from './normalise.js';
import {isBelow} from './path-order.js';

/** What one path is settled to, and the sides that get names of their own. */
export type Resolution = {readonly content: Content; readonly others: readonly Content[]};

/**
 * What a take means for a record. `theirs` is one side by choice of the caller, or the smallest that is not on this disk,
 * present ones first. Undefined: there is no such side.
 */
export function chooseResolution(
	value: {readonly contents: readonly Content[]; readonly base?: Content},
	take: Take,
	{shown, theirs}: {readonly shown: Content; readonly theirs?: Content},
): Resolution | undefined {
	const others = value.contents.filter((content) => content !== shown);
	switch (take) {
		case 'mine': {
			// A third disk that has no file here has no side either: `mine` must not delete everybody's.
			const isSide = value.contents.includes(shown) || shown !== absent;
			return isSide ? {content: shown, others: []} : undefined;
		}
		case 'theirs': {
			const content = theirs ?? smallestPresent(others) ?? others[0];
			return content !== undefined && value.contents.includes(content) ? {content, others: []} : undefined;
		}
		case 'base': {
			return {content: value.base ?? absent, others: []};
		}
		case 'both': {
			const present = value.contents.filter((content) => content !== absent);
			const content = present.includes(shown) ? shown : present[0];
			if (content === undefined) return undefined;
			return {content, others: present.filter((other) => other !== content)};
		}
	}
}

/** The changes that settle these paths: a file takes the place of everything below it. */
export function resolveTree(head: Tree, settled: ReadonlyMap<Path, Content>): Tree {
	const tree = new Map(head);
	const files = [...settled].filter(([, content]) => content !== absent).map(([path]) => path);
	for (const [path, content] of settled) putValue(tree, path, {contents: [content]});
	for (const path of tree.keys()) {
		if (files.some((file) => isBelow(path, file))) putValue(tree, path, absentValue);
	}
	return changesBetween(head, normalise(tree), sameValue);
}

/**
 * A free name beside a path for another side of it: `notes~bob.txt`, then `notes~bob-2.txt`. Where that is longer than a name may
 * be, its longest part is cut.
 */
export function nameBeside(path: Path, label: string, isTaken: (path: Path) => boolean): Path {
	const folder = path.slice(0, path.lastIndexOf('/') + 1);
	const name = path.slice(folder.length);
	const dot = name.lastIndexOf('.');
	const stem = dot > 0 ? name.slice(0, dot) : name;
	const extension = dot > 0 ? name.slice(dot) : '';
	for (let count = 1; ; count++) {
		const ending = count > 1 ? `-${count}` : '';
		const parts = [stem, label, extension].map((part) => [...part]);
		const join = () => {
			const [before, between, behind] = parts.map((part) => part.join(''));
			return `${folder}${before}~${between}${ending}${behind}`;
		};
		while (findPathFault(join()) === 'name_too_long' && cutLongest(parts));
		const beside = join();
		if (!isTaken(beside) && findPathFault(beside) !== 'reserved_name') return beside;
	}
}

/** False where nothing is left to cut. */
function cutLongest(parts: readonly string[][]): boolean {
	const longest = [...parts].sort((one, other) => other.length - one.length)[0];
	return longest?.pop() !== undefined;
}
