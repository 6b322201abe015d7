/** One conflict: what both started from, mine and theirs, and the keys that settle it. */
import {useMemo, useState} from 'react';
import {type Path} from '../../protocol/content.js';
import {PanelLines} from '../components/panel-lines.js';
import {ScrollPanel} from '../components/scroll-panel.js';
import {alignThree} from '../diff-lines.js';
import {cleanText} from '../draw/clean.js';
import {innerSize} from '../draw/panel.js';
import {cutMiddle, type Row, span} from '../draw/row.js';
import {useActions} from '../hooks/use-actions.js';
import {type LoadedContent, useContents} from '../hooks/use-contents.js';
import {selectSides} from '../select.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {compareHead, compareRows} from '../views/conflicts.js';
import {takeOfAction} from './conflicts.js';
import {useSettling} from './use-settling.js';

export type ConflictScreenProps = {readonly path: Path; readonly height: number; readonly isActive: boolean};

export function ConflictScreen({path, height, isActive}: ConflictScreenProps) {
	const {session, state, width, back} = useSession();
	const {settle, edit} = useSettling();
	const [sideIndex, setSideIndex] = useState(0);
	const conflict = state.conflicts.find((one) => one.path === path);
	const {mine, others} = conflict ? selectSides(conflict) : {mine: undefined, others: []};
	const other = others[Math.min(sideIndex, others.length - 1)];
	const contentOf = useContents(session, [conflict?.base, mine?.content, other?.content]);
	useActions(
		'conflict',
		(action) => {
			if (!conflict) return;
			const take = takeOfAction[action];
			const count = Math.max(1, others.length);
			if (take) {
				settle(
					[path],
					take,
					take === 'theirs' && others.length > 1 && other?.peerId !== '' ? other?.peerId : undefined,
				);
				back();
			} else if (action === 'edit') edit(conflict, other);
			else if (action === 'right') setSideIndex((sideIndex + 1) % count);
			else if (action === 'left' && others.length > 1) setSideIndex((sideIndex + count - 1) % count);
			else if (action === 'left') back();
		},
		isActive,
	);

	const inner = innerSize(width, height);
	const base = contentOf(conflict?.base);
	const mineContent = contentOf(mine?.content);
	const theirs = contentOf(other?.content);
	const rows = useMemo(
		() => bodyRows({base, mine: mineContent, theirs}, inner.width),
		[base, mineContent, theirs, inner.width],
	);
	const title = cutMiddle(cleanText(path), Math.max(10, inner.width - 30));
	if (!conflict) {
		return (
			<PanelLines
				title={title}
				width={width}
				height={height}
				rows={[[span(text.conflictScreen.settled, 'good')]]}
			/>
		);
	}
	const otherName =
		(cleanText(other?.name ?? '') || text.conflictScreen.theirs) +
		(others.length > 1
			? ` (${text.conflictScreen.side(Math.min(sideIndex, others.length - 1) + 1, others.length)})`
			: '');
	return (
		<ScrollPanel
			title={title}
			note={[span(text.conflictScreen.kinds[conflict.kind], 'quiet')]}
			head={[compareHead(`${text.conflictScreen.theirs}: ${otherName}`, inner.width)]}
			rows={rows}
			width={width}
			height={height}
			place="conflict"
			isActive={isActive}
		/>
	);
}

type Sides = {readonly base: LoadedContent; readonly mine: LoadedContent; readonly theirs: LoadedContent};

function bodyRows(sides: Sides, width: number): readonly Row[] {
	const {base, mine, theirs} = sides;
	const lines = {base: linesOf(base), mine: linesOf(mine), theirs: linesOf(theirs)};
	const notes: Row[] = (['base', 'mine', 'theirs'] as const).flatMap((side) => {
		const note = noteOf(sides[side], side === 'base');
		return note === undefined ? [] : [[span(`${text.conflictScreen[side]}: ${note}`, 'warn')]];
	});
	if (!lines.base || !lines.mine || !lines.theirs) return notes;
	const chunks = alignThree(lines.base, lines.mine, lines.theirs);
	const isEqual = chunks.every((chunk) => chunk.kind === 'equal') && notes.length === 0;
	return [
		...notes,
		...(isEqual ? [[span(text.conflictScreen.same, 'quiet')]] : []),
		...compareRows(chunks, width),
	];
}

function linesOf(content: LoadedContent): readonly string[] | undefined {
	if (content === 'absent') return [];
	if (content === 'loading' || content === 'unreadable' || content.text === undefined) return undefined;
	const lines = content.text.split('\n');
	return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** What is shown in place of a text that is none. */
function noteOf(content: LoadedContent, isBase: boolean): string | undefined {
	if (content === 'absent') return isBase ? text.conflictScreen.noBase : text.conflictScreen.absent;
	if (content === 'loading') return text.conflictScreen.loading;
	if (content === 'unreadable') return text.conflictScreen.unreadable;
	return content.text === undefined ? text.conflictScreen.binary(content.bytes) : undefined;
}
