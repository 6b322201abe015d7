/** Which commits to name to a peer, so that it can tell what we have without a list of everything. */
import {type Oid} from '../../protocol/content.js';
import {type Ancestry} from './ancestry.js';

/** So many of the newest are all named: peers that are in touch differ by a few. */
const denseCommits = 24;

/**
 * The head, its newest ancestors, and further back ever fewer: whatever the other side knows, the first one that it knows is at
 * most twice as far from the head as it had to be. Commits that are not wholly here are left out; the last that are here are
 * in, since with nothing in common the other side would send everything.
 */
export function sampleAncestors(
	ancestry: Ancestry,
	head: Oid,
	isPresent: (oid: Oid) => boolean,
	max = 128,
): readonly Oid[] {
	const sample: Oid[] = [];
	let last: Oid | undefined;
	let next = 0;
	let index = 0;
	for (const oid of ancestry.walk(head)) {
		if (!isPresent(oid)) continue;
		last = oid;
		if (index === next && sample.length < max - 1) {
			sample.push(oid);
			next = index < denseCommits ? index + 1 : Math.ceil(index * 1.25);
		}
		index++;
	}
	if (last !== undefined && sample.at(-1) !== last) sample.push(last);
	return sample;
}
