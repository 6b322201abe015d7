import {useEffect, useState} from 'react';
import {type Session, type ShownVersion} from '../../core/session.js';
import {type Oid, type Path} from '../../protocol/content.js';
import {alignThree, type Chunk} from '../diff-lines.js';

/** What a version changed against the one before it. */
export type VersionDiff =
	| {readonly kind: 'reading'}
	| {readonly kind: 'unreadable'}
	| {readonly kind: 'binary'; readonly bytes: number}
	| {readonly kind: 'deleted'}
	| {readonly kind: 'text'; readonly chunks: readonly Chunk[]};

/** More than this is no text that somebody reads in a panel. */
const maxBytes = 1_048_576;

/** The difference of a path between two commits; without `before` the path is new in `commit`. */
export function useVersionDiff(
	session: Session,
	path: Path | undefined,
	commit: Oid | undefined,
	before: Oid | undefined,
): VersionDiff {
	const [diff, setDiff] = useState<VersionDiff>({kind: 'reading'});
	useEffect(() => {
		let isCurrent = true;
		setDiff({kind: 'reading'});
		if (path === undefined || commit === undefined) return undefined;
		const read = async (at: Oid | undefined) =>
			at === undefined ? undefined : session.readVersion({path, at}).catch(() => undefined);
		Promise.all([session.readVersion({path, at: commit}), read(before)]).then(
			([after, former]) => isCurrent && setDiff(compare(after, former)),
			() => isCurrent && setDiff({kind: 'unreadable'}),
		);
		return () => {
			isCurrent = false;
		};
	}, [session, path, commit, before]);
	return diff;
}

function compare(after: ShownVersion, before: ShownVersion | undefined): VersionDiff {
	if (after.oid === undefined) return {kind: 'deleted'};
	const [text, former] = [textOf(after.data), before?.oid === undefined ? '' : textOf(before.data)];
	if (text === undefined || former === undefined) return {kind: 'binary', bytes: after.data.length};
	const [lines, old] = [text.split('\n'), former === '' ? [] : former.split('\n')];
	return {kind: 'text', chunks: alignThree(old, lines, lines)};
}

function textOf(data: Uint8Array): string | undefined {
	if (data.length > maxBytes || data.subarray(0, 8000).includes(0)) return undefined;
	return new TextDecoder().decode(data);
}
