/** Why a path or the relay is gone or did not open, in a few words: what comes as a code is worded here, words stay as they are. */
import {printable} from './printable.js';

const words: Readonly<Record<string, string>> = {
	aborted: 'given up',
	address_gone: 'this machine has another address now',
	bad_frame: 'it sent what cannot be read',
	bad_message: 'it sent what cannot be read',
	carrier_lost: 'the connection was cut',
	closed: 'closed',
	closed_by_peer: 'the other side closed it',
	credit_exceeded: 'it sent more than was granted',
	cut_off: 'the other side cut this peer off: it broke the rules',
	ice_failed: 'no path through ICE',
	ice_unavailable: 'ICE does not work on this machine',
	lost: 'its connection to the relay was lost',
	network_changed: 'its network changed',
	no_answer: 'no answer',
	no_internet: 'no internet',
	no_path: 'no way to it is known now',
	no_relay: 'no relay can be reached',
	no_tunnel: 'the relay has no tunnel to it',
	not_admitted: 'it does not know this session, or the invite is not right',
	not_authentic: 'it could not prove who it is',
	peer_silent: 'it fell silent',
	pinned: 'the other side does not allow this tier',
	relay_closed: 'the relay closed the connection',
	relay_full: 'the relay is full',
	relay_unreachable: 'the relay cannot be reached',
	replaced: 'this folder has connected from elsewhere; run it in one place only',
	rate_limited: 'too much in a short time',
	sequence_gap: 'a part was lost on the way',
	session_full: 'the session is full',
	shutting_down: 'the relay is shutting down',
	silent: 'it fell silent',
	stalled: 'nothing got through any more',
	text_only: 'binary frames do not reach the other side',
	too_slow: 'it was too slow for the relay',
	unknown_peer: 'it is not at the relay now',
};

const maxWords = 160;

/** At most one line, fit for a terminal. */
export function reasonWords(reason: string): string {
	return Object.hasOwn(words, reason) ? words[reason]! : printable(reason).slice(0, maxWords);
}

/** A reason with what the relay asked for, where it did: `the relay is full; the relay asks to wait 12 s`. */
export function refusalWords(reason: string, askedMs: number | undefined): string {
	return askedMs === undefined ? reason : `${reason}; ${askedWords(askedMs)}`;
}

/** `the relay asks to wait 12 s` */
export function askedWords(askedMs: number): string {
	const [value, unit] =
		askedMs < 120_000
			? [askedMs / 1000, 's']
			: askedMs < 7_200_000
				? [askedMs / 60_000, 'min']
				: [askedMs / 3_600_000, 'h'];
	return `the relay asks to wait ${Math.max(1, Math.ceil(value))} ${unit}`;
}
