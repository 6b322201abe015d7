/**
 * Shows this peer to the others in the local network and finds them, while direct connections are allowed and make sense:
 * a session whose relay is on this machine alone has nobody to find.
 */
import {type PeerId, type State} from '../core/state.js';
import {type LanDiscovery, openLanDiscovery} from '../transport/lan/lan-discovery.js';
import {type DirectDesk} from './direct-desk.js';

export type LanDeskOptions = {
	readonly direct: DirectDesk;
	readonly secret: Uint8Array;
	readonly self: {readonly peerId: string; readonly instance: string};
	readonly log: (line: Readonly<Record<string, unknown>>) => void;
};

/** When a peer without a link is asked next whether it is still there, and how long after that again. */
type Unlinked = {readonly askAt: number; readonly waitMs: number};

const askMs = {first: 2000, most: 60_000};

export class LanDesk {
	readonly #options: LanDeskOptions;
	#discovery: LanDiscovery | undefined;
	/** Those whom the local network shows now. */
	readonly #known = new Map<PeerId, Unlinked>();
	#isClosed = false;

	constructor(options: LanDeskOptions) {
		this.#options = options;
	}

	/**
	 * Opens or closes according to what is allowed now, and asks for those without a link: one that was killed says no goodbye.
	 * Cheap to call again.
	 */
	review({pin, peers}: Pick<State, 'pin' | 'peers'>): void {
		const {port} = this.#options.direct;
		const isWanted = !this.#isClosed && (pin === 'auto' || pin === 'direct') && !port.isLocal;
		if (isWanted && !this.#discovery && port.number !== undefined) this.#discovery = this.#open(port.number);
		else if (!isWanted && this.#discovery) void this.#stop();
		const now = performance.now();
		for (const [peerId, {askAt, waitMs}] of this.#known) {
			if (peers.get(peerId)?.link.status === 'online')
				this.#known.set(peerId, {askAt: now, waitMs: askMs.first});
			else if (now >= askAt) {
				this.#known.set(peerId, {askAt: now + waitMs, waitMs: Math.min(waitMs * 2, askMs.most)});
				this.#discovery?.doubt(peerId);
			}
		}
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		await this.#stop();
	}

	#open(port: number): LanDiscovery {
		const {direct, secret, self, log} = this.#options;
		return openLanDiscovery({
			secret,
			self: {...self, port},
			found: (peer) => {
				this.#known.set(peer.peerId, {askAt: performance.now() + askMs.first, waitMs: askMs.first});
				direct.found(peer);
			},
			lost: (peerId) => {
				this.#known.delete(peerId);
				direct.lost(peerId);
			},
			problem: (reason) => log({message: 'local network', reason}),
		});
	}

	/** Whom nobody looks for any more nobody sees. */
	async #stop(): Promise<void> {
		const discovery = this.#discovery;
		this.#discovery = undefined;
		for (const peerId of this.#known.keys()) this.#options.direct.lost(peerId);
		this.#known.clear();
		await discovery?.close();
	}
}
