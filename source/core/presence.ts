/**
 * Who is there. A member is present while the relay lists it, while the local network shows it, or while a link to it
 * lives. What the relay or our own handshake has proved counts at once; what the local network says makes us dial, but puts
 * nobody on the list before that has proved who is there, and ends no link that lives.
 */
import {tiers} from '../protocol/tiers.js';
import {noteActivity} from './activity.js';
import {activityWords} from './activity-words.js';
import {askIfNeeded} from './ask-leader.js';
import {breakOff, forgetLoneTry} from './broken-off.js';
import {directEased} from './direct-memory.js';
import {type FoundPeer, type RosterEntry} from './event.js';
import {reviewLink} from './link.js';
import {rememberAddresses} from './link-failures.js';
import {linkWords} from './link-words.js';
import {
	leads,
	linkOf,
	newLinkMachine,
	noBytes,
	setContact,
	setDirect,
	setLink,
	setPeer,
	setState,
	setSync,
	showLink,
	type Step,
} from './machine.js';
import {dropCarriers, pinFor} from './openings.js';
import {reasonWords} from './reason-words.js';
import {hasRoom} from './peer-room.js';
import {showStanding} from './show-standing.js';
import {allowedTiers} from './tier-choice.js';
import {type Peer, type PeerId} from './state.js';

/** A connection that a peer made to us is held for a few seconds; so long it counts as found. */
const arrivedMs = 15_000;

/** Generations have 24 bits; the room above the clock's part is for attempts. */
const generationClock = 0xf0_00_00;

/** The relay's list, when we come to it. An older entry does not end a link that lives: the list may lag behind. */
export function peerListed(step: Step, entry: RosterEntry): void {
	const known = step.machine.state.peers.get(entry.peerId);
	const {active} = linkOf(step, entry.peerId);
	if (known && known.instance !== entry.instance && active?.tier === 'direct') {
		setContact(step, entry.peerId, {atRelay: true, claimed: entry});
		reviewLink(step, entry.peerId);
		return;
	}
	peerJoined(step, entry, activityWords.isHere);
	// Our link may have ended while the other side could not be told: its leader is not to wait for a heartbeat.
	if (known?.instance === entry.instance) askIfNeeded(step, entry.peerId);
}

/** It comes while we are at the relay, or, where other words are given, was there before. */
export function peerJoined(step: Step, entry: RosterEntry, words: string = activityWords.joined): void {
	const {peerId} = entry;
	if (peerId === step.machine.state.self.peerId || !hasRoom(step, peerId)) return;
	meet(step, entry);
	const {contact, direct} = linkOf(step, peerId);
	// Whoever comes back may come from another place, also if its former place is still listed.
	// Whoever is there still has another socket: what went to its former one may not have reached it.
	if (contact.atRelay) breakOff(step, peerId);
	else setLink(step, peerId, {failures: {}, direct: {...direct, retryAt: 0}});
	forgetLoneTry(step, peerId);
	if (direct.worked) setDirect(step, peerId, directEased(linkOf(step, peerId).direct, step.stamp.at));
	setLink(step, peerId, {asks: 0});
	setContact(step, peerId, {atRelay: true, cameAt: step.stamp.at, proven: true, claimed: undefined});
	settlePresence(step, peerId, undefined, words);
	reviewLink(step, peerId);
}

/** The relay lost a peer: its socket died, or the person left. A direct link that lives goes on. */
export function peerLeft(step: Step, peerId: PeerId, reason: string): void {
	if (!linkOf(step, peerId).contact.atRelay) return;
	setContact(step, peerId, {
		atRelay: false,
		// Who left on purpose is not looked for.
		...(reason === 'left' && {foundUntil: 0, addressesUntil: 0, hasAddresses: false}),
	});
	const words = reasonWords(reason);
	breakOff(step, peerId);
	dropCarriers(step, peerId, words, 'relay');
	if (!isThere(step, peerId)) dropCarriers(step, peerId, words);
	reviewLink(step, peerId, words);
	settlePresence(step, peerId, reason);
}

