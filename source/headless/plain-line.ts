/** Events as plain lines, for a log or a terminal without a screen. */
import {type PublicEvent} from '../core/public-event.js';
import {printable} from '../core/printable.js';
import {reasonWords} from '../core/reason-words.js';
import {isNotNeeded} from '../protocol/tiers.js';
import {lineWords} from './line-words.js';

/** What a person calls a peer, by its id. */
type NameOf = (peerId: string) => string;

/** One line without its end; undefined for events that would only fill a log. */
export function formatPlainLine(event: PublicEvent, nameOf: NameOf): string | undefined {
	const text = describe(event, nameOf);
	return text === undefined ? undefined : printable(text);
}

function describe(event: PublicEvent, nameOf: NameOf): string | undefined {
	switch (event.event) {
		case 'ready':
			return lineWords.ready(event.role, event.session_id, event.root, event.relay_url, event.invite);
		case 'peer_joined':
			return lineWords.peerJoined(event.name, event.peer_id.slice(0, 4));
		case 'peer_left':
			return lineWords.peerLeft(nameOf(event.peer_id), reasonWords(event.reason));
		case 'link': {
			const way = event.tier === undefined ? undefined : lineWords.way(event.tier, event.route);
			return lineWords.link(nameOf(event.peer_id), event.status, way, event.reason);
		}
		case 'attempt': {
			if (event.outcome === 'ok' || isNotNeeded(event.reason)) return undefined;
			return lineWords.attemptFailed(event.route, nameOf(event.peer_id), event.took_ms, event.reason);
		}
		case 'transfer':
		case 'editing':
			return undefined;
		case 'snapshot':
			return lineWords.saved(describePaths(event));
		case 'applied':
			return lineWords.applied(nameOf(event.from_peer_id), describePaths(event));
		case 'synced':
			return lineWords.inStep(shortHead(event.head));
		case 'conflict':
			return lineWords.conflict(event.path, event.peers.map(nameOf));
		case 'resolved':
			return lineWords.resolved(event.path, event.take);
		case 'problem':
			return lineWords.problem(event.path, event.message);
		case 'halted':
			return lineWords.halted(event.message);
		case 'error':
			return lineWords.error(event.message);
	}
}

function describePaths({paths, head, branch}: {paths: number; head: string; branch?: string}): string {
	return lineWords.paths(paths, shortHead(head), branch);
}

function shortHead(head: string): string {
	return head.slice(0, 12);
}
