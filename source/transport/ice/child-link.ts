/**
 * One link inside the child: from the first description to a data channel whose ends have greeted each other, then bytes
 * both ways, then an end that loses none. The parent has the deadline, the windows and the stream; this end holds the
 * other one to its window, so that neither process can be filled by a peer.
 *
 * | stage | goes on when | to |
 * |---|---|---|
 * | connecting | both `hello` are there | open |
 * | connecting | the connection failed early, and we offer | connecting, anew |
 * | open | the parent closes | closing |
 * | open | `close` came | closing |
 * | closing | `bye` came, or nobody answers | gone |
 * | any | the connection failed or closed | gone |
 */
import {iceWords} from '../path-words.js';
import {encodeCount, type FrameType} from './pipe-frame.js';
import {Describer} from './describer.js';
import {formatNote, type LinkNote, parseNote} from './link-note.js';
import {type IceRoute, routeOf, worseRoute} from './ice-route.js';
import {type NativeOptions, type NativePeer, type OpenNativePeer} from './native-peer.js';

/** What `open` says. */
export type LinkOrder = {
	readonly isInitiator: boolean;
	readonly generation: number;
	/** What the other end may send at the start. */
	readonly windowBytes: number;
	readonly native: NativeOptions;
};

/** Says something to the parent. */
export type SayToParent = (type: FrameType, payload?: Uint8Array | string) => void;

/** How long an end waits for the other end's `bye` before it goes anyway. */
const byeMs = 1000;
/** The same while bytes are still to leave: whoever reads slowly still gets all of them. */
const drainMs = 10_000;
/** Far more than an honest window: whoever grants that much has not taken what it granted for. */
const maxQueuedBytes = 16 * 1024 * 1024;
/** Connections that may fail before the link does; one is a hazard of the library, more are hardly. */
const maxFailures = 2;

export class ChildLink {
	readonly #order: LinkOrder;
	readonly #say: SayToParent;
	readonly #openPeer: OpenNativePeer;
	readonly #gone: () => void;
	readonly #describer: Describer;
	#peer: NativePeer | undefined;
	#stage: 'connecting' | 'open' | 'closing' | 'gone' = 'connecting';
	#failures = 0;
	#isChannelOpen = false;
	#ourRoute: IceRoute | undefined;
	#theirs: Extract<LinkNote, {type: 'hello'}> | undefined;
	#allowedBytes: number;
	#consumedTotal = 0;
	#consumedByOther = 0;
	#timer: NodeJS.Timeout | undefined;

