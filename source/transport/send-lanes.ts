/**
 * What leaves through one WebSocket, in order of haste: control text first; then bulk, one message of each source in turn,
 * and only while the socket holds little. So control overtakes all bulk that is not in the socket yet, and one busy tunnel
 * does not starve the others. Neither goes faster than the relay allows.
 */
import {maxBufferedBytes} from '../protocol/limits.js';
import {type Haste, SendPace} from './send-pace.js';

/** The socket, as far as sending goes. */
export type SendPort = {
	/** Bytes given to the socket that the operating system has not taken. */
	bufferedBytes(): number;
	/** Sends one message; calls back when the operating system took it, or never if the socket died. */
	send(data: Uint8Array | string, taken: () => void): void;
};

/** Somebody with bulk to send. */
export type BulkSource = {
	/** The next message, or undefined while there is none or no credit. */
	pull(): Uint8Array | string | undefined;
	/** The operating system has taken a message; never called if the socket died. */
	sent?(message: Uint8Array | string): void;
};

/** Calls back once after the time; returns how to call it off. */
export type StartTimer = (delayMs: number, run: () => void) => () => void;

/** Where frames are let through one by one: some at a time cost less than a timer for each. */
const leastWaitMs = 5;

/** Far above what waits behind any limit that can be worked with; the oldest goes then, whatever the relay makes of it. */
const maxWaitingControl = 1000;

export class SendLanes {
	readonly #port: SendPort;
	readonly #pace: SendPace;
	readonly #startTimer: StartTimer;
	/** What the pace has not let through yet, in order. */
	readonly #control: (Uint8Array | string)[] = [];
	/** Sources that may have something, the next one first; insertion order is the turn. */
	readonly #ready = new Set<BulkSource>();
	/** Rings when the pace lets the next one of such haste through. */
	#timer: {readonly haste: Haste; readonly stop: () => void} | undefined;
	#isPumping = false;
	#isClosed = false;

	constructor(port: SendPort, pace = new SendPace(), startTimer: StartTimer = startSystemTimer) {
		this.#port = port;
		this.#pace = pace;
		this.#startTimer = startTimer;
	}

	/** Sends a message before everything that is not in the socket yet. */
	control(data: Uint8Array | string): void {
		if (this.#isClosed) return;
		if (this.#control.length === 0 && this.#pace.waitMs('control') === 0) return this.#sendControl(data);
		this.#control.push(data);
		if (this.#control.length > maxWaitingControl) this.#sendControl(this.#control.shift()!);
		this.#pumpControl();
	}

	/** Says that the source has something to send, or credit again. */
	wake(source: BulkSource): void {
		this.#ready.add(source);
		this.#pump();
	}

	/** Sends at once what control waits: the connection ends. */
	flush(): void {
		for (const data of this.#control.splice(0)) this.#sendControl(data);
	}

	close(): void {
		this.#isClosed = true;
		this.#control.length = 0;
		this.#ready.clear();
		this.#timer?.stop();
		this.#timer = undefined;
	}

	#sendControl(data: Uint8Array | string): void {
		this.#pace.spend(data);
		this.#port.send(data, () => this.#pump());
	}

	#pump(): void {
		if (this.#isPumping) return; // a pull may wake another source
		this.#isPumping = true;
		if (this.#pumpControl()) this.#pumpBulk();
		this.#isPumping = false;
	}

	/** True when none waits. */
	#pumpControl(): boolean {
		while (this.#control.length > 0) {
			if (!this.#mayPass('control')) return false;
			this.#sendControl(this.#control.shift()!);
		}
		return true;
	}

	#pumpBulk(): void {
		for (const source of this.#ready) {
			if (this.#isClosed || this.#port.bufferedBytes() >= maxBufferedBytes || !this.#mayPass('bulk')) break;
			this.#ready.delete(source);
			const data = source.pull();
			if (data === undefined) continue;
			this.#pace.spend(data);
			this.#port.send(data, () => {
				source.sent?.(data);
				this.#pump();
			});
			this.#ready.add(source); // at the end of the turn, which this very loop goes on to
		}
	}

	/** False where the pace does not let the next message through yet; when it does, the lanes go on. */
	#mayPass(haste: Haste): boolean {
		const waitMs = this.#pace.waitMs(haste);
		if (waitMs === 0) return true;
		// What bulk waits for may be far off; control's time is before that, and looks after bulk too.
		if (this.#timer?.haste === 'control' || this.#timer?.haste === haste) return false;
		this.#timer?.stop();
		const stop = this.#startTimer(Math.max(leastWaitMs, Math.ceil(waitMs)), () => {
			this.#timer = undefined;
			this.#pump();
		});
		this.#timer = {haste, stop};
		return false;
	}
}

function startSystemTimer(delayMs: number, run: () => void): () => void {
	const timer = setTimeout(run, delayMs);
	return () => clearTimeout(timer);
}
