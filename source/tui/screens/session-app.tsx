/** The app of a running session: header, one screen, a question where there is one, footer. */
import {Box} from 'ink';
import {useReducer, useState} from 'react';
import {type Session} from '../../core/session.js';
import {type State} from '../../core/state.js';
import {Failure} from '../../protocol/failure.js';
import {failureSentence} from '../../core/text.js';
import {Lines} from '../components/lines.js';
import {useActions} from '../hooks/use-actions.js';
import {useAppControl} from '../hooks/use-app-control.js';
import {useKeys} from '../hooks/use-keys.js';
import {useNotice} from '../hooks/use-notice.js';
import {useNow} from '../hooks/use-now.js';
import {useOverlap} from '../hooks/use-overlap.js';
import {useSessionState} from '../hooks/use-session-state.js';
import {useSettleGuard} from '../hooks/use-settle-guard.js';
import {useUndo} from '../hooks/use-undo.js';
import {useWindowSize} from '../hooks/use-window-size.js';
import {type Action} from '../binding.js';
import {keyName} from '../key-name.js';
import {type Kept} from '../kept.js';
import {actionOf} from '../keymap.js';
import {atHome, navigate, placeOf, type Screen, shownScreen} from '../navigation.js';
import {selectUnsynced} from '../select.js';
import {
	type EditText,
	type KeepText,
	type MergeTool,
	SessionContext,
	type SessionContextValue,
} from '../session-context.js';
import {type SettingsDoor} from '../settings-rows.js';
import {unsyncedText} from '../sentences.js';
import {text} from '../text.js';
import {type FooterLabels, footerRow, noticeRows} from '../views/footer.js';
import {bannerRows, headerRow} from '../views/header.js';
import {promptRow} from '../views/prompt.js';
import {questionRows} from '../views/question.js';
import {ConflictScreen} from './conflict.js';
import {ConflictsScreen} from './conflicts.js';
import {HelpScreen} from './help.js';
import {HistoryScreen} from './history.js';
import {Home} from './home.js';
import {InviteScreen} from './invite.js';
import {LogScreen} from './log.js';
import {PeerScreen} from './peer.js';
import {SettingsScreen} from './settings.js';
import {usePrompt} from './use-prompt.js';
import {useQuestion} from './use-question.js';

export type SessionAppProps = {
	readonly session: Session;
	readonly editText?: EditText;
	readonly mergeTool?: MergeTool;
	readonly keepText?: KeepText;
	readonly settings?: SettingsDoor;
	readonly onQuit: () => void;
};

