/** The views for a person at a terminal: what to start, and the running session. Loaded only where they are drawn. */
import path from 'node:path';
import {type Session, type SessionEnd} from '../core/session.js';
import {failureSentence} from '../core/text.js';
import {parseInvite} from '../protocol/invite.js';
import {type SettingsStore} from '../settings/settings.js';
import {type Choices, cleanName} from './choices.js';
import {editText} from './edit-text.js';
import {countFolder} from './folder-facts.js';
import {checkInvite, inviteReasons} from './read-invite.js';
import {type Target} from './session-target.js';
import {type Terminal} from './terminal.js';

/** What the person chose, with what they changed on the way; undefined if they left. */
export async function drawStart(
	terminal: Terminal,
	{folder, settings, choices}: {folder: string; settings: SettingsStore; choices: Choices},
): Promise<Target | undefined> {
	const {runStartScreen} = await import('../tui/start-screen.js');
	const result = await runStartScreen({
		...streamsOf(terminal),
		root: folder,
		projectName: path.basename(folder),
		recent: settings
			.read()
			.recentSessions.map(({root, openedAt}) => ({root, name: path.basename(root), at: openedAt})),
		folder: await countFolder(folder),
		parseInvite(text) {
			const parsed = parseInvite(text);
			if (parsed.ok) return {ok: true};
			return {ok: false, reason: failureSentence('bad_invite', {reason: inviteReasons[parsed.reason]})};
		},
		prefilledInvite: terminal.env.PULSYNC_INVITE,
		name: choices.name,
		relayUrl: choices.relayUrl,
	});
	if (result.choice === 'quit') return undefined;
	const changed = {name: cleanName(result.name) ?? choices.name, relayUrl: result.relayUrl || undefined};
	settings.write(changed);
	const target = {folder: result.root ?? folder, choices: {...choices, ...changed}};
	switch (result.choice) {
		case 'host':
			return {...target, mode: {kind: 'host'}};
		case 'resume':
			return {...target, mode: {kind: 'resume'}};
		case 'join':
			return {
				...target,
				mode: {kind: 'join', invite: checkInvite(result.invite ?? ''), merge: result.merge ?? false},
			};
	}
}

/** Draws the session until the person quits or it ends; a quit stops it. */
export async function drawSession(terminal: Terminal, session: Session): Promise<SessionEnd> {
	const {runSessionScreen} = await import('../tui/session-screen.js');
	await runSessionScreen(session, {
		...streamsOf(terminal),
		editText: (file) => editText(terminal.env, file),
	});
	await session.stop();
	return session.stopped;
}

function streamsOf({stdin, stdout, stderr}: Terminal): Pick<Terminal, 'stdin' | 'stdout' | 'stderr'> {
	return {stdin, stdout, stderr};
}
