/** The words and sentences about conflicts. */
import {type Take} from '../core/command.js';
import {type Conflict} from '../core/state.js';
import {formatAge, formatBytes, formatCount} from './format.js';

const takes: Record<Take | 'merged', string> = {
	mine: 'mine was kept',
	theirs: 'theirs was taken',
	base: 'the base is back',
	both: 'both are kept',
	merged: 'the merged file was taken',
};

function deletedText(all: number, deleted: number): string {
	if (all === deleted) return 'deleted, there was none before';
	return `${takes.base}, ${formatCount(deleted)} ${deleted === 1 ? 'is' : 'are'} deleted: there was none before`;
}

export const conflictText = {
	kinds: {
		content: 'changed on both sides',
		binary: 'no text, changed on both sides',
		delete: 'deleted on one side, changed on the other',
		'file-folder': 'a file on one side, a folder on the other',
		mode: 'mode changed differently',
	} satisfies Record<Conflict['kind'], string>,
	base: 'base',
	mine: 'mine',
	theirs: 'theirs',
	noBase: 'there was none before',
	absent: 'deleted',
	binary: (bytes: number) => `binary, ${formatBytes(bytes)}`,
	loading: 'reading …',
	unreadable: 'cannot be read',
	same: 'The text is the same; only the mode differs.',
	equalLines: (count: number) => `${formatCount(count)} equal ${count === 1 ? 'line' : 'lines'}`,
	theirsOf: (name: string) => `theirs: ${name}`,
	moreLines: (count: number) =>
		`${formatCount(count)} more ${count === 1 ? 'line' : 'lines'} of it; e opens all in your editor`,
	difference: (number: number, count: number) => `difference ${number} of ${count}`,
	open: 'choose: m t b o',
	choices: {mine: 'mine', theirs: 'theirs', base: 'base', both: 'both, mine first'},
	changedBy: (kind: 'equal' | 'mine' | 'theirs' | 'same' | 'conflict', name: string) =>
		({
			equal: '',
			mine: 'only you changed it',
			theirs: `only ${name} changed it`,
			same: 'both changed it alike',
			conflict: 'both changed it',
		})[kind],
	side: (number: number, count: number) => `${number} of ${count}`,
	settled: 'It is settled.',
	selected: (count: number, hidden: number) =>
		hidden > 0 ? `${count} selected, ${hidden} hidden` : `${count} selected`,
	none: 'No conflicts. All changes were put together.',
	since: (ms: number) => formatAge(ms),
	askScope: 'Settle which conflicts the same way?',
	scopes: {
		all: (count: number, _: string) => `all ${formatCount(count)}`,
		shown: (count: number, _: string) => `the ${formatCount(count)} shown`,
		folder: (count: number, folder: string) => `${formatCount(count)} in ${folder}`,
		peer: (count: number, name: string) => `${formatCount(count)} with ${name}`,
	},
	askTake: (count: number) =>
		count === 1 ? 'Settle it how?' : `Settle ${formatCount(count)} conflicts how?`,
	underWay: 'The last one is still being settled.',
	nothingToUndo: 'Nothing to undo: only what was settled here last can be undone, and only once.',
	reopened: (count: number) =>
		count === 0
			? 'Nothing to undo any more: it was settled anew.'
			: count === 1
				? 'Undone: it is a conflict again.'
				: `Undone: ${formatCount(count)} conflicts are back.`,
	noneHere: 'There is no conflict to settle.',
	problemHere: 'This is no conflict; a problem goes by itself when its cause does.',
	stillReading: 'Still reading; press it again.',
	choicesGone: 'The conflict has changed, so your choices were taken back.',
	choicesOfOther: 'Your choices were for the other side, so they were taken back.',
	noMergeTool: 'No merge tool is set: PULSYNC_MERGE_TOOL names one (see docs/cli.md); e opens your editor.',
	toolUnfinished: 'The merge tool left it as it was, so the conflict stays.',
	askMarkers: 'The file still has conflict markers. Take it as it is?',
	takeIt: 'take it',
	askChanged: 'The conflict has changed while you worked on it. Take yours all the same?',
	changedHint: 'What came meanwhile stays in the history of the file.',
	keptTitle: 'What you wrote was not taken, and is kept.',
	kept: (file: string) => `Your text is kept: ${file}`,
	editorUnchanged: 'Nothing was changed in the editor, so the conflict stays.',
	notText: 'Only conflicts of text can be merged in an editor.',
	noEditor: 'No editor can be opened from here.',
	/** `all` are settled, and `deleted` of them had no base. */
	askDelete: (all: number, deleted: number) => {
		const what = deleted === 1 ? 'it' : `${formatCount(deleted)} files`;
		if (all === deleted) return `There was no common version before. Delete ${what} everywhere?`;
		return `${formatCount(deleted)} of ${formatCount(all)} had no common version before. Delete ${what} everywhere?`;
	},
	deleteThem: 'delete',
	resolved: (paths: readonly string[], take: Take | 'merged', deleted = 0) =>
		`Settled ${paths.length === 1 ? (paths[0] ?? '') : formatCount(paths.length)}: ${
			deleted === 0 ? takes[take] : deletedText(paths.length, deleted)
		}. u undoes it.`,
} as const;
