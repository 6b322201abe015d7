/**
 * How a new member is let in, before anything is written: by a relay, or by a member in the same network, whichever
 * answers first; a relay that has been asked already may still answer a little later. A founder whose relay does not answer begins without it.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {relayBackoff, waitMs} from '../core/backoff.js';
import {Failure} from '../protocol/failure.js';
import {tiersOfPin, type TierPin} from '../protocol/tiers.js';
import {introduce} from '../transport/direct/introduce.js';
import {openLanDiscovery} from '../transport/lan/lan-discovery.js';
import {type LanPeer} from '../transport/lan/lan-peers.js';
import {type RelayConnection} from '../transport/relay-socket.js';
import {isLoopbackUrl} from './invite-addresses.js';
import {askedWait, type RelayDesk} from './relay-desk.js';
import {type SessionOptions} from './session-options.js';
import {type SessionPlan, withFounder} from './session-plan.js';
import {sessionWords} from './session-words.js';

export type AdmissionOptions = {
	readonly plan: SessionPlan;
	readonly relay: Pick<RelayDesk, 'connect'>;
	/** True if the relay is this process's own. */
	readonly embedded: boolean;
	readonly instance: string;
	readonly pin: TierPin;
	readonly log: SessionOptions['log'];
	/** For tests: other ways to meet members in this network. */
	readonly lan?: {readonly discover: typeof openLanDiscovery; readonly introduce: typeof introduce};
};

export type Admission = {
	/** With the founder's key, checked against the invite. */
	readonly plan: SessionPlan;
	/** Absent: nobody has needed a relay yet. */
	readonly connection?: RelayConnection;
};

/** A first join or founding that nobody has admitted by then is given up. */
const admissionMs = 15_000;
/** Between two tries within that time. */
const admissionRetryMs = 1000;
/** A founder waits so long for a relay that does not answer. */
const patienceMs = 5000;
/** A relay that was asked to let us in answers within that, or is slower than all else would be. */
const enteringMs = 1000;
/** Members of one network that are asked at a time. */
const maxAsked = 4;

/** These say that nothing answered; with any other code somebody did, and said no. */
const silentCodes = new Set(['relay_unreachable', 'no_answer', 'no_relay', 'aborted']);

/** Rejects with the relay's Failure where nobody admits us in time. */
export async function admit(options: AdmissionOptions): Promise<Admission> {
	const {plan, pin, embedded} = options;
	const isOnThisMachine = embedded || (plan.relayUrls.length > 0 && plan.relayUrls.every(isLoopbackUrl));
	const stop = new AbortController();
	const relay = new RelayAdmission(options, stop.signal);
	const ways = [relay.admitted];
	// Who meets on the loopback address has no network to meet in; and a pin may forbid what we would find there.
	if (!isOnThisMachine && tiersOfPin(pin).includes('direct')) {
		ways.push(plan.role === 'host' ? relay.silence : byMember(options, stop.signal));
	}
	try {
		return await relay.orEntered(await Promise.race(ways));
	} finally {
		stop.abort(new Failure('aborted'));
	}
}

/** Asks the relay again and again, until it is clear or the time is over. */
class RelayAdmission {
	readonly admitted: Promise<Admission>;
	/** Resolves when the relay has not said a word for some seconds. */
	readonly silence: Promise<Admission>;
	readonly #signal: AbortSignal;
	#hasAnswered = false;
	#isEntering = false;

	constructor({plan, relay}: AdmissionOptions, signal: AbortSignal) {
		this.#signal = signal;
		this.admitted = this.#ask(plan, relay, signal);
		this.silence = new Promise((resolve) => {
			const timer = setTimeout(() => {
				if (!this.#hasAnswered) resolve({plan});
			}, patienceMs);
			signal.addEventListener('abort', () => clearTimeout(timer), {once: true});
		});
	}

	/**
	 * What others let us in by, or the relay where it has been asked already: given up then, it would show us to all as one
	 * who comes, goes, and comes again.
	 */
	async orEntered(admission: Admission): Promise<Admission> {
		if (admission.connection || !this.#isEntering) return admission;
		const late = sleep(enteringMs, admission, {signal: this.#signal}).catch(() => admission);
		return Promise.race([this.admitted.catch(() => admission), late]);
	}

	async #ask(plan: SessionPlan, relay: AdmissionOptions['relay'], signal: AbortSignal): Promise<Admission> {
		const mode = plan.role === 'host' ? 'create' : 'join';
		const deadline = performance.now() + admissionMs;
		for (;;) {
			try {
				const connection = await relay.connect(mode, 1, signal, () => (this.#isEntering = true));
				if (signal.aborted) connection.close(sessionWords.notNeeded);
				return {plan: mode === 'join' ? withFounder(plan, connection.founderKey) : plan, connection};
			} catch (error) {
				this.#isEntering = false;
				const {code, severity} = error instanceof Failure ? error : new Failure('failed');
				if (!silentCodes.has(code)) this.#hasAnswered = true;
				const isFinal = error instanceof Failure && severity !== 'transient' && code !== 'not_admitted';
				const pauseMs = admissionPauseMs(error);
				if (isFinal || signal.aborted || performance.now() + pauseMs > deadline) throw error;
				await pause(pauseMs, signal);
			}
		}
	}
}

/** Looks for members in this network; resolves when one has told who founded the session. Never rejects. */
function byMember({plan, instance, log, lan}: AdmissionOptions, signal: AbortSignal): Promise<Admission> {
	const {discover, introduce: meet} = lan ?? {discover: openLanDiscovery, introduce};
	return new Promise((resolve) => {
		const members = new Map<string, LanPeer>();
		const asked = new Set<string>();
		const next = () => {
			const peer = [...members.values()].find(({peerId}) => !asked.has(peerId));
			if (!peer || asked.size >= maxAsked || signal.aborted) return;
			asked.add(peer.peerId);
			void ask(peer).finally(() => {
				asked.delete(peer.peerId);
				next();
			});
			next();
		};
		const ask = async ({peerId, addresses}: LanPeer) => {
			try {
				const {identity, keys} = plan;
				const {sessionId, psk} = keys;
				const options = {candidates: addresses, peerId, identity, instance, sessionId, psk, signal};
				const {founderKey} = await meet(options);
				resolve({plan: withFounder(plan, founderKey)});
				members.clear();
			} catch (error) {
				// A stranger, or one that is just going: another one may answer, or the same a little later.
				log({message: 'not introduced', peer: peerId, error: String(error)});
				await pause(admissionRetryMs, signal);
			}
		};
		const discovery = discover({
			secret: plan.secret,
			found: (peer) => {
				members.set(peer.peerId, peer);
				next();
			},
			lost: (peerId) => members.delete(peerId),
			problem: (reason) => log({message: 'nobody can be found in this network', reason}),
		});
		signal.addEventListener('abort', () => void discovery.close(), {once: true});
	});
}

/** A relay that is full, or goes, says itself when to come back. */
function admissionPauseMs(error: unknown): number {
	const {retryAfterMs} = askedWait(error) ?? {};
	return Math.max(admissionRetryMs, waitMs(relayBackoff, 1, Math.random(), retryAfterMs));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
	try {
		await sleep(ms, undefined, {signal});
	} catch {
		// Whoever waits looks at the signal.
	}
}
