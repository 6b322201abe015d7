/**
 * The subjects between relays. Ids are base32 and relays hex, so none of them holds a dot or a wildcard.
 *
 *     pulsync.v1.session.<session>                      who of it is on which relay; to all relays that have it
 *     pulsync.v1.find.<session>                         request: who has it?
 *     pulsync.v1.relay.<relay>                          request: is it there, and has it taken all that was sent?
 *     pulsync.v1.bye                                    a relay goes
 *     pulsync.v1.peer.<relay>.<from>.<session>.<peer>   messages and frames for a peer that is on a relay
 */

const root = 'pulsync.v1';

export const byeSubject = `${root}.bye`;

export function sessionSubject(sessionId: string): string {
	return `${root}.session.${sessionId}`;
}

export function findSubject(sessionId: string): string {
	return `${root}.find.${sessionId}`;
}

export function relaySubject(relay: string): string {
	return `${root}.relay.${relay}`;
}

/** What is for a peer on a relay, from another relay. */
export function peerSubject(way: {relay: string; from: string; sessionId: string; peerId: string}): string {
	return `${root}.peer.${way.relay}.${way.from}.${way.sessionId}.${way.peerId}`;
}

/** All that is for peers of a relay. */
export function peersSubject(relay: string): string {
	return `${root}.peer.${relay}.>`;
}

/** From whom and for whom a message on `peersSubject` is. */
export function parsePeerSubject(subject: string): {from: string; sessionId: string; peerId: string} {
	const [from = '', sessionId = '', peerId = ''] = subject.split('.').slice(4);
	return {from, sessionId, peerId};
}
