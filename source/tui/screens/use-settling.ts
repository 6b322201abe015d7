import {type Take} from '../../core/command.js';
import {type Conflict, type PeerId} from '../../core/state.js';
import {absent, type Path} from '../../protocol/content.js';
import {cleanText} from '../draw/clean.js';
import {alignThree, hasMarkers, mergeChunks} from '../diff-lines.js';
import {useAppControl} from '../hooks/use-app-control.js';
import {selectSides} from '../select.js';
import {type SessionContextValue, useSession} from '../session-context.js';
import {text} from '../text.js';

export type Settling = {
	/** Settles these paths; `theirs` is the side of one peer where there are several. */
	readonly settle: (paths: readonly Path[], take: Take, peerId?: PeerId) => void;
	/** Asks which side to take for all. */
	readonly settleAll: () => void;
	/** Opens a merged file in the editor and takes what comes back. */
	readonly edit: (conflict: Conflict, side?: Conflict['sides'][number]) => void;
};

export function useSettling(): Settling {
	const context = useSession();
	const {session, state, attempt, notify, ask} = context;
	const control = useAppControl();
	const settle: Settling['settle'] = (paths, take, peerId) =>
		attempt(async () => {
			const {resolved} = await session.resolve({paths, take, peerId});
			notify(text.conflictScreen.resolved(resolved.length, take));
		});
	const settleAll = () =>
		ask({
			title: text.conflictScreen.askAll(state.conflicts.length),
			lines: [],
			choices: [
				...(
					[
						['m', 'mine'],
						['t', 'theirs'],
						['b', 'base'],
						['o', 'both'],
					] as const
				).map(([key, take]) => ({
					keys: [key],
					label: take,
					run: () =>
						attempt(async () => {
							const {resolved} = await session.resolve({paths: 'all', take});
							notify(text.conflictScreen.resolved(resolved.length, take));
						}),
				})),
				{keys: ['escape', 'n'], label: text.cancel, run: () => {}},
			],
		});
	const take = (path: Path, merged: string) =>
		attempt(async () => {
			await session.resolveMerged(path, new TextEncoder().encode(merged));
			notify(text.conflictScreen.resolved(1, 'merged'));
		});
	const edit: Settling['edit'] = (conflict, side) =>
		attempt(async () => {
			const {editText} = context;
			if (!editText) return notify(text.conflictScreen.noEditor);
			const start = await mergedText(context, conflict, side);
			if (start === undefined) return notify(text.conflictScreen.notText);
			const name = conflict.path.split('/').at(-1) ?? conflict.path;
			const merged = await control.lend(() => editText({name, text: start}));
			if (merged === start && hasMarkers(merged)) return notify(text.conflictScreen.editorUnchanged);
			if (!hasMarkers(merged)) return take(conflict.path, merged);
			ask({
				title: text.conflictScreen.askMarkers,
				lines: [cleanText(conflict.path)],
				choices: [
					{keys: ['y'], label: text.conflictScreen.takeIt, run: () => take(conflict.path, merged)},
					{keys: ['escape', 'n'], label: text.cancel, run: () => {}},
				],
			});
		});
	return {settle, settleAll, edit};
}

/** What the editor starts with: both sides put together, with markers where they differ. Undefined: not text. */
async function mergedText(
	{session}: SessionContextValue,
	conflict: Conflict,
	side: Conflict['sides'][number] | undefined,
): Promise<string | undefined> {
	const {mine, others} = selectSides(conflict);
	const other = side ?? others[0];
	const read = async (content: string | undefined) => {
		if (content === undefined || content === absent) return '';
		const preview = await session.readContent(content);
		return preview.text;
	};
	const [base, mineText, theirs] = await Promise.all([
		read(conflict.base),
		read(mine?.content),
		read(other?.content),
	]);
	if (base === undefined || mineText === undefined || theirs === undefined) return undefined;
	const chunks = alignThree(base.split('\n'), mineText.split('\n'), theirs.split('\n'));
	const name = cleanText(other?.name ?? '') || text.conflictScreen.theirs;
	return mergeChunks(chunks, {mine: text.conflictScreen.mine, theirs: name}).join('\n');
}
