/** What the screen says of the state: one sentence or word for each case of a selector. */
import {askedWords} from '../core/reason-words.js';
import {type Peer, type State} from '../core/state.js';
import {formatCount, formatRate} from './format.js';
import {type Overall, selectStanding, type Standing} from './overall.js';
import {type Unsynced} from './select.js';
import {text} from './text.js';

/** The one word of the header. */
export function overallText(overall: Overall): string {
	switch (overall.word) {
		case 'halted':
			return 'halted';
		case 'paused':
			return 'paused';
		case 'opening':
			return 'reading the folder';
		case 'refused':
			return 'refused';
		case 'connecting':
			return 'connecting';
		case 'offline':
			return 'offline';
		case 'held':
			return `waiting for git ${overall.operation}`;
		case 'syncing':
			return overall.percent === undefined ? 'syncing' : `syncing ${overall.percent} %`;
		case 'behind':
			if (overall.lacking !== undefined) return `${formatCount(overall.lacking)} behind`;
			if (overall.isOurs)
				return overall.count === 1 ? '1 peer is behind' : `${overall.count} peers are behind`;
			return overall.count === 1 ? '1 peer differs' : `${overall.count} peers differ`;
		case 'conflict':
			return overall.count === 1 ? '1 conflict' : `${formatCount(overall.count)} conflicts`;
		case 'alone':
			return 'alone';
		case 'no-network':
			return 'no network';
		case 'in-step':
			return 'in step';
	}
}

/** Where a peer stands. */
export const standings: Record<Standing, string> = {
	'in-step': 'in step',
	fetching: 'fetching',
	sending: 'sending',
	apart: 'differs',
	unknown: '',
};

/** Where a peer stands, with the number of snapshots where it is known: −3 it lacks three of ours, +2 it has two of its own. */
export function standingText(state: State, peer: Peer): string {
	const standing = selectStanding(state, peer);
	if (standing !== 'apart') return standings[standing];
	const {ahead = 0, behind = 0} = peer.distance ?? {};
	const parts = [...(ahead > 0 ? [`+${ahead}`] : []), ...(behind > 0 ? [`−${behind}`] : [])];
	return parts.length > 0 ? parts.join(' ') : standings.apart;
}

/** The line under the header, where something needs a sentence. */
export function bannerText(overall: Overall, now: number): string | undefined {
	switch (overall.word) {
		case 'halted':
			return `Halted, press p: ${overall.message}`;
		case 'paused':
			return text.notices.paused;
		case 'refused':
			return `The relay refused: ${overall.reason}`;
		case 'offline':
			return overall.isAsked
				? `Offline: ${overall.reason}; ${askedWords(overall.retryAt - now)} ${text.retryNow}`
				: `Offline: ${overall.reason}, ${text.retryingIn(overall.retryAt - now)} ${text.retryNow}`;
		case 'no-network':
			return text.notices.noNetwork;
		case 'held':
			return `A git ${overall.operation} is under way in this folder; syncing goes on when it ends.`;
		default:
			return undefined;
	}
}

/** Direct links outlive the relay: all is well but for those who are not here yet. */
export function relayAwayText({relay, peers}: State, now: number): string | undefined {
	const isTrying = relay.status === 'connecting' && relay.attempt > 1;
	if (relay.status !== 'waiting' && !isTrying) return undefined;
	if (![...peers.values()].some(({link}) => link.status === 'online')) return undefined;
	const inMs = relay.status === 'waiting' ? relay.retryAt - now : 0;
	const isAsked = relay.status === 'waiting' && relay.askedMs !== undefined;
	const next = isAsked ? askedWords(inMs) : text.retryIn(inMs);
	return `No relay; direct links go on · ${next} ${text.retryNow}`;
}

/** That the relay holds our traffic back; undefined while it does not. */
export function relayLimitText({relay}: State): string | undefined {
	if (relay.status !== 'online' || !relay.limited) return undefined;
	return `Limited by the relay to ${formatRate(relay.limited.bytesPerSecond)}`;
}

/** Why quitting now is worth a question. */
export function unsyncedText(unsynced: Unsynced): string {
	switch (unsynced.kind) {
		case 'none':
			return 'Everybody here has everything now.';
		case 'writing':
			return 'Changes are just being written.';
		case 'transferring':
			return `A transfer with ${listNames(unsynced.names)} is under way.`;
		case 'nobody-has-it':
			return 'Nobody else has your newest changes yet.';
		case 'some-lack-it':
			return `${listNames(unsynced.names)} ${unsynced.names.length === 1 ? 'does' : 'do'} not have everything yet.`;
	}
}

function listNames(names: readonly string[]): string {
	if (names.length > 3) return `${names.slice(0, 2).join(', ')} and ${names.length - 2} others`;
	return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '');
}
