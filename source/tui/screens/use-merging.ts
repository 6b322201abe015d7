import {type Conflict} from '../../core/state.js';
import {failureSentence} from '../../core/text.js';
import {absent, type Content} from '../../protocol/content.js';
import {Failure} from '../../protocol/failure.js';
import {alignThree, hasMarkers, mergeChunks} from '../diff-lines.js';
import {cleanText} from '../draw/clean.js';
import {useAppControl} from '../hooks/use-app-control.js';
import {hasSameSides} from '../same-sides.js';
import {selectSides} from '../select.js';
import {type SessionContextValue, useSession} from '../session-context.js';
import {text} from '../text.js';
import {useSettling} from './use-settling.js';

type Side = Conflict['sides'][number];

export type Merging = {
	/** Opens both sides put together in the editor, and takes what comes back. */
	readonly edit: (conflict: Conflict, side?: Side) => void;
	/** Opens all sides in the merge tool, and takes what comes back. */
	readonly openTool: (conflict: Conflict, side?: Side) => void;
};

/** Merging outside of this program. */
export function useMerging(): Merging {
	const context = useSession();
	const {session, attempt, notify, ask} = context;
	const {settleMerged} = useSettling();
	const control = useAppControl();
	/** Stands until it was read, and in the log after that: nobody finds such a file again otherwise. */
	const tellKept = (sentence: string) => {
		session.send({type: 'note', text: sentence});
		ask({
			title: text.conflictScreen.keptTitle,
			lines: [sentence],
			choices: [{keys: ['enter', 'escape'], label: text.ok, run: () => {}}],
		});
	};
	/** Lends the terminal to a program; where it fails after something was written, that is told to stay. */
	const lend = async (work: () => Promise<string>): Promise<string | undefined> => {
		try {
			return await control.lend(work);
		} catch (error) {
			if (!(error instanceof Failure) || error.details['kept'] === undefined) throw error;
			tellKept(failureSentence(error.code, error.details));
			return undefined;
		}
	};
	/** Hours of work may be in it. */
	const keep = async ({path}: Conflict, merged: string) => {
		const file = await context.keepText?.({name: lastName(path), text: merged});
		if (file !== undefined) tellKept(text.conflictScreen.kept(file));
	};
	const settle = (conflict: Conflict, merged: string) =>
		attempt(async () => {
			// Others may have settled it, and a disk may be full.
			await settleMerged(conflict.path, merged).catch(async (error: unknown) => {
				if (!context.keepText) throw error;
				await keep(conflict, merged);
			});
		});
	/** What came of it takes the place of the sides it was made of; others are not passed over in silence. */
	const take = (conflict: Conflict, merged: string) => {
		const now = session.getSnapshot().conflicts.find(({path}) => path === conflict.path);
		if (!now || hasSameSides(now, conflict)) return settle(conflict, merged);
		ask({
			title: text.conflictScreen.askChanged,
			lines: [cleanText(conflict.path), text.conflictScreen.changedHint],
			choices: [
				{keys: ['y'], label: text.conflictScreen.takeIt, run: () => settle(conflict, merged)},
				{keys: ['escape', 'n'], label: text.cancel, run: () => attempt(() => keep(conflict, merged))},
			],
		});
	};
	const edit: Merging['edit'] = (conflict, side) =>
		attempt(async () => {
			const {editText} = context;
			if (!editText) return notify(text.conflictScreen.noEditor);
			const texts = await readSides(context, conflict, side);
			if (!texts) return notify(text.conflictScreen.notText);
			const start = withMarkers(texts);
			const merged = await lend(() => editText({name: lastName(conflict.path), text: start}));
			if (merged === undefined) return;
			if (merged === start && hasMarkers(merged)) return notify(text.conflictScreen.editorUnchanged);
			if (!hasMarkers(merged)) return take(conflict, merged);
			ask({
				title: text.conflictScreen.askMarkers,
				lines: [cleanText(conflict.path)],
				choices: [
					{keys: ['y'], label: text.conflictScreen.takeIt, run: () => take(conflict, merged)},
					{keys: ['escape', 'n'], label: text.cancel, run: () => attempt(() => keep(conflict, merged))},
				],
			});
		});
	const openTool: Merging['openTool'] = (conflict, side) =>
		attempt(async () => {
			const {mergeTool} = context;
			if (!mergeTool) return notify(text.conflictScreen.noMergeTool);
			const texts = await readSides(context, conflict, side);
			if (!texts) return notify(text.conflictScreen.notText);
			const start = withMarkers(texts);
			const merged = await lend(() => mergeTool({name: lastName(conflict.path), ...texts, merged: start}));
			if (merged === undefined) return;
			if (merged === start) return notify(text.conflictScreen.toolUnfinished);
			if (hasMarkers(merged)) return keep(conflict, merged);
			take(conflict, merged);
		});
	return {edit, openTool};
}

type Texts = {
	readonly base: string;
	readonly mine: string;
	readonly theirs: string;
	readonly theirsName: string;
};

/** The texts of the sides; undefined where one is no text. */
async function readSides(
	{session}: SessionContextValue,
	conflict: Conflict,
	side: Side | undefined,
): Promise<Texts | undefined> {
	const {mine: mineSide, others} = selectSides(conflict);
	const other = side ?? others[0];
	const read = async (content: Content | undefined) => {
		if (content === undefined || content === absent) return '';
		return (await session.readContent(content)).text;
	};
	const [base, mine, theirs] = await Promise.all([
		read(conflict.base),
		read(mineSide?.content),
		read(other?.content),
	]);
	if (base === undefined || mine === undefined || theirs === undefined) return undefined;
	return {base, mine, theirs, theirsName: cleanText(other?.name ?? '') || text.conflictScreen.theirs};
}

/** Both sides put together, with markers where they differ. */
function withMarkers({base, mine, theirs, theirsName}: Texts): string {
	const chunks = alignThree(base.split('\n'), mine.split('\n'), theirs.split('\n'));
	return mergeChunks(chunks, {mine: text.conflictScreen.mine, theirs: theirsName}).join('\n');
}

function lastName(path: string): string {
	return path.split('/').at(-1) ?? path;
}
