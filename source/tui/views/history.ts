/** What changed when and by whom, and what one version changed. */
import {type HistoryEntry} from '../../core/session.js';
import {type Path} from '../../protocol/content.js';
import {type Chunk} from '../diff-lines.js';
import {cleanLine, cleanText} from '../draw/clean.js';
import {cutMiddle, fitRow, fitText, type Row, rowWidth, span} from '../draw/row.js';
import {formatDay, formatTime, shortId} from '../format.js';
import {type VersionDiff} from '../hooks/use-version-diff.js';
import {text} from '../text.js';
import {symbols} from '../theme.js';
import {wordDiff} from '../word-diff.js';

/** One changed path of one snapshot. */
export type Version = {
	readonly entry: HistoryEntry;
	readonly path: Path;
	/** The first of its snapshot that is shown. */
	readonly isFirst: boolean;
	/** Paths of the snapshot that are not listed, told with the last that is. */
	readonly more: number;
};

/** The entries path by path; of one path only its own. */
export function versionsOf(entries: readonly HistoryEntry[], path: Path | undefined): readonly Version[] {
	return entries.flatMap((entry) => {
		if (path !== undefined) return [{entry, path, isFirst: true, more: 0}];
		return entry.paths.map((changed, index) => ({
			entry,
			path: changed,
			isFirst: index === 0,
			more: index === entry.paths.length - 1 ? entry.more : 0,
		}));
	});
}

export type VersionListView = {
	readonly versions: readonly Version[];
	readonly cursor: number;
	readonly now: number;
	readonly width: number;
	/** All are of one path, which the title says. */
	readonly isOnePath: boolean;
};

/** The rows `from` to `to`; the first of them always says whose it is. */
export function versionRows(view: VersionListView, from: number, to: number): readonly Row[] {
	return view.versions
		.slice(from, to)
		.map((version, index) => versionRow(view, version, from + index === view.cursor, index === 0));
}

function versionRow(
	{now, width, isOnePath}: VersionListView,
	version: Version,
	isHere: boolean,
	isTop: boolean,
): Row {
	const {entry, path, isFirst, more} = version;
	const isTold = isFirst || isTop;
	const day = formatDay(entry.at, now);
	const when = day === formatDay(now, now) ? text.history.today : day;
	const lead: Row = [
		span(isHere ? `${symbols.cursor} ` : '  ', 'accent'),
		span(fitText(isTold ? when : '', width >= 50 ? 12 : 0), 'quiet'),
		span(fitText(isTold ? formatTime(entry.at) : '', 10), 'quiet'),
		span(`${fitText(isTold ? cleanText(entry.name) || '?' : '', width >= 70 ? 12 : 8)}  `),
	];
	const id: Row = width >= 60 || isOnePath ? [span(`  ${isTold ? shortId(entry.commit) : ''}`, 'quiet')] : [];
	const rest = more > 0 ? `  ${width < 60 ? text.morePathsShort(more) : text.morePaths(more)}` : '';
	const room = Math.max(8, width - rowWidth(lead) - rowWidth(id) - rest.length);
	const what: Row = isOnePath
		? []
		: [span(cutMiddle(cleanText(path), room), isHere ? 'strong' : undefined), span(rest, 'quiet')];
	return [...fitRow([...lead, ...what], Math.max(0, width - rowWidth(id))), ...id];
}

const contextLines = 2;
/** Rows of one difference that are worth a panel. */
const maxRows = 2000;

/** What a version changed: minus what went, plus what came. */
export function versionDiffRows(diff: VersionDiff, width: number): readonly Row[] {
	switch (diff.kind) {
		case 'reading':
			return [[span(text.conflictScreen.loading, 'quiet')]];
		case 'unreadable':
			return [[span(text.history.unreadable, 'warn')]];
		case 'binary':
			return [[span(text.conflictScreen.binary(diff.bytes), 'quiet')]];
		case 'deleted':
			return [[span(text.history.deleted, 'warn')]];
		case 'text': {
			const {chunks} = diff;
			if (chunks.every(({kind}) => kind === 'equal')) return [[span(text.history.same, 'quiet')]];
			return chunks
				.flatMap((chunk, index) => chunkRows(chunk, index > 0, index < chunks.length - 1, width))
				.slice(0, maxRows);
		}
	}
}

function chunkRows(chunk: Chunk, isAfter: boolean, isBefore: boolean, width: number): readonly Row[] {
	if (chunk.kind !== 'equal') {
		const line = (sign: string, own: string, other: string | undefined, isNew: boolean): Row => {
			const pieces = wordDiff(cleanLine(own), other === undefined ? cleanLine(own) : cleanLine(other));
			const tones = isNew ? (['added', 'added-word'] as const) : (['removed', 'removed-word'] as const);
			return fitRow(
				[span(sign, tones[0]), ...pieces.map((piece) => span(piece.text, tones[piece.isNew ? 1 : 0]))],
				width,
			);
		};
		return [
			...chunk.base.map((own, index) => line('- ', own, chunk.mine[index], false)),
			...chunk.mine.map((own, index) => line('+ ', own, chunk.base[index], true)),
		];
	}
	const lines = !isBefore && chunk.base.at(-1) === '' ? chunk.base.slice(0, -1) : chunk.base;
	const before = isAfter ? contextLines : 0;
	const after = isBefore ? contextLines : 0;
	const plain = (own: string): Row => [span('  '), span(cleanLine(own), 'quiet')];
	if (lines.length <= before + after + 1) return lines.map(plain);
	const hidden = text.conflictScreen.equalLines(lines.length - before - after);
	return [
		...lines.slice(0, before).map(plain),
		[span(`${symbols.more} ${hidden}`, 'quiet')],
		...lines.slice(lines.length - after).map(plain),
	];
}
