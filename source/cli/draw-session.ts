/**
 * The view for a person at a terminal: what to start, the opening, and the running session, on one stage. Loaded only
 * where it is drawn.
 */
import path from 'node:path';
import {type Session, type SessionEnd} from '../core/session.js';
import {failureSentence} from '../core/text.js';
import {parseInvite} from '../protocol/invite.js';
import {defaultName} from '../settings/default-name.js';
import {type SettingsStore} from '../settings/settings.js';
import {loadScreens} from '../tui/load-screens.js';
import {runSessionScreen} from '../tui/session-screen.js';
import {runStartScreen} from '../tui/start-screen.js';
import {type LookWishes} from '../tui/look.js';
import {Stage} from '../tui/terminal/stage.js';
import {openingRows} from '../tui/views/opening.js';
import {type Choices, cleanName, isRelayUrl} from './choices.js';
import {editText, keepText} from './edit-text.js';
import {countFolder} from './folder-facts.js';
import {mergeToolOf} from './merge-tool.js';
import {recentSessions} from './recent-sessions.js';
import {type Target} from './session-target.js';
import {settingsDoor} from './settings-door.js';
import {offeredRelay, startTarget} from './start-target.js';
import {type Terminal} from './terminal.js';
import {inviteFault} from './usage-text.js';

/** What takes no longer needs no explanation. */
const longMs = 1000;

export class Screen {
	readonly #terminal: Terminal;
	readonly #wishes: LookWishes;
	#stage: Stage | undefined;

	/** `wishes` say how it looks where that is not as the terminal says. */
	constructor(terminal: Terminal, wishes: LookWishes = {}) {
		this.#terminal = terminal;
		this.#wishes = wishes;
	}

	/** What the person chose, with what they changed on the way; undefined if they left. */
	async chooseTarget({
		folder,
		settings,
		choices,
	}: {
		readonly folder: string;
		readonly settings: SettingsStore;
		readonly choices: Choices;
	}): Promise<Target | undefined> {
		const [facts, ownName] = await Promise.all([countFolder(folder), defaultName(folder)]);
		const result = await runStartScreen({
			stage: this.#open(),
			root: folder,
			projectName: path.basename(folder),
			recent: recentSessions(settings),
			folder: facts,
			defaultName: cleanName(ownName) ?? '',
			parseInvite(text) {
				const parsed = parseInvite(text);
				if (parsed.ok) return {ok: true};
				return {
					ok: false,
					reason: failureSentence('bad_invite', inviteFault(parsed.reason)),
				};
			},
			isRelayUrl,
			prefilledInvite: this.#terminal.env.PULSYNC_INVITE || undefined,
			name: choices.name,
			relayUrl: offeredRelay(choices),
		});
		const chosen = startTarget(result, folder, choices);
		if (chosen && Object.keys(chosen.kept).length > 0) await settings.write(chosen.kept);
		return chosen?.target;
	}

	/** Shows that the session begins, while the work goes on; `quit` is called if the person does not want to wait. */
	async whileOpening<T>({folder, mode}: Target, quit: () => void, work: () => Promise<T>): Promise<T> {
		const stage = this.#open();
		const opening = {kind: mode.kind, projectName: path.basename(folder), root: folder};
		stage.show((size) => openingRows({...opening, isLong: false}, size));
		const timer = setTimeout(
			() => stage.show((size) => openingRows({...opening, isLong: true}, size)),
			longMs,
		);
		const endListening = stage.listenForQuit(quit);
		try {
			return await work();
		} finally {
			endListening();
			clearTimeout(timer);
		}
	}

	/** Begins to load what draws the session, which takes longer than most sessions need to open. */
	preload(): void {
		// What fails here fails again where it is awaited.
		loadScreens().catch(() => undefined);
	}

	/** Draws the session until the person quits or it ends; a quit stops it. */
	async drawSession(session: Session, settings: SettingsStore, choices: Choices): Promise<SessionEnd> {
		await runSessionScreen(session, {
			stage: this.#open(),
			editText: (file) => editText(this.#terminal.env, file),
			mergeTool: mergeToolOf(this.#terminal.env),
			keepText,
			settings: settingsDoor(settings, session, choices),
		});
		// Goodbyes may take a moment; the person's shell need not wait for them to look as before.
		this.close();
		await session.stop();
		return session.stopped;
	}

	/** Gives the terminal back. */
	close(): void {
		this.#stage?.close();
		this.#stage = undefined;
	}

	#open(): Stage {
		const {stdin, stdout, stderr} = this.#terminal;
		return (this.#stage ??= new Stage({stdin, stdout, stderr, wishes: this.#wishes}));
	}
}
