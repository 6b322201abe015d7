/** The parent's half of one link: an attempt with a deadline of its own, then the carrier. */
import {Failure} from '../../protocol/failure.js';
import {type Carrier} from '../carrier.js';
import {type Deadline, failureOf, startDeadline} from '../deadline.js';
import {machineInterfaces} from '../machine-interfaces.js';
import {iceWords, pathWords} from '../path-words.js';
import {type LinkOrder} from './child-link.js';
import {IceCarrier, windowBytes} from './ice-carrier.js';
import {iceRoutes} from './ice-route.js';
import {selectServers} from './ice-servers.js';
import {type IceAttempt, type IceConnectOptions} from './ice-host.js';
import {encodeCount, type FrameType} from './pipe-frame.js';
import {maxSdpLength} from '../../protocol/limits.js';

/** The library itself takes half a minute to call a hopeless pair of addresses failed. */
const openMs = 8000;
/** Each description is parsed by native code; more than this are no trickle. */
const maxRemotes = 16;

export type IceLinkPort = {
	/** Counts attempts. */
	readonly round: number;
	readonly bindAddress?: string;
	say(type: FrameType, payload?: Uint8Array | string): void;
	sayData(pieces: readonly Uint8Array[], byteLength: number): void;
	gone(): void;
};

export class IceLink implements IceAttempt {
	readonly opened: Promise<Carrier>;
	readonly #options: IceConnectOptions;
	readonly #port: IceLinkPort;
	readonly #deadline: Deadline;
	#resolve: (carrier: Carrier) => void = () => undefined;
	#reject: (failure: Failure) => void = () => undefined;
	#carrier: IceCarrier | undefined;
	#isGone = false;
	#stage = '';
	#remotes = 0;
	#lastDescription = '';

	constructor(options: IceConnectOptions, port: IceLinkPort) {
		this.#options = options;
		this.#port = port;
		this.opened = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
		// Who closes an attempt may not look at it again.
		this.opened.catch(() => undefined);
		this.#deadline = startDeadline(
			Math.min(options.timeoutMs ?? openMs, openMs),
			'ice_failed',
			options.signal,
		);
		this.#deadline.signal.addEventListener('abort', () => {
			const failure = failureOf(this.#deadline.signal.reason);
			this.#giveUp(failure.code === 'ice_failed' ? this.#timedOut() : failure);
		});
	}

	start(): void {
		if (this.#deadline.signal.aborted) return this.#giveUp(failureOf(this.#deadline.signal.reason));
		const {initiator, generation, servers, loopback} = this.#options;
		const bindAddress = this.#port.bindAddress ?? (loopback && isAlone() ? '127.0.0.1' : undefined);
		const order: LinkOrder = {
			isInitiator: initiator,
			generation,
			windowBytes,
			native: {
				servers: selectServers(servers, this.#port.round),
				...(bindAddress === undefined ? {} : {bindAddress}),
			},
		};
		this.#port.say('open', JSON.stringify(order));
	}

	remote(sdp: string): void {
		if (this.#isGone || this.#carrier || sdp.length > maxSdpLength || this.#remotes >= maxRemotes) return;
		this.#remotes++;
		this.#port.say('remote', sdp);
	}

	close(): void {
		if (this.#carrier) this.#carrier.destroy();
		else this.#giveUp(new Failure('closed'));
	}

	describe(sdp: string): void {
		if (this.#isGone || this.#carrier) return;
		this.#lastDescription = sdp;
		this.#options.described(sdp);
	}

	atStage(stage: string): void {
		this.#stage = stage;
	}

	open(creditBytes: number, routeName: string): void {
		const route = iceRoutes.find((known) => known === routeName);
		if (this.#isGone || this.#carrier || !route) return;
		this.#deadline.clear();
		this.#carrier = new IceCarrier({
			route,
			generation: this.#options.generation,
			creditBytes,
			port: {
				send: (pieces, byteLength) => this.#port.sayData(pieces, byteLength),
				grant: (bytes) => this.#port.say('grant', encodeCount(bytes)),
				close: (code) => {
					this.#port.say('close', code);
					this.#leave();
				},
			},
		});
		this.#resolve(this.#carrier);
	}

	data(bytes: Buffer): void {
		this.#carrier?.receive(bytes);
	}

	grant(bytes: number): void {
		this.#carrier?.receiveCredit(bytes);
	}

	closed(code: string): void {
		this.#carrier?.receiveClosed(failureOfCode(code));
	}

	failed(reason: string): void {
		this.#giveUp(new Failure('ice_failed', {message: reason, details: {reason}}));
	}

	/** The child is gone, or never came. */
	lost(failure: Failure): void {
		if (this.#carrier) this.#carrier.receiveClosed(failure);
		else this.#giveUp(failure);
	}

	#giveUp(failure: Failure): void {
		if (this.#isGone || this.#carrier) return;
		this.#port.say('close', failure.code);
		this.#leave();
		this.#reject(failure);
	}

	#leave(): void {
		if (this.#isGone) return;
		this.#isGone = true;
		this.#deadline.clear();
		this.#port.gone();
	}

	/** What was missing when time was over, in words. */
	#timedOut(): Failure {
		const {stun, turn} = this.#options.servers;
		const words: string[] = [];
		if (this.#remotes === 0) words.push(iceWords.peerSilent);
		else if (this.#stage === 'connected') words.push(iceWords.channelNotOpen);
		else words.push(iceWords.noPair);
		if (stun.length > 0 && !this.#lastDescription.includes(' typ srflx')) words.push(iceWords.noStun);
		if (turn.length > 0 && !this.#lastDescription.includes(' typ relay')) words.push(iceWords.noTurn);
		const reason = pathWords.several(words);
		return new Failure('ice_failed', {message: reason, details: {reason}});
	}
}

/** Whether loopback is the only interface. */
function isAlone(): boolean {
	return Object.values(machineInterfaces()).every((addresses) => addresses?.every(({internal}) => internal));
}

/** A code from the wire as a failure; `closed` is none. */
function failureOfCode(code: string): Failure | undefined {
	if (code === 'closed') return undefined;
	return new Failure(code, {severity: code === 'credit_exceeded' ? 'hostile' : 'transient'});
}
