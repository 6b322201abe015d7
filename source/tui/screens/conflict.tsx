/** One conflict: what both started from, mine and theirs, difference by difference, and the keys that settle it. */
import {useEffect, useMemo, useRef, useState} from 'react';
import {type Take} from '../../core/command.js';
import {type Conflict} from '../../core/state.js';
import {type Path} from '../../protocol/content.js';
import {type Action} from '../binding.js';
import {PanelLines} from '../components/panel-lines.js';
import {canChoose, chunksOf, type LoadedSides, notesOf} from '../conflict-texts.js';
import {cleanText} from '../draw/clean.js';
import {innerSize} from '../draw/panel.js';
import {rowsBetween} from '../draw/lazy-rows.js';
import {cutMiddle, type Row, span} from '../draw/row.js';
import {useActions} from '../hooks/use-actions.js';
import {useContents} from '../hooks/use-contents.js';
import {useHunks} from '../hooks/use-hunks.js';
import {useScroll} from '../hooks/use-scroll.js';
import {settlingActions} from '../hooks/use-settle-guard.js';
import {type Choices, chosenLines} from '../hunks.js';
import {selectSides} from '../select.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {compareHead, compareTexts} from '../views/compare.js';
import {takeOfAction} from './conflicts.js';
import {useMerging} from './use-merging.js';
import {useSettling} from './use-settling.js';

export type ConflictScreenProps = {readonly path: Path; readonly height: number; readonly isActive: boolean};

export function ConflictScreen({path, height, isActive}: ConflictScreenProps) {
	const {state} = useSession();
	const conflict = state.conflicts.find((one) => one.path === path);
	if (conflict) return <Comparison conflict={conflict} height={height} isActive={isActive} />;
	return <Settled path={path} height={height} isActive={isActive} />;
}

/** Somebody settled it while it was looked at. */
function Settled({path, height, isActive}: ConflictScreenProps) {
	const {width, back, open, notify} = useSession();
	useActions(
		'conflict',
		(action) => {
			if (action === 'left') back();
			else if (action === 'history') open({kind: 'history', path});
			else if (settlingActions.has(action)) notify(text.conflictScreen.noneHere);
		},
		isActive,
	);
	const title = cutMiddle(cleanText(path), Math.max(10, width - 34));
	const rows = [[span(text.conflictScreen.settled, 'good')]];
	return <PanelLines title={title} width={width} height={height} rows={rows} />;
}

const takeOfWhole: Partial<Record<Action, Take>> = {
	'whole-mine': 'mine',
	'whole-theirs': 'theirs',
	'whole-base': 'base',
	'whole-both': 'both',
};

type ComparisonProps = {readonly conflict: Conflict; readonly height: number; readonly isActive: boolean};

