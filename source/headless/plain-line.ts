/** Events as plain lines, for a log or a terminal without a screen. */
import {type PublicEvent} from '../core/public-event.js';
import {printable} from '../core/printable.js';
import {reasonWords} from '../core/reason-words.js';
import {isNotNeeded} from '../protocol/tiers.js';

/** What a person calls a peer, by its id. */
type NameOf = (peerId: string) => string;

/** One line without its end; undefined for events that would only fill a log. */
export function formatPlainLine(event: PublicEvent, nameOf: NameOf): string | undefined {
	const text = describe(event, nameOf);
	return text === undefined ? undefined : printable(text);
}

function describe(event: PublicEvent, nameOf: NameOf): string | undefined {
	switch (event.event) {
		case 'ready': {
			const invite = event.invite === undefined ? '' : `, invite ${event.invite}`;
			return `ready: ${event.role} of session ${event.session_id} in ${event.root}, relay ${event.relay_url}${invite}`;
		}
		case 'peer_joined':
			return `peer is here: ${event.name} (${event.peer_id.slice(0, 4)})`;
		case 'peer_left':
			return `peer left: ${nameOf(event.peer_id)}, ${reasonWords(event.reason)}`;
		case 'link': {
			const route = event.route === undefined || event.route === event.tier ? '' : ` (${event.route})`;
			const way = event.tier === undefined ? '' : ` by ${event.tier}${route}`;
			const reason = event.reason === undefined ? '' : `, ${event.reason}`;
			return `link to ${nameOf(event.peer_id)}: ${event.status}${way}${reason}`;
		}
		case 'attempt': {
			if (event.outcome === 'ok' || isNotNeeded(event.reason)) return undefined;
			return `${event.route} to ${nameOf(event.peer_id)} failed after ${event.took_ms} ms: ${event.reason ?? 'no reason given'}`;
		}
		case 'transfer':
		case 'editing':
			return undefined;
		case 'snapshot':
			return `saved here: ${pathsWords(event)}`;
		case 'applied':
			return `from ${nameOf(event.from_peer_id)}: ${pathsWords(event)}`;
		case 'synced':
			return `in step at ${event.head.slice(0, 12)}`;
		case 'conflict':
			return `conflict: ${event.path}${betweenWords(event.peers.map(nameOf))}`;
		case 'resolved':
			return `resolved: ${event.path}, ${event.take}`;
		case 'problem':
			return `problem${event.path === undefined ? '' : ` with ${event.path}`}: ${event.message}`;
		case 'halted':
			return `halted: ${event.message}`;
		case 'error':
			return `error: ${event.message}`;
	}
}

/** `3 paths (e524e5ead74d)`; a merge may leave nothing to write here. */
function pathsWords({paths, head, branch}: {paths: number; head: string; branch?: string}): string {
	const count = paths === 0 ? 'nothing to write' : paths === 1 ? '1 path' : `${paths} paths`;
	return `${count} (${head.slice(0, 12)})${branch === undefined ? '' : `, switched to ${branch}`}`;
}

function betweenWords(names: readonly string[]): string {
	return names.length < 2 ? '' : `, between ${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
