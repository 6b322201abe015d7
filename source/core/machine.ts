/**
 * All that update() knows: the state that views see, and beside it what only the machines need. Still one readonly
 * tree with one writer.
 */
import {type Oid, type Path} from '../protocol/content.js';
import {type Route, type Tier, tiers} from '../protocol/tiers.js';
import {type DirectMemory, newDirectMemory} from './direct-memory.js';
import {type Effect} from './effect.js';
import {type FoundPeer, type Meter, type Stamp} from './event.js';
import {type ToldPath} from './path-activity.js';
import {type PathQuality} from './path-quality.js';
import {type Link, type Peer, type PeerId, type State, type TierBytes} from './state.js';
import {type TrafficLedger} from './traffic-report.js';

export type Machine = {
	readonly state: State;
	readonly relay: RelayMachine;
	readonly links: ReadonlyMap<PeerId, LinkMachine>;
	readonly sync: SyncMachine;
	/** Byte counters at the last tick, by `peerId generation`. */
	readonly meters: ReadonlyMap<string, ReadMeter>;
	readonly traffic: TrafficLedger;
	readonly nextActivityId: number;
	/** Peers that broke the rules: how often, and until when nothing is to do with them. Outlives their instances. */
	readonly cutOffs: ReadonlyMap<PeerId, {readonly times: number; readonly until: number}>;
	/** How we have just resolved paths ourselves, until the next list of conflicts shows it. */
	readonly ownTakes: ReadonlyMap<Path, string>;
};

/** A counter as it was read, and how much of it the totals of its peer have. */
export type ReadMeter = Meter & {readonly saidIn: number; readonly saidOut: number};

export type RelayMachine = {
	/** Number of the newest attempt; events of older ones are strangers. */
	readonly attempt: number;
	readonly failures: number;
	/** Sockets in a row that died with the binary test under way. */
	readonly deathsInBinaryTest: number;
	readonly binaryTestRunning: boolean;
	/** Until when binary frames are taken not to pass; 0: not known to fail. */
	readonly textOnlyUntil: number;
	/** How often the relay wants a report of our traffic; undefined: never. */
	readonly reportEveryMs?: number;
};

export type LinkMachine = {
	/** The newest generation given or seen. */
	readonly generation: number;
	/** When it was last told what this peer edits. */
	readonly editingToldAt: number;
	/** Paths that both edit, as it was told already: until it has edited nothing for a while. */
	readonly bothEdit: readonly Path[];
	/** The newest generation that opened in each lane, and so was proved; to a follower older ones are strangers. */
	readonly seen: Readonly<Record<Lane, number>>;
	readonly active?: ActiveCarrier;
	readonly told?: ToldPath;
	/** At most one in each lane; one that is used stays here until the other side has confirmed it. */
	readonly openings: readonly Opening[];
	/** Tiers that the other side allows, as it said last. */
	readonly theirTiers: readonly Tier[];
	/** Until when the other side cannot receive binary frames. */
	readonly theirTextOnlyUntil: number;
	/** Of the tiers through the relay; `direct` has a longer memory. */
	readonly failures: Readonly<Partial<Record<Tier, {readonly count: number; readonly retryAt: number}>>>;
	/** What the relay asked us to wait before it carries anything to this peer again (held-off.ts). */
	readonly heldOff: Readonly<
		Partial<Record<'proxy' | 'json', {readonly until: number; readonly askedMs: number}>>
	>;
	/** How often we, as follower, have asked for a carrier without getting one. */
	readonly asks: number;
	readonly contact: Contact;
	readonly direct: DirectMemory;
	/** How well each route carried transfers. */
	readonly quality: Readonly<Partial<Record<Route, PathQuality>>>;
};

/** Carriers through the relay and direct ones are opened side by side. */
export type Lane = 'relay' | 'direct';

export type OpenCarrier = {readonly generation: number; readonly tier: Tier; readonly route: Route};

export type ActiveCarrier = OpenCarrier & {readonly since: number};

/** A carrier on its way: being opened, open, or (the leader) open and waiting for `using`. */
export type Opening = {
	readonly generation: number;
	readonly tier: Tier;
	readonly startedAt: number;
	readonly routes: 'all' | 'tcp';
} & (
	| {
			readonly status: 'opening';
			/** However it ends, that says nothing of the path (broken-off.ts). */
			readonly isBrokenOff?: boolean;
	  }
	| {readonly status: 'opened' | 'asked'; readonly route: Route}
);

/** How we know of a peer beside its links. */
export type Contact = {
	/** The relay lists it. */
	readonly atRelay: boolean;
	/** When it came there, or we did: what it says through the relay it has said since. */
	readonly cameAt: number;
	/** It is seen in the local network, or has just dialled us: until then. */
	readonly foundUntil: number;
	/** We know addresses of it from an earlier link, which are worth a try until then. */
	readonly addressesUntil: number;
	/** Whether it has addresses to be dialled at, as its last `hello` said. */
	readonly hasAddresses: boolean;
	/** This instance has proved who it is: to the relay, or to us. */
	readonly proven: boolean;
	/** It was there until our own connection to the relay ended, and nobody was told that it went. */
	readonly lostWithRelay: boolean;
	/** What somebody else says of its instance, to be believed when our link to it has ended. */
	readonly claimed?: FoundPeer;
};

