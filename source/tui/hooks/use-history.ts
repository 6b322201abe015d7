import {useEffect, useState} from 'react';
import {type History, type Session} from '../../core/session.js';
import {type Path} from '../../protocol/content.js';

/** The history as it was read last; `reading` before the first time. */
export type LoadedHistory = History | 'reading' | 'unreadable';

/** The history of a path, or of all, read again whenever the head moves. */
export function useHistory(
	session: Session,
	path: Path | undefined,
	head: string | undefined,
): LoadedHistory {
	const [history, setHistory] = useState<LoadedHistory>('reading');
	useEffect(() => {
		let isCurrent = true;
		session.readHistory({path}).then(
			(read) => isCurrent && setHistory(read),
			() => isCurrent && setHistory('unreadable'),
		);
		return () => {
			isCurrent = false;
		};
	}, [session, path, head]);
	return history;
}
