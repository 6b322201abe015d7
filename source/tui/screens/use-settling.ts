import {type Take} from '../../core/command.js';
import {type Conflict, type PeerId} from '../../core/state.js';
import {absent, type Path} from '../../protocol/content.js';
import {type Action} from '../binding.js';
import {cleanText} from '../draw/clean.js';
import {useSession} from '../session-context.js';
import {type Scope, settleScopes} from '../settle-scopes.js';
import {text} from '../text.js';

export type Settling = {
	/**
	 * Settles these paths; `theirs` is the side of one peer where there are several. Asks first where it deletes: a base that
	 * there was not is nothing. `agreed` is called once it is certain to be tried.
	 */
	readonly settle: (paths: readonly Path[], take: Take, more?: SettleMore) => void;
	/** Settles one path with a text that was put together. Rejects as the session does. */
	readonly settleMerged: (path: Path, merged: string) => Promise<void>;
	/** Whether this key comes too early to be meant for what it would settle. */
	readonly isHeld: (action: Action) => boolean;
	/** Asks which of the conflicts round this one, and then which side to take. */
	readonly settleMany: (here: Conflict, shown: readonly Conflict[]) => void;
};

type SettleMore = {readonly peerId?: PeerId; readonly agreed?: () => void};

const scopeKeys: Record<Scope['kind'], string> = {all: 'a', shown: 's', folder: 'f', peer: 'p'};
const takeKeys = [
	['m', 'mine'],
	['t', 'theirs'],
	['b', 'base'],
	['o', 'both'],
] as const;

export function useSettling(): Settling {
	const {session, state, attempt, notify, ask, undo, settleGuard} = useSession();
	/** Without those that somebody settled meanwhile: one of them would keep all the others from being settled. */
	const stillOpen = (paths: readonly Path[]) => {
		const known = new Set(session.getSnapshot().conflicts.map(({path}) => path));
		const open = paths.filter((path) => known.has(path));
		return open.length > 0 ? open : paths;
	};
	/** Those of the paths that were new on all sides. */
	const withoutBase = (paths: readonly Path[]) => {
		const wanted = new Set(paths);
		return session
			.getSnapshot()
			.conflicts.filter(({path, base = absent}) => base === absent && wanted.has(path))
			.map(({path}) => path);
	};
	const settle: Settling['settle'] = (paths, take, {peerId, agreed} = {}) => {
		const deleted = take === 'base' ? withoutBase(paths) : [];
		const run = () => {
			agreed?.();
			attempt(async () => {
				const open = stillOpen(paths);
				const {resolved, before, copies} = await settleGuard.during(open, () =>
					session.resolve({paths: open, take, peerId}),
				);
				undo.remember({paths: resolved, before, copies});
				const gone = resolved.filter((path) => deleted.includes(path)).length;
				notify(text.conflictScreen.resolved(resolved, take, gone));
			});
		};
		if (deleted.length === 0) return run();
		ask({
			title: text.conflictScreen.askDelete(paths.length, deleted.length),
			lines: [cleanText(deleted.slice(0, 3).join(', ')) + (deleted.length > 3 ? ', …' : '')],
			choices: [
				{keys: ['D'], label: text.conflictScreen.deleteThem, run},
				{keys: ['escape', 'n'], label: text.cancel, run: () => {}},
			],
		});
	};
	const settleMerged: Settling['settleMerged'] = async (path, merged) => {
		const {before} = await settleGuard.during([path], () =>
			session.resolveMerged(path, new TextEncoder().encode(merged)),
		);
		undo.remember({paths: [path], before});
		notify(text.conflictScreen.resolved([path], 'merged'));
	};
	const askTake = ({paths, peerId, kind}: Scope) =>
		ask({
			title: text.conflictScreen.askTake(paths.length),
			lines: [],
			choices: [
				...takeKeys.map(([key, take]) => ({
					keys: [key],
					label: take,
					// The paths that were counted, also where all are meant: others may have come while the question stood.
					run: () => settle(paths, take, take === 'theirs' && kind === 'peer' ? {peerId} : {}),
				})),
				{keys: ['escape', 'n'], label: text.cancel, run: () => {}},
			],
		});
	const settleMany: Settling['settleMany'] = (here, shown) => {
		const scopes = settleScopes(state.conflicts, shown, here);
		if (scopes.length === 1 && scopes[0]) return askTake(scopes[0]);
		ask({
			title: text.conflictScreen.askScope,
			lines: [],
			choices: [
				...scopes.map((scope) => ({
					keys: [scopeKeys[scope.kind]],
					label: text.conflictScreen.scopes[scope.kind](scope.paths.length, cleanText(scope.name)),
					run: () => askTake(scope),
				})),
				{keys: ['escape', 'n'], label: text.cancel, run: () => {}},
			],
		});
	};
	const isHeld = (action: Action) => {
		const held = settleGuard.holds(action);
		if (held === 'under-way') notify(text.conflictScreen.underWay);
		return held !== 'no';
	};
	return {settle, settleMerged, settleMany, isHeld};
}