/** Our own connection to the relay has ended; so have the paths through it. Nobody has left by that. */
export function relayGone(step: Step, peerId: PeerId, retryAt: number): void {
	// Why it went does not change by what becomes of us.
	if (!linkOf(step, peerId).contact.atRelay) return;
	const reason = lostWords(step, peerId);
	breakOff(step, peerId);
	setContact(step, peerId, {atRelay: false});
	rememberAddresses(step, peerId);
	dropCarriers(step, peerId, reason, 'relay');
	reviewLink(step, peerId, reason);
	if (linkOf(step, peerId).asks > 0) {
		// What we asked through the relay may not have got there.
		setLink(step, peerId, {asks: 0});
		askIfNeeded(step, peerId);
	}
	if (isThere(step, peerId)) return;
	if (step.machine.state.peers.get(peerId)?.present) setContact(step, peerId, {lostWithRelay: true});
	setPeer(step, peerId, {present: false});
	const {active, openings} = linkOf(step, peerId);
	if (!active && openings.length === 0) showStanding(step, peerId, {reason, retryAt});
}

/** We are at the relay again, and it does not list this peer. */
export function notListed(step: Step, peerId: PeerId): void {
	const {lostWithRelay} = linkOf(step, peerId).contact;
	if (!lostWithRelay || isThere(step, peerId)) return settlePresence(step, peerId, linkWords.leftMeanwhile);
	setContact(step, peerId, {lostWithRelay: false});
	reviewLink(step, peerId, linkWords.leftMeanwhile);
	tellLeft(step, peerId, linkWords.leftMeanwhile);
}

/** Where a pin leaves no other way, it is the pin that a person can do something about. */
function lostWords(step: Step, peerId: PeerId): string {
	const peer = step.machine.state.peers.get(peerId);
	const allowed = peer ? allowedTiers(pinFor(step, peer), linkOf(step, peerId).theirTiers) : tiers;
	if (allowed.length === 0 || allowed.includes('direct')) return linkWords.relayLost;
	return linkWords.relayNeeded(allowed);
}

/** Seen in the local network, or it has just dialled us. */
export function peerFound(step: Step, peer: FoundPeer): void {
	const {peerId} = peer;
	if (peerId === step.machine.state.self.peerId || !hasRoom(step, peerId)) return;
	const {state, links} = step.machine;
	const known = state.peers.get(peerId);
	const isSigned = peer.publicKey !== undefined;
	if (!isSigned && known && known.instance !== peer.instance && isProvenThere(links.get(peerId))) {
		setContact(step, peerId, {claimed: peer, foundUntil: Infinity});
		return;
	}
	meet(step, peer);
	const {contact, direct} = linkOf(step, peerId);
	// Where it listens was not known before, or may be another place.
	if (!isSigned && contact.foundUntil <= step.stamp.at)
		setDirect(step, peerId, directEased(direct, step.stamp.at));
	setContact(step, peerId, {
		foundUntil: isSigned ? Math.max(contact.foundUntil, step.stamp.at + arrivedMs) : Infinity,
		proven: contact.proven || isSigned,
		claimed: undefined,
	});
	if (isSigned) step.effects.push({type: 'start-timer', timer: `found ${peerId}`, afterMs: arrivedMs});
	settlePresence(step, peerId);
	reviewLink(step, peerId);
}

/** The local network does not show it any more. */
export function peerLost(step: Step, peerId: PeerId): void {
	if (!step.machine.state.peers.has(peerId)) return;
	setContact(step, peerId, {foundUntil: 0});
	const reason = linkWords.lanGone;
	if (!isThere(step, peerId)) {
		breakOff(step, peerId);
		dropCarriers(step, peerId, reason);
	}
	reviewLink(step, peerId, reason);
	settlePresence(step, peerId, reason);
}