export type SyncMachine = {
	/** The project is open and its first scan is done. */
	readonly ready: boolean;
	/** Counts our announcements within this instance. */
	readonly revision: number;
	readonly nextOperation: number;
	readonly operation?: {
		readonly id: number;
		readonly kind: 'snapshot' | 'integrate' | 'adopt';
		readonly commit?: Oid;
	};
	readonly lastOperation?: 'snapshot' | 'integrate' | 'adopt';
	/** No operation before this time. */
	readonly notBefore: number;
	readonly dirty: boolean;
	readonly paused: boolean;
	readonly halted: boolean;
	readonly heads: ReadonlyMap<
		PeerId,
		{readonly commit: Oid; readonly revision: number; readonly instance: string}
	>;
	/** Those of whom others told us, not they themselves. */
	readonly hearsay: ReadonlySet<PeerId>;
	/** Heads of others that are in our own history. */
	readonly contained: ReadonlySet<Oid>;
	/** Heads of others whose objects are in the store, not yet integrated. */
	readonly stored: ReadonlySet<Oid>;
	/** Heads whose objects came along with the announcement and are being stored, and who sent them. */
	readonly storing: ReadonlyMap<Oid, PeerId>;
	/** Merge bases behind our shallow boundary that have to be fetched first, and who asked for them. */
	readonly needed: ReadonlyMap<Oid, PeerId>;
	/** Of those: who said that it does not have it either. */
	readonly lacking: ReadonlyMap<Oid, ReadonlySet<PeerId>>;
	/** Merge bases that nobody here has any more: merges do without them. */
	readonly gone: ReadonlySet<Oid>;
	readonly nextFetch: number;
	readonly fetch?: {readonly id: number; readonly commit: Oid; readonly peerId: PeerId};
	/** Number of the newest fetch from each peer: whoever was asked longest ago is asked next. */
	readonly lastFetch: ReadonlyMap<PeerId, number>;
	/** Not to be asked again before this time, and how often the peer said that it cannot send it; by `commit peerId`. */
	readonly fetchRetries: ReadonlyMap<
		string,
		{readonly commit: Oid; readonly at: number; readonly refusals: number}
	>;
	/** Peers whose heads are not asked of them before this time, since they are to come by way of others (spreading.ts). */
	readonly heldBack: ReadonlyMap<PeerId, number>;
	/** Heads found to stand apart from ours, when it was not our turn to merge. */
	readonly diverged: ReadonlySet<Oid>;
	/** When heads first stood apart; undefined while none does. */
	readonly divergedSince?: number;
	/** What was heard of heads waits to be passed on. */
	readonly gossiping: boolean;
	/** The head whose conflicts the state lists. */
	readonly listedHead?: Oid;
	/** The disk is looked at again in a moment, since the last operation could not show all of the head. */
	readonly looksAgain: boolean;
	readonly syncedHead?: Oid;
};

/** One run of update(): the machine as it changes, and the effects so far. Lives within one call only. */
export type Step = {
	machine: Machine;
	readonly effects: Effect[];
	readonly stamp: Stamp;
};

export const noBytes: TierBytes = {direct: 0, proxy: 0, json: 0};

export const newLinkMachine: LinkMachine = {
	generation: 0,
	editingToldAt: 0,
	bothEdit: [],
	seen: {relay: 0, direct: 0},
	openings: [],
	theirTiers: tiers,
	theirTextOnlyUntil: 0,
	failures: {},
	heldOff: {},
	asks: 0,
	contact: {
		atRelay: false,
		cameAt: 0,
		foundUntil: 0,
		addressesUntil: 0,
		hasAddresses: false,
		proven: false,
		lostWithRelay: false,
	},
	direct: newDirectMemory,
	quality: {},
};

export function setState(step: Step, change: Partial<State>): void {
	step.machine = {...step.machine, state: {...step.machine.state, ...change}};
}

export function setSync(step: Step, change: Partial<SyncMachine>): void {
	step.machine = {...step.machine, sync: {...step.machine.sync, ...change}};
}

export function setRelay(step: Step, change: Partial<RelayMachine>): void {
	step.machine = {...step.machine, relay: {...step.machine.relay, ...change}};
}

export function setPeer(step: Step, peerId: PeerId, change: Partial<Peer>): void {
	const peer = step.machine.state.peers.get(peerId);
	if (peer) setState(step, {peers: new Map(step.machine.state.peers).set(peerId, {...peer, ...change})});
}

export function linkOf(step: Step, peerId: PeerId): LinkMachine {
	return step.machine.links.get(peerId) ?? newLinkMachine;
}

export function setLink(step: Step, peerId: PeerId, change: Partial<LinkMachine>): void {
	const links = new Map(step.machine.links).set(peerId, {...linkOf(step, peerId), ...change});
	step.machine = {...step.machine, links};
}

export function setContact(step: Step, peerId: PeerId, change: Partial<Contact>): void {
	setLink(step, peerId, {contact: {...linkOf(step, peerId).contact, ...change}});
}

export function setDirect(step: Step, peerId: PeerId, direct: DirectMemory): void {
	setLink(step, peerId, {direct});
}

/** True if we number the generations of this link and decide. */
export function leads(step: Step, peerId: PeerId): boolean {
	return step.machine.state.self.peerId < peerId;
}

/** Shows a link's new status, and tells it to the world if it says something new. */
export function showLink(step: Step, peerId: PeerId, link: Link): void {
	const before = step.machine.state.peers.get(peerId)?.link;
	if (!before) return;
	setPeer(step, peerId, {link});
	const key = (of: Link) =>
		of.status === 'online'
			? `online ${of.tier} ${of.generation}`
			: of.status === 'offline'
				? `offline ${of.reason}`
				: `connecting ${of.tier}`;
	if (key(before) === key(link)) return;
	step.effects.push({
		type: 'emit',
		event: {
			event: 'link',
			peer_id: peerId,
			status: link.status,
			...(link.status === 'offline' ? {reason: link.reason} : {tier: link.tier}),
			...(link.status === 'online' && {route: link.route, rtt_ms: link.rttMs}),
		},
	});
}
