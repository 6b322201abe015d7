/**
 * Shows this peer to the others in the local network and finds them, while direct connections are allowed and make sense:
 * a session whose relay is on this machine alone has nobody to find.
 */
import {type TierPin} from '../protocol/tiers.js';
import {type LanDiscovery, openLanDiscovery} from '../transport/lan-discovery.js';
import {type DirectDesk} from './direct-desk.js';

export type LanDeskOptions = {
	readonly direct: DirectDesk;
	readonly secret: Uint8Array;
	readonly self: {readonly peerId: string; readonly instance: string};
	readonly log: (line: Readonly<Record<string, unknown>>) => void;
};

export class LanDesk {
	readonly #options: LanDeskOptions;
	#discovery: LanDiscovery | undefined;
	#isClosed = false;

	constructor(options: LanDeskOptions) {
		this.#options = options;
	}

	/** Opens or closes according to what is allowed now; cheap to call again. */
	review(pin: TierPin): void {
		const {direct, secret, self, log} = this.#options;
		const {port} = direct;
		const isWanted = !this.#isClosed && (pin === 'auto' || pin === 'direct') && !direct.isLocal;
		if (isWanted && !this.#discovery && port !== undefined) {
			this.#discovery = openLanDiscovery({
				secret,
				self: {...self, port},
				found: (peer) => direct.found(peer),
				lost: (peerId) => direct.lost(peerId),
				problem: (reason) => log({message: 'local network', reason}),
			});
		} else if (!isWanted && this.#discovery) {
			void this.#discovery.close();
			this.#discovery = undefined;
		}
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		await this.#discovery?.close();
		this.#discovery = undefined;
	}
}
