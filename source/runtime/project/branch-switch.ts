/** Snapshots that a checkout of another branch made: their messages say so, here and to the peers that take them in. */
import {type Oid} from '../../protocol/content.js';
import {type ProjectState} from './project-state.js';

const prefix = 'Switch to ';

/** The message of such a snapshot. */
export function describeSwitch(branch: string): string {
	return `${prefix}${branch}`;
}

export function isSwitch(message: string): boolean {
	return message.startsWith(prefix);
}

/** The branch that a snapshot switched to; undefined for all others, and for one that is not here. */
export async function switchedTo(
	{store}: ProjectState,
	commit: Oid | undefined,
): Promise<string | undefined> {
	if (commit === undefined || !store.graph.isPresent(commit)) return undefined;
	const [title = ''] = (await store.readCommit(commit)).message.split('\n');
	return title.startsWith(prefix) ? title.slice(prefix.length) : undefined;
}
