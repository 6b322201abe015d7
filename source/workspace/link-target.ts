/** Whether a symbolic link may be synced: only one whose text stays inside the project. */
import {type Path} from '../protocol/content.js';
import {isReservedName} from '../protocol/path-name.js';

/** Linux's limit for the text of a link; longer ones cannot be made. */
export const maxLinkBytes = 4095;

export type LinkFault = 'link_leaves_root';

/**
 * Judges the text alone: a link is never followed, so what stands at its target is of no concern. Absolute targets
 * leave the root even when they point back into it: on the next peer the root is somewhere else. Folders above a path
 * are real ones; a name in the text may be another link, so `..` behind one leads nobody knows where, and where no link
 * has that no chain of them leaves the root.
 */
export function findLinkFault(path: Path, target: string): LinkFault | undefined {
	if (target === '' || target.includes('\0') || Buffer.byteLength(target) > maxLinkBytes)
		return 'link_leaves_root';
	// Backslashes separate and drive letters root on Windows.
	if (/^[/\\]|^[a-z]:/i.test(target)) return 'link_leaves_root';
	const names = target.split(/[/\\]/).filter((name) => name !== '' && name !== '.');
	const up = names.findIndex((name) => name !== '..');
	const below = up < 0 ? [] : names.slice(up);
	if (names.length - below.length > path.split('/').length - 1) return 'link_leaves_root';
	return below.some((name) => name === '..' || isReservedName(name)) ? 'link_leaves_root' : undefined;
}
