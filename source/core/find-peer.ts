/** Which peer a person means: by name, by the start of its peer_id, or `name:start` where two share a name. */
import {type Peer, type PeerId, type State} from './state.js';

export type FindPeerResult =
	| {readonly ok: true; readonly peerId: PeerId}
	| {readonly ok: false; readonly code: 'peer_unknown'}
	| {readonly ok: false; readonly code: 'peer_ambiguous'; readonly choices: string};

/** Shorter starts of an id are more likely a mistyped name. */
const minIdStart = 4;

export function findPeer(peers: ReadonlyMap<PeerId, Peer>, wanted: string): FindPeerResult {
	const all = [...peers.values()];
	const exact = all.filter((peer) => peer.name === wanted || peer.peerId === wanted);
	const found = exact.length > 0 ? exact : all.filter((peer) => isMeant(peer, wanted));
	if (found.length === 0) return {ok: false, code: 'peer_unknown'};
	if (found.length === 1) return {ok: true, peerId: found[0]!.peerId};
	return {ok: false, code: 'peer_ambiguous', choices: found.map(typedName).join(', ')};
}

/** `bob·7f3a`: a name that tells two peers of one name apart. */
function distinctName(peer: {readonly name: string; readonly peerId: PeerId}): string {
	return `${peer.name}·${peer.peerId.slice(0, minIdStart)}`;
}

/** The same in signs that each keyboard has. */
function typedName(peer: {readonly name: string; readonly peerId: PeerId}): string {
	return `${peer.name}:${peer.peerId.slice(0, minIdStart)}`;
}

/** What a person calls a peer: `you`, a name, a name that tells it from another's; the start of its id where it has none. */
export function calledName({self, peers}: Pick<State, 'self' | 'peers'>, peerId: PeerId): string {
	if (peerId === self.peerId) return 'you';
	const peer = peers.get(peerId);
	if (!peer) return peerId.slice(0, minIdStart);
	const isShared =
		peer.name === self.name ||
		[...peers.values()].some((other) => other !== peer && other.name === peer.name);
	return isShared ? distinctName(peer) : peer.name;
}

function isMeant(peer: Peer, wanted: string): boolean {
	// As the screen shows it, with `-` in place of the dot where it draws with plain signs, or as it is typed.
	const [, name, start] = /^(.*)[·:-]([a-z2-7]+)$/u.exec(wanted) ?? [];
	if (start !== undefined && peer.name === name) return peer.peerId.startsWith(start);
	return wanted.length >= minIdStart && peer.peerId.startsWith(wanted);
}
