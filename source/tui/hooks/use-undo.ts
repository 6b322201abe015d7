import {useRef, useState} from 'react';
import {type SideCopy} from '../../core/command.js';
import {type Session} from '../../core/session.js';
import {type Oid, type Path} from '../../protocol/content.js';
import {text} from '../text.js';

/** What was settled last, the commit that still had its conflicts, and what `both` put beside them. */
type Settled = {
	readonly paths: readonly Path[];
	readonly before: Oid;
	readonly copies?: readonly SideCopy[];
};

export type Undo = {
	readonly remember: (settled: Settled) => void;
	/** Brings back the conflicts that were settled last, once. */
	readonly run: () => void;
};

/** One step back from the newest resolution of this screen. */
export function useUndo(
	session: Session,
	attempt: (work: () => Promise<void>) => void,
	notify: (sentence: string) => void,
): Undo {
	const [settled, setSettled] = useState<Settled | undefined>();
	const underWay = useRef<Settled>(undefined);
	return {
		remember: setSettled,
		run() {
			if (!settled) return notify(text.conflictScreen.nothingToUndo);
			if (underWay.current === settled) return;
			underWay.current = settled;
			attempt(async () => {
				const {reopened} = await session
					.reopen(settled.paths, settled.before, settled.copies)
					.finally(() => (underWay.current = undefined));
				// What failed can be tried again, and what was settled meanwhile can be undone itself.
				setSettled((newest) => (newest === settled ? undefined : newest));
				notify(text.conflictScreen.reopened(reopened.length));
			});
		},
	};
}