/** Puts a peer on the list or takes it off, and tells it; `reason` is why it went, `words` how it is told that it is there. */
export function settlePresence(
	step: Step,
	peerId: PeerId,
	reason = 'gone',
	words: string = activityWords.isHere,
): void {
	believeClaim(step, peerId);
	const peer = step.machine.state.peers.get(peerId);
	const {contact} = linkOf(step, peerId);
	if (!peer) return;
	const present = isThere(step, peerId) && contact.proven;
	if (present === peer.present) return;
	if (present) {
		setPeer(step, peerId, {present});
		setContact(step, peerId, {lostWithRelay: false});
		// Where nobody was told that it went, that it is back is no news.
		if (contact.lostWithRelay) return;
		step.effects.push({type: 'emit', event: {event: 'peer_joined', peer_id: peerId, name: peer.name}});
		noteActivity(step, {kind: 'peer', who: peer.name, text: words});
		return;
	}
	setPeer(step, peerId, {present});
	// A transfer whose path broke may go on over the next one; who runs it says when it has ended.
	if (reason === 'left') setPeer(step, peerId, {transferIn: undefined, transferOut: undefined});
	tellLeft(step, peerId, reason);
}

function tellLeft(step: Step, peerId: PeerId, reason: string): void {
	setPeer(step, peerId, {editing: []});
	const who = step.machine.state.peers.get(peerId)?.name ?? '';
	step.effects.push({type: 'emit', event: {event: 'peer_left', peer_id: peerId, reason}});
	noteActivity(step, {kind: 'peer', who, text: activityWords.left(reason)});
}

function isThere(step: Step, peerId: PeerId): boolean {
	const {active, contact} = linkOf(step, peerId);
	return active !== undefined || contact.atRelay || contact.foundUntil > step.stamp.at;
}

function isProvenThere(link = newLinkMachine): boolean {
	return link.active !== undefined || link.contact.atRelay;
}

/** Our link to it has ended: now another word about its instance may be true. */
function believeClaim(step: Step, peerId: PeerId): void {
	const {active, contact} = linkOf(step, peerId);
	const {claimed} = contact;
	if (active || !claimed) return;
	meet(step, claimed);
	setContact(step, peerId, {claimed: undefined, proven: claimed.publicKey !== undefined});
	reviewLink(step, peerId);
}

/** A new peer gets its place; a new instance of a known one loses all that belonged to the former. */
function meet(step: Step, entry: FoundPeer): void {
	const {peerId} = entry;
	const known = step.machine.state.peers.get(peerId);
	const name = entry.name ?? known?.name ?? peerId.slice(0, 4);
	const facts = {name, instance: entry.instance, publicKey: entry.publicKey ?? known?.publicKey ?? ''};
	if (known?.instance === entry.instance) return setPeer(step, peerId, facts);
	if (known) {
		const reason = linkWords.restarted(name);
		dropCarriers(step, peerId, reason);
		showLink(step, peerId, {status: 'offline', reason});
	}
	// A generation from the clock lies above those of our own earlier runs, which the relay may still remember.
	const fromClock = Math.floor(step.stamp.at / 1000) % generationClock;
	const former = linkOf(step, peerId);
	const generation = leads(step, peerId) ? Math.max(fromClock, former.generation) : 0;
	const {atRelay, foundUntil, lostWithRelay} = former.contact;
	setLink(step, peerId, {...newLinkMachine, generation});
	setContact(step, peerId, {atRelay, foundUntil, lostWithRelay});
	if (known) {
		setPeer(step, peerId, facts);
		return forgetHead(step, peerId);
	}
	const peer: Peer = {
		peerId,
		...facts,
		present: false,
		revision: 0,
		editing: [],
		bytes: {in: noBytes, out: noBytes},
		attempts: [],
		link: {status: 'offline', reason: linkWords.notYet},
	};
	setState(step, {peers: new Map(step.machine.state.peers).set(peerId, peer)});
}

/** What an earlier run of it said of its head is not true any more. */
function forgetHead(step: Step, peerId: PeerId): void {
	const heads = new Map(step.machine.sync.heads);
	heads.delete(peerId);
	setSync(step, {heads});
	setPeer(step, peerId, {head: undefined, revision: 0, distance: undefined});
}
