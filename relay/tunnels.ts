/**
 * The tunnels of one session: for each pair of peers, which attempts are asked for, open or ended, and what each
 * direction may still send. Judges frames by header and size alone. Pure: time is an argument, answers are verdicts.
 *
 *     from    on                                          to
 *     none    request                                     asked
 *     asked   accepted by the other peer                  open
 *     asked   rejected, closed, 30 s                      none
 *     open    frame in order and within credit            open
 *     open    gap, repeat, over credit, closed, peer gone ended
 *     ended   frame                                       ended (dropped in silence)
 *     ended   request                                     asked
 *     ended   30 s                                        none
 */
import {maxWindowBytes, tunnelGraceMs} from '../source/protocol/limits.js';

type PeerId = string;

type Direction = {
	/** The counter that the next frame must have. */
	next: number;
	/** Bytes that its receiver still takes. */
	credit: number;
};

type Attempt =
	| {status: 'asked'; by: PeerId; windowBytes: number; at: number}
	| {status: 'open'; bySender: ReadonlyMap<PeerId, Direction>}
	| {status: 'ended'; at: number};

/** One end of a tunnel: the message's sender, the other peer, and the attempt's generation. */
export type TunnelEnd = {readonly from: PeerId; readonly to: PeerId; readonly generation: number};

export type FrameVerdict = 'forward' | 'drop' | 'no_tunnel' | 'sequence_gap' | 'credit_exceeded';

/** Two carriers during a switch, and room for one that is late on each side. */
const maxOpenOfPair = 4;
/** Beyond these the oldest is forgotten. */
const maxWaitingOfPair = 16;

export class Tunnels {
	readonly #pairs = new Map<string, Map<number, Attempt>>();

	/** An attempt is asked for; `windowBytes` is what its sender is ready to receive. */
	request(end: TunnelEnd, windowBytes: number, now: number): 'ok' | 'bad_message' | 'rate_limited' {
		const attempts = this.#attemptsOf(end) ?? new Map<number, Attempt>();
		if (attempts.get(end.generation)?.status === 'open') return 'bad_message';
		if (countOpen(attempts) >= maxOpenOfPair) return 'rate_limited';
		attempts.delete(end.generation);
		attempts.set(end.generation, {status: 'asked', by: end.from, windowBytes, at: now});
		forgetOldest(attempts);
		this.#pairs.set(keyOf(end), attempts);
		return 'ok';
	}

	/** The other peer agrees: from now on frames flow both ways. */
	accept(end: TunnelEnd, windowBytes: number): 'ok' | 'no_tunnel' {
		const attempts = this.#attemptsOf(end);
		const attempt = attempts?.get(end.generation);
		if (attempt?.status !== 'asked' || attempt.by !== end.to) return 'no_tunnel';
		const bySender = new Map<PeerId, Direction>([
			[end.from, {next: 0, credit: attempt.windowBytes}],
			[end.to, {next: 0, credit: windowBytes}],
		]);
		attempts?.set(end.generation, {status: 'open', bySender});
		return 'ok';
	}

	/** The receiver grants more; together it may never be more than the largest window. */
	credit(end: TunnelEnd, bytes: number): 'ok' | 'drop' | 'no_tunnel' | 'bad_message' {
		const attempt = this.#attemptsOf(end)?.get(end.generation);
		if (attempt?.status === 'ended') return 'drop';
		const direction = attempt?.status === 'open' ? attempt.bySender.get(end.to) : undefined;
		if (!direction) return 'no_tunnel';
		if (direction.credit + bytes > maxWindowBytes) return 'bad_message';
		direction.credit += bytes;
		return 'ok';
	}

	/** Judges one frame; a gap or too many bytes end the tunnel. */
	frame(end: TunnelEnd, counter: number, bytes: number, now: number): FrameVerdict {
		const attempts = this.#attemptsOf(end);
		const attempt = attempts?.get(end.generation);
		if (attempt?.status === 'ended') return now - attempt.at < tunnelGraceMs ? 'drop' : 'no_tunnel';
		const direction = attempt?.status === 'open' ? attempt.bySender.get(end.from) : undefined;
		if (!direction) return 'no_tunnel';
		const isInOrder = counter === direction.next;
		if (isInOrder && bytes <= direction.credit) {
			direction.next++;
			direction.credit -= bytes;
			return 'forward';
		}

		attempts?.set(end.generation, {status: 'ended', at: now});
		return isInOrder ? 'credit_exceeded' : 'sequence_gap';
	}

	/** Ends an open attempt, or forgets one that was only asked for. */
	end(end: TunnelEnd, now: number): void {
		const attempts = this.#attemptsOf(end);
		const status = attempts?.get(end.generation)?.status;
		if (status === 'open') {
			attempts?.set(end.generation, {status: 'ended', at: now});
			if (attempts) forgetOldest(attempts);
		} else if (status === 'asked') {
			attempts?.delete(end.generation);
		}
	}

	/** Ends everything of a peer that is gone; says which open tunnels its partners lost. */
	endAllOf(
		peerId: PeerId,
		now: number,
	): ReadonlyArray<{readonly partner: PeerId; readonly generation: number}> {
		const lost: Array<{partner: PeerId; generation: number}> = [];
		for (const [key, attempts] of this.#pairs) {
			const pair = key.split(' ');
			const partner = pair[0] === peerId ? pair[1] : pair[1] === peerId ? pair[0] : undefined;
			if (partner === undefined) continue;
			for (const [generation, attempt] of attempts) {
				if (attempt.status === 'open') lost.push({partner, generation});
				this.end({from: peerId, to: partner, generation}, now);
			}
		}

		return lost;
	}

	/** Forgets what nobody answered and what ended long enough ago. */
	expire(now: number): void {
		for (const [key, attempts] of this.#pairs) {
			for (const [generation, attempt] of attempts) {
				if (attempt.status !== 'open' && now - attempt.at >= tunnelGraceMs) attempts.delete(generation);
			}

			if (attempts.size === 0) this.#pairs.delete(key);
		}
	}

	/** Open tunnels, for the counters. */
	get size(): number {
		let size = 0;
		for (const attempts of this.#pairs.values()) size += countOpen(attempts);
		return size;
	}

	#attemptsOf(end: TunnelEnd): Map<number, Attempt> | undefined {
		return this.#pairs.get(keyOf(end));
	}
}

function keyOf({from, to}: TunnelEnd): string {
	return from < to ? `${from} ${to}` : `${to} ${from}`;
}

function countOpen(attempts: ReadonlyMap<number, Attempt>): number {
	let open = 0;
	for (const attempt of attempts.values()) if (attempt.status === 'open') open++;
	return open;
}

function forgetOldest(attempts: Map<number, Attempt>): void {
	for (const [generation, attempt] of attempts) {
		if (attempts.size <= maxWaitingOfPair + maxOpenOfPair) return;
		if (attempt.status !== 'open') attempts.delete(generation);
	}
}
