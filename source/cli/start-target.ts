/** What the answers of the start screen mean: which session begins with which choices, and what of them is kept. Pure. */
import {type Settings} from '../settings/settings.js';
import {type StartResult} from '../tui/start-state.js';
import {type Choices, cleanName} from './choices.js';
import {checkInvite} from './read-invite.js';
import {type Target} from './session-target.js';

/** The relay that the start screen begins with. */
export function offeredRelay({relayUrl, hostRelayUrl}: Choices): string | undefined {
	return relayUrl ?? hostRelayUrl;
}

/**
 * Undefined if the person left. Only what they changed is `kept`: a flag or a variable is for this start alone. A relay
 * that they wrote is one to host at; an invite and a folder's session have relays of their own.
 */
export function startTarget(
	result: StartResult,
	folder: string,
	choices: Choices,
): {readonly target: Target; readonly kept: Pick<Settings, 'name' | 'relayUrl'>} | undefined {
	if (result.choice === 'quit') return undefined;
	const name = cleanName(result.name) ?? choices.name;
	const isNamed = name !== choices.name;
	const relayUrl = result.relayUrl || undefined;
	const isMoved = relayUrl !== offeredRelay(choices);
	const chosen: Choices = {
		...choices,
		...(isNamed && {name, nameNow: undefined, ownName: null}),
		...(isMoved && {relayUrl: undefined, hostRelayUrl: relayUrl}),
	};
	return {
		target: {folder: result.root ?? folder, choices: chosen, mode: modeOf(result, result.choice)},
		// Without the relay that a flag named, that of the settings stays what it is.
		kept: {
			...(isNamed && {name}),
			...(isMoved && (relayUrl !== undefined || choices.relayUrl === undefined) && {relayUrl}),
		},
	};
}

function modeOf(result: StartResult, choice: Exclude<StartResult['choice'], 'quit'>): Target['mode'] {
	if (choice !== 'join') return {kind: choice};
	return {kind: 'join', invite: checkInvite(result.invite ?? ''), merge: result.merge ?? false};
}