export function SessionApp({session, editText, mergeTool, keepText, settings, onQuit}: SessionAppProps) {
	const state = useSessionState(session);
	const {columns: width, rows} = useWindowSize();
	const control = useAppControl();
	const [navigation, dispatch] = useReducer(navigate, atHome);
	const {notice, notify} = useNotice();
	const {question, ask, isAsking: isQuestioned} = useQuestion();
	const {typing, prompt} = usePrompt();
	const isAsking = isQuestioned || typing !== undefined;
	const [filters, setFilters] = useState<ReadonlyMap<Screen, string>>(new Map());
	const [keptOf] = useState(() => new WeakMap<Screen, Kept>());
	const [isQuitting, setIsQuitting] = useState(false);
	const screen = shownScreen(navigation);
	const place = placeOf(screen);
	const filter = filters.get(screen) ?? '';
	const kept = keptOf.get(screen) ?? {};
	keptOf.set(screen, kept);
	/** Each open screen has its own. */
	const setFilter = (value: string) =>
		setFilters((all) => new Map([...all].filter(([one]) => navigation.includes(one))).set(screen, value));
	const now = useNow(() => (state.relay.status === 'waiting' ? 1000 : undefined));
	const attempt = (work: () => Promise<void>) => {
		work().catch((error: unknown) => notify(wordError(error)));
	};
	useOverlap(state.activity.items, notify);
	const undo = useUndo(session, attempt, notify);
	const settleGuard = useSettleGuard(state.conflicts);

	// What is drawn may be a tenth of a second old, and the answer is about what is true now.
	const unsyncedNow = () => selectUnsynced(session.getSnapshot());
	const quit = () => {
		if (unsyncedNow().kind === 'none') return onQuit();
		setIsQuitting(true);
		ask({
			title: text.quit.title,
			lines: () => [unsyncedText(unsyncedNow()), text.quit.rest],
			choices: [
				{keys: ['y', 'q', 'ctrl-c'], label: text.quit.yes, run: onQuit},
				{keys: ['escape', 'n'], label: text.quit.no, run: () => setIsQuitting(false)},
			],
		});
	};
	const anywhere = (action: Action) => {
		switch (action) {
			case 'suspend':
				return control.suspend();
			case 'redraw':
				return control.redraw();
			case 'leave-now':
				if (!isAsking) return isQuitting ? onQuit() : quit();
				return;
			default:
		}
	};
	const askFilter = () =>
		prompt({
			label: text.filter,
			value: filter,
			changed: setFilter,
			done: setFilter,
			cancelled: () => setFilter(''),
		});
	useActions(place, anywhere);
	useKeys((input) => {
		// Whoever presses esc once more than needed, or an arrow, needs no lesson.
		if (input.type === 'key' && [...input.key].length === 1 && actionOf(input.key, place) === undefined)
			notify(text.noMeaning(keyName(input.key)));
	}, !isAsking);
	useActions(
		place,
		(action) => {
			if (action === 'quit') quit();
			else if (action === 'help')
				dispatch({
					type: 'open-screen',
					screen: {kind: 'help', from: screen.kind === 'help' ? screen.from : place},
				});
			else if (action === 'back' && filter !== '') setFilter('');
			else if (action === 'back') dispatch({type: 'go-back'});
			else if (action === 'undo') undo.run();
			else if (action === 'filter') askFilter();
		},
		!isAsking,
	);

	const context: SessionContextValue = {
		session,
		state,
		width,
		editText,
		mergeTool,
		keepText,
		settings,
		filter,
		kept,
		open: (next) => dispatch({type: 'open-screen', screen: next}),
		back: () => dispatch({type: 'go-back'}),
		notify,
		ask,
		prompt,
		undo,
		settleGuard,
		attempt,
	};
	const banner = bannerRows(state, now, width);
	const asked = question ? questionRows(question, width) : [];
	const labels = footerLabels(state);
	const lastRows = () => {
		if (typing) return [promptRow(typing.prompt, typing.field, width)];
		return notice === undefined ? [footerRow(place, width, labels)] : noticeRows(notice, width);
	};
	const footer = asked.length > 0 ? asked : lastRows();
	const height = Math.max(0, rows - 1 - banner.length - footer.length);
	return (
		<SessionContext value={context}>
			<Box flexDirection="column" width={width} height={rows}>
				<Lines rows={[headerRow(state, width), ...banner]} width={width} />
				<Box flexDirection="column" height={height} flexShrink={0}>
					<Body screen={screen} height={height} isActive={!isAsking} />
				</Box>
				<Lines rows={footer} width={width} />
			</Box>
		</SessionContext>
	);
}

type BodyProps = {readonly screen: Screen; readonly height: number; readonly isActive: boolean};

function Body({screen, height, isActive}: BodyProps) {
	switch (screen.kind) {
		case 'session':
			return <Home height={height} isActive={isActive} />;
		case 'peer':
			return <PeerScreen peerId={screen.peerId} height={height} isActive={isActive} />;
		case 'conflicts':
			return <ConflictsScreen height={height} isActive={isActive} />;
		case 'conflict':
			return <ConflictScreen key={screen.path} path={screen.path} height={height} isActive={isActive} />;
		case 'invite':
			return <InviteScreen height={height} isActive={isActive} />;
		case 'log':
			return <LogScreen height={height} isActive={isActive} />;
		case 'history':
			return <HistoryScreen key={screen.path} path={screen.path} height={height} isActive={isActive} />;
		case 'settings':
			return <SettingsScreen height={height} isActive={isActive} />;
		case 'help':
			return <HelpScreen from={screen.from} height={height} isActive={isActive} />;
	}
}

/** Keys that mean something else as things are. */
function footerLabels({project, conflicts, problems}: State): FooterLabels {
	return {
		...(project.mode.kind !== 'running' && {pause: text.goOn}),
		...(conflicts.length === 0 && problems.items.length > 0 && {conflicts: text.problemsKey}),
	};
}

function wordError(error: unknown): string {
	return error instanceof Failure
		? failureSentence(error.code, error.details)
		: failureSentence('failed', {message: String(error)});
}
