/** Time and sockets for a hub without a network. */
import {type Clock, type SocketPort} from '../../relay/connection.js';
import {type SocketEvents} from '../../relay/hub.js';
import {parseRelayMessage, type RelayMessage} from '../../source/protocol/relay-messages.js';

/** Time that goes on when told to; due timers run in order. */
export class FakeClock implements Clock {
	#now = 0;
	#timers: Array<{at: number; run: () => void}> = [];

	/** Timers that have not rung. */
	get waiting(): number {
		return this.#timers.length;
	}

	now(): number {
		return this.#now;
	}

	after(delayMs: number, run: () => void): () => void {
		const timer = {at: this.#now + delayMs, run};
		this.#timers.push(timer);
		return () => {
			this.#timers = this.#timers.filter((other) => other !== timer);
		};
	}

	advance(ms: number): void {
		const end = this.#now + ms;
		for (;;) {
			const [next] = this.#timers.filter(({at}) => at <= end).sort((one, other) => one.at - other.at);
			if (!next) break;
			this.#timers = this.#timers.filter((other) => other !== next);
			this.#now = next.at;
			next.run();
		}

		this.#now = end;
	}
}

/** A socket without a network: what was sent to it, and how it ended. */
export class FakeSocket implements SocketPort {
	readonly address: string;
	readonly port = 5000;
	readonly host = 'relay.example';
	readonly messages: RelayMessage[] = [];
	readonly frames: Uint8Array[] = [];
	events!: SocketEvents;
	received = 0;
	pings = 0;
	ended?: string;
	stalled = false;
	#buffered = 0;

	constructor(address = '192.0.2.1') {
		this.address = address;
	}

	write({bytes, binary}: {bytes: Uint8Array; binary: boolean}, done: () => void): void {
		if (this.stalled) this.#buffered += bytes.length;
		else done();
		if (binary) this.frames.push(bytes);
		const parsed = parseRelayMessage(Buffer.from(bytes).toString());
		if (!binary && parsed.ok) this.messages.push(parsed.message);
	}

	bufferedBytes(): number {
		return this.#buffered;
	}

	/** So much of what it holds has gone to the other end. */
	take(bytes: number): void {
		this.#buffered -= bytes;
	}

	bytesRead(): number {
		return this.received;
	}

	ping(): void {
		this.pings++;
	}

	close(code: number, reason: string): void {
		this.ended ??= `closed ${code} ${reason}`;
	}

	terminate(): void {
		this.ended ??= 'terminated';
	}

	say(message: object): void {
		this.received += 100;
		this.events.text(Buffer.from(JSON.stringify(message)));
	}

	/** The types of what it was sent, errors by their code; forgets them. */
	heard(): string[] {
		return this.messages.splice(0).map((message) => (message.type === 'error' ? message.code : message.type));
	}
}
