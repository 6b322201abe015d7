/** Two ends of a carrier inside one process: what the contract suite and simulations measure the others against. */
import {Duplex} from 'node:stream';
import {Failure} from '../protocol/failure.js';
import {type Route, type Tier} from '../protocol/tiers.js';
import {type CarrierFacts, neverUnhandled} from './carrier.js';

/** Bytes that one end holds for a reader that does not read. */
const bufferBytes = 64 * 1024;

class MemoryCarrier extends Duplex implements CarrierFacts {
	readonly openedAt = Date.now();
	bytesIn = 0;
	bytesOut = 0;
	other: MemoryCarrier | undefined;
	/** Called when our reader wants more: the other end's write that waits for it. */
	#release: (() => void) | undefined;

	constructor(
		readonly generation: number,
		readonly tier: Tier,
		readonly route: Route,
	) {
		super({highWaterMark: bufferBytes, allowHalfOpen: false});
		neverUnhandled(this);
	}

	override _read(): void {
		const release = this.#release;
		this.#release = undefined;
		release?.();
	}

	override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
		this.bytesOut += chunk.byteLength;
		if (this.other) this.other.deliver(chunk, callback);
		else callback();
	}

	override _final(callback: (error?: Error | null) => void): void {
		callback();
		// Not half-open, as the tunnels: who ends its side is done with it.
		setImmediate(() => this.destroy());
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		const {other} = this;
		this.other = undefined;
		this.#release?.();
		if (other?.other === this) {
			const code = error instanceof Failure ? error.code : 'carrier_lost';
			setImmediate(() => other.hangUp(error ? new Failure(code) : undefined));
		}
		callback(error);
	}

	/** Takes bytes from the other end; calls back once the reader has room again. */
	deliver(chunk: Buffer, taken: () => void): void {
		if (this.destroyed) return taken();
		this.bytesIn += chunk.byteLength;
		if (this.push(chunk)) setImmediate(taken);
		else this.#release = taken;
	}

	hangUp(error: Error | undefined): void {
		this.other = undefined;
		if (this.destroyed) return;
		if (error) this.destroy(error);
		else if (!this.readableEnded) this.push(null);
	}
}

/** Makes a connected pair; both ends have the same facts. */
export function createMemoryCarriers({
	generation = 1,
	tier = 'proxy',
	route = tier === 'direct' ? 'tcp-lan' : tier,
}: {generation?: number; tier?: Tier; route?: Route} = {}): [
	one: Duplex & CarrierFacts,
	other: Duplex & CarrierFacts,
] {
	const one = new MemoryCarrier(generation, tier, route);
	const other = new MemoryCarrier(generation, tier, route);
	one.other = other;
	other.other = one;
	return [one, other];
}
