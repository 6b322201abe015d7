/** Events as plain lines, for a log or a terminal without a screen. */
import {type PublicEvent} from '../core/public-event.js';
import {printable} from '../core/printable.js';
import {reasonWords} from '../core/reason-words.js';
import {isNotNeeded} from '../protocol/tiers.js';

/** One line without its end; undefined for events that would only fill a log. */
export function formatPlainLine(event: PublicEvent): string | undefined {
	const text = describe(event);
	return text === undefined ? undefined : printable(text);
}

function describe(event: PublicEvent): string | undefined {
	switch (event.event) {
		case 'ready': {
			const invite = event.invite === undefined ? '' : `, invite ${event.invite}`;
			return `ready: ${event.role} of session ${event.session_id} in ${event.root}, relay ${event.relay_url}${invite}`;
		}
		case 'peer_joined':
			return `peer joined: ${event.name} (${shortId(event.peer_id)})`;
		case 'peer_left':
			return `peer left: ${shortId(event.peer_id)}, ${reasonWords(event.reason)}`;
		case 'link': {
			const route = event.route === undefined || event.route === event.tier ? '' : ` (${event.route})`;
			const way = event.tier === undefined ? '' : ` by ${event.tier}${route}`;
			const reason = event.reason === undefined ? '' : `, ${event.reason}`;
			return `link to ${shortId(event.peer_id)}: ${event.status}${way}${reason}`;
		}
		case 'attempt': {
			if (event.outcome === 'ok' || isNotNeeded(event.reason)) return undefined;
			return `${event.route} to ${shortId(event.peer_id)} failed after ${event.took_ms} ms: ${event.reason ?? 'no reason given'}`;
		}
		case 'transfer':
		case 'editing':
			return undefined;
		case 'snapshot':
			return `snapshot ${event.head.slice(0, 12)}: ${event.paths} paths${switchWords(event)}`;
		case 'applied':
			return `applied ${event.head.slice(0, 12)} from ${shortId(event.from_peer_id)}: ${event.paths} paths${switchWords(event)}`;
		case 'synced':
			return `in step at ${event.head.slice(0, 12)}`;
		case 'conflict':
			return `conflict: ${event.path}`;
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

function shortId(peerId: string): string {
	return peerId.slice(0, 4);
}

function switchWords({branch}: {branch?: string}): string {
	return branch === undefined ? '' : `, switched to ${branch}`;
}
