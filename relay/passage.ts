/**
 * What goes from member to member of one session: messages and frames, each judged by the limits and tunnels that are in
 * force, and the relay's own word where it passes nothing on. Pure: time is an argument, what comes of it are effects.
 */
import {errorCodes} from '../source/protocol/codes.js';
import {decodeFrameHeader, overwritePeerId} from '../source/protocol/frame.js';
import {idPattern} from '../source/protocol/ids.js';
import {type RelayMessage} from '../source/protocol/relay-messages.js';
import {type Account} from './account.js';
import {kindOf} from './counters.js';
import {CreditGate, isCredit} from './credit-gate.js';
import {refuse, type RelayEffect, type SocketId} from './effect.js';
import {type Member} from './member.js';
import {relayText} from './relay-text.js';
import {generationOf, laneOf, type RelayableMessage} from './relayable.js';
import {SignalLimit} from './signal-limit.js';
import {type TunnelEnd, Tunnels} from './tunnels.js';

/** What the windows of a peer with tunnels to all others hold at most, and some more. */
const maxDebtBytes = 64 * 1024 * 1024;
/** After this an attempt may be made again. */
const shortWaitMs = 1_000;
/** One of too many tunnels ends by then: what is opened and leads nowhere is given up after 5 s. */
const tunnelWaitMs = 5_000;

const {tunnelFault} = relayText.clients;

export class Passage {
	readonly #sessionId: string;
	readonly #members: ReadonlyMap<string, Member>;
	readonly #tunnels = new Tunnels();
	readonly #gate: CreditGate;
	readonly #signals = new SignalLimit();

	/** @param members Those who are there, by peer id. @param accounts What bytes are counted for beside members' own. */
	constructor(sessionId: string, members: ReadonlyMap<string, Member>, accounts: readonly Account[]) {
		this.#sessionId = sessionId;
		this.#members = members;
		this.#gate = new CreditGate(accounts);
	}

	get tunnelCount(): number {
		return this.#tunnels.size;
	}

	/** Those of whom anything is remembered. */
	get sockets(): Set<SocketId> {
		return this.#gate.sockets;
	}