function Comparison({conflict, height, isActive}: ComparisonProps) {
	const {session, width, attempt, back, open, notify} = useSession();
	const {settle, settleMerged, isHeld} = useSettling();
	const {edit, openTool} = useMerging();
	const [sideIndex, setSideIndex] = useState(0);
	const {mine, others} = selectSides(conflict);
	const other = others[Math.min(sideIndex, others.length - 1)];
	const theirsName = nameOf(conflict, sideIndex);
	const sides = useSides(session, conflict, sideIndex);
	const chunks = useMemo(() => chunksOf(sides) ?? [], [sides]);
	const isLoading = Object.values(sides).includes('loading');
	const chosenIndex = useRef(sideIndex);
	const hunks = useHunks(`${mine?.content ?? ''} ${other?.content ?? ''}`, chunks, () =>
		notify(
			chosenIndex.current === sideIndex
				? text.conflictScreen.choicesGone
				: text.conflictScreen.choicesOfOther,
		),
	);
	useEffect(() => {
		chosenIndex.current = sideIndex;
	}, [sideIndex]);
	const isByHunk = canChoose(sides) && hunks.focus !== undefined;
	const inner = innerSize(width, height);
	const comparison = useMemo(
		() => compareTexts({chunks, choices: hunks.choices, focus: hunks.focus, theirsName, width: inner.width}),
		[chunks, hunks.choices, hunks.focus, theirsName, inner.width],
	);
	const isSame = chunks.length > 0 && hunks.focus === undefined;
	const notes: readonly Row[] = [
		...notesOf(sides).map((note) => [span(note, 'warn')]),
		...(isSame ? [[span(text.conflictScreen.same, 'quiet')]] : []),
	];
	const count = notes.length + comparison.count;
	const head = chunks.length > 0 ? [compareHead(theirsName, inner.width)] : [];
	const room = Math.max(1, inner.height - head.length);
	const {start, scroll, show} = useScroll(count, room);
	const focusRow =
		hunks.focus === undefined ? undefined : (comparison.starts.get(hunks.focus) ?? 0) + notes.length;
	useEffect(() => {
		if (focusRow !== undefined) show(focusRow);
	}, [focusRow]);

	const takeWhole = (take: Take) => {
		const isOneOfMany = take === 'theirs' && others.length > 1 && other !== undefined && other.peerId !== '';
		settle([conflict.path], take, {peerId: isOneOfMany ? other.peerId : undefined, agreed: back});
	};
	/** Settles once nothing is open any more; what comes of it may be a side as it is. */
	const finish = (choices: Choices) => {
		const lines = chosenLines(chunks, choices);
		if (!lines) return;
		// Nothing of either side where there was nothing: that is no empty file, which is one line without anything in it.
		if (lines.length === 0 && sides.base === 'absent') return takeWhole('base');
		const merged = lines.join('\n');
		if (merged === textOf(sides.mine)) return takeWhole('mine');
		if (merged === textOf(sides.theirs)) return takeWhole('theirs');
		attempt(() => settleMerged(conflict.path, merged));
		back();
	};
	useActions(
		'conflict',
		(action) => {
			if (isHeld(action)) return;
			const take = takeOfAction[action];
			const whole = takeOfWhole[action];
			const count = Math.max(1, others.length);
			// They mean one difference, and there may be some.
			if (take && isLoading) notify(text.conflictScreen.stillReading);
			else if (take && isByHunk) finish(hunks.choose(take));
			else if (take) takeWhole(take);
			else if (whole) takeWhole(whole);
			else if (action === 'next') hunks.move(1);
			else if (action === 'previous') hunks.move(-1);
			else if (action === 'edit') edit(conflict, other);
			else if (action === 'tool') openTool(conflict, other);
			else if (action === 'history') open({kind: 'history', path: conflict.path});
			else if (action === 'right') setSideIndex((sideIndex + 1) % count);
			else if (action === 'left' && others.length > 1) setSideIndex((sideIndex + count - 1) % count);
			else if (action === 'left') back();
			else scroll(action);
		},
		isActive,
	);
	const below = count - start - room;
	const end = start + room - notes.length;
	return (
		<PanelLines
			title={cutMiddle(cleanText(conflict.path), Math.max(10, inner.width - 30))}
			note={[span(text.conflictScreen.kinds[conflict.kind], 'quiet')]}
			rows={[
				...head,
				...notes.slice(start, start + room),
				...rowsBetween(comparison, start - notes.length, end),
			]}
			more={below > 0 ? text.more(below) : undefined}
			width={width}
			height={height}
		/>
	);
}

function useSides(
	session: Parameters<typeof useContents>[0],
	conflict: Conflict,
	sideIndex: number,
): LoadedSides {
	const {mine, others} = selectSides(conflict);
	const other = others[Math.min(sideIndex, others.length - 1)];
	const contentOf = useContents(session, [conflict.base, mine?.content, other?.content]);
	const base = contentOf(conflict.base);
	const ofMine = contentOf(mine?.content);
	const theirs = contentOf(other?.content);
	return useMemo(() => ({base, mine: ofMine, theirs}), [base, ofMine, theirs]);
}

function nameOf(conflict: Conflict, sideIndex: number): string {
	const {others} = selectSides(conflict);
	const index = Math.min(sideIndex, others.length - 1);
	const name = cleanText(others[index]?.name ?? '') || text.conflictScreen.theirs;
	return others.length > 1 ? `${name} (${text.conflictScreen.side(index + 1, others.length)})` : name;
}

function textOf(content: LoadedSides['mine']): string | undefined {
	return typeof content === 'object' ? content.text : undefined;
}
