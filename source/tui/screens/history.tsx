/** What changed when and by whom: of the whole folder, or the versions of one file with what each changed. */
import {Box} from 'ink';
import {useEffect} from 'react';
import {type Path} from '../../protocol/content.js';
import {PanelLines} from '../components/panel-lines.js';
import {cleanText} from '../draw/clean.js';
import {innerSize} from '../draw/panel.js';
import {cutMiddle, span, wrapWords} from '../draw/row.js';
import {filtered} from '../filter.js';
import {formatTime, shortId} from '../format.js';
import {useActions} from '../hooks/use-actions.js';
import {type LoadedHistory, useHistory} from '../hooks/use-history.js';
import {useListCursor} from '../hooks/use-list-cursor.js';
import {useNow} from '../hooks/use-now.js';
import {useScroll} from '../hooks/use-scroll.js';
import {useVersionDiff} from '../hooks/use-version-diff.js';
import {moveCursor, windowStart} from '../list-cursor.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {filterNote} from '../views/filter.js';
import {type Version, versionDiffRows, versionRows, versionsOf} from '../views/history.js';
import {useRestore} from './use-restore.js';

export type HistoryScreenProps = {
	readonly path?: Path;
	readonly height: number;
	readonly isActive: boolean;
};

/** What of a version a filter looks at. */
function wordsOf({entry, path}: Version): string {
	return `${path} ${entry.name} ${shortId(entry.commit)} ${formatTime(entry.at)}`;
}

/** Why the list ends where it does; empty where everything is in it. */
function endText(history: LoadedHistory, path: Path | undefined): string {
	if (typeof history === 'string' || history.end === 'start') return '';
	if (history.end === 'boundary') return text.history.cutOff;
	return path === undefined ? text.history.more : text.history.moreOfPath;
}

/** From here on the difference stands beside the list. */
const besideFrom = 100;

export function HistoryScreen({path, height, isActive}: HistoryScreenProps) {
	const {session, state, width, filter, kept, open, notify} = useSession();
	const restore = useRestore();
	const now = useNow();
	const history = useHistory(session, path, state.project.head);
	const all = typeof history === 'string' ? [] : versionsOf(history.entries, path);
	const versions = filtered(all, filter, wordsOf);
	const {cursor, setCursor} = useListCursor(
		versions.map((version) => `${version.entry.commit} ${version.path}`),
		kept,
	);
	const here = versions[cursor];
	const isBeside = path !== undefined && width >= besideFrom;
	const listWidth = isBeside ? 56 : width;
	const listHeight = path === undefined || isBeside ? height : Math.max(4, Math.floor(height / 3));
	const inner = innerSize(listWidth, listHeight);
	// Of the versions of one path the older one is the next in the list.
	const older = path === undefined ? undefined : all[all.findIndex((version) => version === here) + 1];
	const diffWidth = isBeside ? width - listWidth : width;
	const diffHeight = isBeside ? height : height - listHeight;
	const diff = useVersionDiff(session, path, here?.entry.commit, older?.entry.commit);
	const rows = here ? versionDiffRows(diff, innerSize(diffWidth, 0).width) : [];
	const room = innerSize(0, diffHeight).height;
	const changes = useScroll(rows.length, room);
	useEffect(() => changes.scroll('first'), [here?.entry.commit]);
	const below = rows.length - changes.start - room;
	const empty =
		history === 'reading'
			? text.conflictScreen.loading
			: history === 'unreadable'
				? text.history.unreadable
				: filter === ''
					? text.history.none
					: text.noMatch;
	useActions(
		path === undefined ? 'history' : 'versions',
		(action) => {
			if (action === 'restore' && here) restore(here, path === undefined);
			else if (action === 'open' && here && path === undefined) open({kind: 'history', path: here.path});
			else if (action === 'restore' || (action === 'open' && path === undefined)) notify(empty);
			else if (action === 'change-down') changes.scroll('page-down');
			else if (action === 'change-up') changes.scroll('page-up');
			else setCursor(moveCursor(cursor, action, versions.length, inner.height));
		},
		isActive,
	);
	const endRows = wrapWords(endText(history, path), Math.max(10, inner.width)).map((line) => [
		span(line, 'quiet'),
	]);
	const count = versions.length + (versions.length === 0 ? 0 : endRows.length);
	// How it ends is seen together with the last version.
	const isLast = cursor === versions.length - 1;
	const start = windowStart(isLast ? count - 1 : cursor, count, inner.height);
	const hidden = count - start - inner.height;
	const view = {versions, cursor, now, width: inner.width, isOnePath: path !== undefined};
	const title =
		path === undefined ? text.history.title : cutMiddle(cleanText(path), Math.max(10, listWidth - 24));
	const isMeasured = path === undefined && state.project.storeBytes > 0;
	const size = isMeasured ? [span(text.history.kept(state.project.storeBytes), 'quiet')] : [];
	const list = (
		<PanelLines
			title={title}
			note={filter === '' ? size : filterNote(filter, versions.length, all.length)}
			width={listWidth}
			height={listHeight}
			rows={
				versions.length === 0
					? wrapWords(empty, Math.max(10, inner.width)).map((line) => [span(line, 'quiet')])
					: [
							...versionRows(view, start, start + inner.height),
							...endRows.slice(Math.max(0, start - versions.length)),
						]
			}
			more={hidden > 0 ? text.more(hidden) : undefined}
			focused
		/>
	);
	if (path === undefined) return list;
	return (
		<Box flexDirection={isBeside ? 'row' : 'column'}>
			{list}
			<PanelLines
				title={text.history.changed}
				width={diffWidth}
				height={diffHeight}
				rows={rows.slice(changes.start)}
				more={below > 0 ? text.more(below) : undefined}
			/>
		</Box>
	);
}
