/** The members that the local network shows now: who is new, who has moved, who is gone. */
import {type Candidate, refuseCandidate} from '../../protocol/candidate.js';
import {type Announcement, maxAddresses} from './lan-announcement.js';

/** A member of the session as the local network shows it: hearsay with a member's seal; the channel proves who it is. */
export type LanPeer = {
	readonly peerId: string;
	readonly instance: string;
	/** Literal addresses, the likeliest first, at most 8. */
	readonly addresses: readonly Candidate[];
};

export type LanPeersOptions = {
	/** Our own peer_id: what we said ourselves comes back. */
	readonly self?: string;
	/** For tests: peers on the loopback address count. */
	readonly loopback: boolean;
	/** Asks all who are there to say so again. */
	ask(): void;
	found(peer: LanPeer): void;
	lost(peerId: string): void;
	readonly now?: () => number;
};

/** A peer as it was seen last. */
export type KnownPeer = {
	readonly announcement: Announcement;
	/** The name of its service; a goodbye names that. */
	readonly fqdn: string;
	readonly seenAt: number;
	/** Somebody said goodbye in its name, or it seems dead: it is asked at a time, and must answer by another. */
	readonly doubt?: {readonly askAt: number; readonly until: number};
	/** When it was asked last for such a reason. */
	readonly doubtedAt: number;
};

/** A session has fewer members in one network. */
const maxPeers = 64;
/** Two questions in a row, a minute apart, went unanswered. */
const silentMs = 150_000;
/** After our own sleep everybody has so long to answer. */
const freshMs = 10_000;
/** Anybody can say goodbye for another, so the other is asked. */
const doubtMs = 1500;
/** Whoever says goodbye for others again and again makes us ask no more often. */
const doubtPauseMs = 5000;

export class LanPeers {
	/** Where we listen ourselves: to be dialled by nobody here. */
	own: readonly Candidate[] = [];
	readonly #options: LanPeersOptions;
	readonly #now: () => number;
	readonly #known = new Map<string, KnownPeer>();
	readonly #timers = new Set<NodeJS.Timeout>();

	constructor(options: LanPeersOptions) {
		this.#options = options;
		this.#now = options.now ?? (() => performance.now());
	}

	/** `source` is where the packet came from: an address that surely leads to it, or is no worse than none. */
	seen(announcement: Announcement, fqdn: string, source: string | undefined): void {
		const {peerId, instance, at} = announcement;
		if (peerId === this.#options.self) return;
		const known = this.#known.get(peerId);
		// Something old that somebody repeats; the newest word of a member counts.
		if (known && at < known.announcement.at) return;
		if (!known && this.#known.size >= maxPeers) return;
		const addresses = this.#candidates(announcement, source);
		if (addresses.length === 0) return;
		const now = this.#now();
		// What comes before the question is no answer to it.
		const doubt = known?.doubt && now < known.doubt.askAt ? known.doubt : undefined;
		this.#known.set(peerId, {
			announcement,
			fqdn,
			seenAt: now,
			doubt,
			doubtedAt: known?.doubtedAt ?? -Infinity,
		});
		if (known?.announcement.at !== at && !saysTheSame(known?.announcement, announcement)) {
			this.#options.found({peerId, instance, addresses});
		}
	}

	/** Those are said to be gone, or seem to be: they are asked, and lost if they do not answer. */
	doubt(isMeant: (known: KnownPeer) => boolean): void {
		const now = this.#now();
		for (const [peerId, known] of this.#known) {
			if (known.doubt || !isMeant(known)) continue;
			const askAt = Math.max(now, known.doubtedAt + doubtPauseMs);
			const until = askAt + doubtMs;
			this.#known.set(peerId, {...known, doubt: {askAt, until}, doubtedAt: askAt});
			this.#after(askAt - now, () => this.#options.ask());
			// A timer may be a moment early.
			this.#after(until - now, () => this.expire(Math.max(until, this.#now())));
		}
	}

	/** We slept, so it is our own fault that we heard nothing. */
	excuse(): void {
		const seenAt = this.#now() - silentMs + freshMs;
		for (const [peerId, known] of this.#known) {
			this.#known.set(peerId, {...known, seenAt: Math.max(seenAt, known.seenAt)});
		}
	}

	/** Lets go of those who have not been seen for too long. */
	expire(now = this.#now()): void {
		for (const [peerId, {seenAt, doubt}] of this.#known) {
			if (now - seenAt < silentMs && now < (doubt?.until ?? Infinity)) continue;
			this.#known.delete(peerId);
			this.#options.lost(peerId);
		}
	}

	close(): void {
		for (const timer of this.#timers) clearTimeout(timer);
		this.#timers.clear();
		this.#known.clear();
	}

	#after(waitMs: number, act: () => void): void {
		if (waitMs <= 0) {
			act();
			return;
		}
		const timer = setTimeout(() => {
			this.#timers.delete(timer);
			act();
		}, waitMs);
		timer.unref();
		this.#timers.add(timer);
	}

	#candidates({port, addresses}: Announcement, source: string | undefined): readonly Candidate[] {
		const {loopback} = this.#options;
		return [...new Set(source === undefined ? addresses : [source, ...addresses])]
			.map((ip): Candidate => ({ip, port}))
			.filter((candidate) => refuseCandidate(candidate, {own: this.own, loopback}) === undefined)
			.slice(0, maxAddresses);
	}
}

function saysTheSame(known: Announcement | undefined, {instance, port, addresses}: Announcement): boolean {
	return (
		known?.instance === instance && known.port === port && known.addresses.join(' ') === addresses.join(' ')
	);
}