	constructor(
		order: LinkOrder,
		{say, openPeer, gone}: {readonly say: SayToParent; readonly openPeer: OpenNativePeer; gone: () => void},
	) {
		this.#order = order;
		this.#say = say;
		this.#openPeer = openPeer;
		this.#gone = gone;
		this.#allowedBytes = order.windowBytes;
		this.#describer = new Describer({
			isInitiator: order.isInitiator,
			describe: (sdp) => say('described', sdp),
			renew: () => this.#connect(),
		});
	}

	/** Called once, before anything else. */
	start(): void {
		if (this.#order.isInitiator) this.#offer();
		else this.#guard(() => this.#connect());
	}

	remote(sdp: string): void {
		if (this.#stage !== 'connecting') return;
		try {
			this.#describer.remote(sdp);
		} catch (error) {
			if (this.#order.isInitiator) this.#failed(wordsOf(error));
			else this.#lost(wordsOf(error));
		}
	}

	/**
	 * Bytes of the parent; good until this returns. The library queues without a bound, and its event for a drained queue does
	 * not always come: the other end's window is the bound, and who opens it and takes nothing is cut off.
	 */
	data(bytes: Uint8Array): void {
		if (this.#stage !== 'open') return;
		this.#guard(() => {
			this.#peer!.send(bytes);
			if (this.#peer!.queuedBytes() > maxQueuedBytes) this.#exceeded();
		});
	}

	/** The parent's reader has taken that much. */
	grant(bytes: number): void {
		if (this.#stage !== 'open') return;
		this.#allowedBytes += bytes;
		this.#consumedTotal += bytes;
		this.#note({type: 'credit', total: this.#consumedTotal});
	}

	/** The parent is done. What it gave before still leaves; after a failure nobody waits long for that. */
	close(code: string): void {
		if (this.#stage === 'connecting') this.dispose();
		if (this.#stage !== 'open') return;
		this.#stage = 'closing';
		this.#note({type: 'close', code});
		this.#wait(code === 'closed' ? drainMs : byeMs);
	}

	dispose(): void {
		if (this.#stage === 'gone') return;
		this.#stage = 'gone';
		clearTimeout(this.#timer);
		this.#describer.stop();
		const peer = this.#peer;
		this.#peer = undefined;
		this.#gone();
		peer?.close();
	}

	/** A connection in place of the one before. */
	#connect(): NativePeer {
		this.#peer?.close();
		const peer: NativePeer = this.#openPeer(this.#order.native, {
			gathered: (isLast) => this.#describer.gathered(isLast),
			state: (state) => this.#state(state),
			opened: () => this.#guard(() => this.#channelOpened()),
			closed: () => this.#lost(iceWords.channelClosed),
			text: (text) => this.#guard(() => this.#heard(text)),
			data: (bytes) => this.#received(bytes),
		});
		this.#peer = peer;
		this.#describer.use(peer);
		return peer;
	}

	#state(state: string): void {
		if (this.#stage === 'connecting') this.#say('stage', state);
		if (state === 'failed' || state === 'closed') this.#failed(iceWords.connection(state));
	}

	/**
	 * The library starts ICE before it keeps the fingerprint that DTLS is checked with: on a busy machine the first flight
	 * overtakes it, and fails. So who offers does it anew, and who answers waits for that.
	 */
	#failed(why: string): void {
		if (this.#stage !== 'connecting' || this.#failures >= maxFailures) return this.#lost(why);
		this.#failures++;
		if (this.#order.isInitiator) this.#offer();
		else this.#peer?.close();
	}

	#offer(): void {
		this.#guard(() => {
			this.#connect().offer();
			this.#describer.started();
		});
	}

	#channelOpened(): void {
		this.#isChannelOpen = true;
		const pair = this.#peer!.pair();
		this.#ourRoute = pair ? routeOf(pair, this.#describer.descriptions()) : 'ice-host';
		const {generation, windowBytes} = this.#order;
		this.#note({type: 'hello', generation, windowBytes, route: this.#ourRoute});
		this.#greeted();
	}

	#greeted(): void {
		if (!this.#theirs || !this.#isChannelOpen || !this.#ourRoute || this.#stage !== 'connecting') return;
		this.#stage = 'open';
		this.#describer.stop();
		const route = worseRoute(this.#ourRoute, this.#theirs.route);
		this.#say('opened', Buffer.concat([encodeCount(this.#theirs.windowBytes), Buffer.from(route)]));
	}

	#heard(text: string): void {
		const note = parseNote(text);
		if (note?.type === 'hello' && !this.#theirs && note.generation === this.#order.generation) {
			this.#theirs = note;
			this.#greeted();
		} else if (!note || note.type === 'hello' || !this.#theirs) this.#lost(iceWords.notThisPeer);
		else if (note.type === 'credit') this.#credited(note.total);
		else if (note.type === 'close') this.#closedByOther(note.code);
		else this.dispose();
	}

	#credited(total: number): void {
		if (total <= this.#consumedByOther) return;
		this.#say('grant', encodeCount(Math.min(total - this.#consumedByOther, 2 ** 32 - 1)));
		this.#consumedByOther = total;
	}

	#received(bytes: Buffer): void {
		if (this.#stage === 'connecting') return this.#lost(iceWords.notThisPeer);
		if (this.#stage !== 'open') return;
		this.#allowedBytes -= bytes.byteLength;
		if (this.#allowedBytes >= 0) this.#say('data', bytes);
		else this.#exceeded();
	}

	#exceeded(): void {
		this.#say('closed', 'credit_exceeded');
		this.close('credit_exceeded');
	}

	#closedByOther(code: string): void {
		if (this.#stage === 'open') this.#say('closed', code);
		this.#stage = 'closing';
		this.#note({type: 'bye'});
		this.#wait(byeMs);
	}

	#note(note: LinkNote): void {
		this.#guard(() => this.#peer!.sendText(formatNote(note)));
	}

	#wait(ms: number): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.dispose(), ms);
	}

	#lost(why: string): void {
		if (this.#stage === 'connecting') this.#say('failed', why);
		else if (this.#stage === 'open') this.#say('closed', 'carrier_lost');
		this.dispose();
	}

	/** The library throws at what it does not like, and when a channel has closed meanwhile. */
	#guard(run: () => void): void {
		try {
			if (this.#stage !== 'gone') run();
		} catch (error) {
			this.#lost(wordsOf(error));
		}
	}
}

function wordsOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