	/** Passes a validated message on, to every other member where it names none; `bytes` is its size on the wire. */
	message(member: Member, message: RelayableMessage, bytes: number, now: number): RelayEffect[] {
		const {target_peer_id: to} = message;
		const receivers = to === undefined ? Math.max(1, this.#members.size - 1) : 1;
		if (!this.#signals.mayPass(message, receivers, now)) return [limited(member, message)];
		if (to !== undefined) return this.#address(member, message, to, bytes, now);
		return [...this.#members.keys()]
			.filter((peerId) => peerId !== message.peer_id)
			.flatMap((peerId) => this.#address(member, message, peerId, bytes, now));
	}

	#address(member: Member, given: RelayableMessage, to: string, bytes: number, now: number): RelayEffect[] {
		const {peer_id: from} = given;
		const message = {...given, target_peer_id: to};
		const details = {inReplyTo: message.type, targetPeerId: to};
		const target = this.#members.get(to);
		if (!target || to === from) return [refuse(member.socket, 'unknown_peer', details)];
		const refusal = this.#overLimit(member, message, now);
		if (refusal) return [refusal, {type: 'drop', reason: 'over_limit'}];
		const passOn = (at: number) => this.#passOn(member, message, to, at);
		if (isCredit(message)) {
			this.#gate.spend(member, undefined, bytes, now);
			const granted = message.type === 'binary_proxy_credit' ? message.bytes : undefined;
			const passed = this.#gate.pass(member, target, {granted, go: passOn}, now);
			return [...(passed ?? [limited(member, message)])];
		}

		this.#gate.spend(member, target, bytes, now);
		return passOn(now);
	}

	/** A message to one member that nothing holds back, or no longer. */
	#passOn(member: Member, message: RelayableMessage, to: string, now: number): RelayEffect[] {
		const {peer_id: from, target_peer_id: _, ...rest} = message;
		const target = this.#members.get(to);
		if (!target) return [];
		const verdict = this.#judge(message, {from, to}, now);
		if (verdict === 'drop') return [];
		if (verdict !== 'ok') {
			const text = verdict === 'bad_message' ? tunnelFault : undefined;
			const generation = generationOf(message);
			const retryAfterMs = verdict === 'rate_limited' ? tunnelWaitMs : undefined;
			const details = {inReplyTo: message.type, targetPeerId: to, generation, message: text, retryAfterMs};
			return [refuse(member.socket, verdict, details)];
		}

		const passedOn: RelayMessage = {...rest, from_peer_id: from};
		return [{type: 'send', to: target.socket, lane: laneOf(message), message: passedOn}];
	}

	/** Data that is far above a limit, as none is that keeps to its credit, or that comes when the day's bytes are used up. */
	#overLimit(member: Member, message: RelayableMessage, now: number): RelayEffect | undefined {
		const isData = kindOf(message.type) === 'json' || message.type === 'request_binary_proxy';
		if (!isData || isCredit(message)) return undefined;
		const quotaWaitMs = this.#gate.quotaWaitMs(member, now);
		if (quotaWaitMs === 0 && this.#gate.debt(member, now) <= maxDebtBytes) return undefined;
		return limited(member, message, quotaWaitMs);
	}

	/** Passes a binary frame on, with its source written over its target, in the memory it came in. */
	frame(member: Member, bytes: Uint8Array, now: number): RelayEffect[] {
		const inReplyTo = 'binary_frame';
		const header = decodeFrameHeader(bytes);
		if ('error' in header) return [refuse(member.socket, header.error, {inReplyTo})];
		if (header.sessionId !== this.#sessionId) return [refuse(member.socket, 'peer_id_mismatch', {inReplyTo})];
		const {peerId: from} = member;
		const {peerId: to, generation} = header;
		this.#gate.spend(member, this.#members.get(to), bytes.length, now);
		if (to === from) return [{type: 'send-frame', to: member.socket, lane: from, bytes}];
		const end = {from, to, generation};
		const quotaWaitMs = this.#gate.quotaWaitMs(member, now);
		if (quotaWaitMs > 0) {
			this.#tunnels.end(end, now);
			const retry = refuse(member.socket, 'rate_limited', {
				inReplyTo,
				targetPeerId: to,
				generation,
				...ofDay(quotaWaitMs),
			});
			return [retry, {type: 'drop', reason: 'over_limit'}, ...this.#tellClosed(member, end, 'rate_limited')];
		}

		const verdict = this.#tunnels.frame(end, header.counter, bytes.length - header.dataOffset, now);
		const target = this.#members.get(to);
		switch (verdict) {
			case 'forward': {
				if (!target) return [];
				overwritePeerId(bytes, header, from);
				return [{type: 'send-frame', to: target.socket, lane: from, bytes}];
			}

			case 'drop': {
				return [{type: 'drop', reason: 'late_frame'}];
			}

			case 'no_tunnel': {
				const code = target ? 'no_tunnel' : 'unknown_peer';
				const targetPeerId = idPattern.test(to) ? to : undefined;
				return [refuse(member.socket, code, {inReplyTo, targetPeerId, generation})];
			}

			case 'sequence_gap':
			case 'credit_exceeded': {
				return this.#tellClosed(member, end, verdict);
			}
		}
	}

	/** A member is gone for good: nothing of it is remembered. */
	forget(member: Member): void {
		this.#signals.forget(member.peerId);
		this.forgetSocket(member);
	}

	/** A member's socket is gone: what it owes, and was to be let send, goes with it. */
	forgetSocket(member: Member): void {
		this.#gate.forget(member);
	}

	/** Ends the tunnels of a peer whose socket is gone; the other ends are told. */
	endTunnelsOf(peerId: string, reason: string, now: number): RelayEffect[] {
		return this.#tunnels.endAllOf(peerId, now).flatMap(({partner, generation}): RelayEffect[] => {
			const target = this.#members.get(partner);
			if (!target) return [];
			const message: RelayMessage = {type: 'binary_proxy_closed', ...this.#from(peerId), generation, reason};
			return [{type: 'send', to: target.socket, lane: peerId, message}];
		});
	}

	/** Ends all tunnels behind their last bytes: the relay goes. Both ends are told. */
	endAllTunnels(reason: string, now: number): RelayEffect[] {
		return [...this.#members.values()].flatMap((member) =>
			this.#tunnels
				.endAllOf(member.peerId, now)
				.flatMap(({partner, generation}) =>
					this.#tellClosed(member, {from: member.peerId, to: partner, generation}, reason),
				),
		);
	}

	/** Forgets old tunnels. */
	expire(now: number): void {
		this.#tunnels.expire(now);
	}

	/** Lets go what was held back long enough. */
	release(now: number): RelayEffect[] {
		return this.#gate.release(now);
	}

	#judge(message: RelayableMessage, {from, to}: Omit<TunnelEnd, 'generation'>, now: number) {
		switch (message.type) {
			case 'request_binary_proxy': {
				const end = {from, to, generation: message.generation};
				// Generation 0 is a follower asking its leader for an attempt: there is no tunnel to keep yet.
				return end.generation === 0 ? 'ok' : this.#tunnels.request(end, message.window_bytes, now);
			}

			case 'binary_proxy_accepted': {
				return this.#tunnels.accept({from, to, generation: message.generation}, message.window_bytes);
			}

			case 'binary_proxy_credit': {
				return this.#tunnels.credit({from, to, generation: message.generation}, message.bytes);
			}

			case 'binary_proxy_rejected':
			case 'binary_proxy_closed': {
				this.#tunnels.end({from, to, generation: message.generation}, now);
				return 'ok';
			}

			default: {
				return 'ok';
			}
		}
	}

	/** The relay's own word on the end of a tunnel, to both of its ends. */
	#tellClosed(member: Member, {from, to, generation}: TunnelEnd, reason: string): RelayEffect[] {
		const closed = {type: 'binary_proxy_closed', generation, reason} as const;
		const own: RelayMessage = {...closed, ...this.#from(to)};
		const theirs: RelayMessage = {...closed, ...this.#from(from)};
		const target = this.#members.get(to);
		const effects: RelayEffect[] = [{type: 'send', to: member.socket, lane: to, message: own}];
		if (target) effects.push({type: 'send', to: target.socket, lane: from, message: theirs});
		return effects;
	}

	#from(peerId: string) {
		return {session_id: this.#sessionId, from_peer_id: peerId};
	}
}

function limited({socket}: Member, message: RelayableMessage, retryAfterMs = shortWaitMs): RelayEffect {
	const {type: inReplyTo, target_peer_id: targetPeerId} = message;
	const details = {inReplyTo, targetPeerId, generation: generationOf(message)};
	const wait = retryAfterMs > shortWaitMs ? ofDay(retryAfterMs) : {retryAfterMs: shortWaitMs};
	return refuse(socket, 'rate_limited', {...details, ...wait});
}

/** What is said where the bytes of a day are used up. */
function ofDay(retryAfterMs: number) {
	return {retryAfterMs, message: `${errorCodes.rate_limited} ${relayText.clients.dayUsedUp}`};
}
