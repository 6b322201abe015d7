/**
 * Turns progress of both directions into events for screens and scripts: at most ten a second for each, never back, and
 * an end for every transfer.
 */
import {type Event} from '../../core/event.js';
import {graceMs} from './limits.js';
import {type ExchangeProgress, goOn} from './progress.js';

type Direction = 'in' | 'out';
type Entry = {readonly progress: ExchangeProgress; readonly toldAt: number};

/** A screen cannot show more, and a script should not have to read more. */
const everyMs = 100;

export class ProgressBoard {
	readonly #dispatch: (event: Event) => void;
	readonly #graceMs: number;
	readonly #entries = new Map<string, Entry>();
	/** Transfers out whose answer ended: the same want may come again over another path. */
	readonly #ending = new Map<string, NodeJS.Timeout>();

	constructor(dispatch: (event: Event) => void, waitMs = graceMs) {
		this.#dispatch = dispatch;
		this.#graceMs = waitMs;
	}

	show(direction: Direction, made: ExchangeProgress): void {
		const {peerId} = made;
		const key = `${direction} ${peerId}`;
		const before = this.#entries.get(key);
		if (direction === 'out') this.#keep(peerId);
		const progress = goOn(before?.progress, made);
		const {doneBytes, totalBytes} = progress;
		const isDone = totalBytes !== undefined && doneBytes >= totalBytes;
		const now = performance.now();
		const isDue = isDone || progress.tier !== before?.progress.tier || now - before.toldAt >= everyMs;
		this.#entries.set(key, {progress, toldAt: isDue ? now : (before?.toldAt ?? now)});
		if (!isDue) return;
		const {commit: _, ...facts} = progress;
		this.#dispatch({type: 'transfer-progressed', direction, ...facts});
		if (isDone && direction === 'out') this.#end(peerId);
	}

	/** A transfer in has ended, or goes on from another peer. */
	endIn(peerId: string): void {
		if (this.#entries.delete(`in ${peerId}`))
			this.#dispatch({type: 'transfer-ended', peerId, direction: 'in'});
	}

	/** An answer has ended. If it was not all and is not asked for again, the transfer is over. */
	answerEnded(peerId: string): void {
		if (!this.#entries.has(`out ${peerId}`)) return;
		this.#keep(peerId);
		const timer = setTimeout(() => this.#end(peerId), this.#graceMs);
		timer.unref();
		this.#ending.set(peerId, timer);
	}

	close(): void {
		for (const timer of this.#ending.values()) clearTimeout(timer);
		this.#ending.clear();
	}

	#keep(peerId: string): void {
		clearTimeout(this.#ending.get(peerId));
		this.#ending.delete(peerId);
	}

	#end(peerId: string): void {
		this.#keep(peerId);
		this.#entries.delete(`out ${peerId}`);
		this.#dispatch({type: 'transfer-ended', peerId, direction: 'out'});
	}
}
