/**
 * The events of `--json`, one a line: what scripts and checks see. Names and fields are fixed (docs/cli.md); sizes in
 * bytes, times in ms. `at` is added where the line is written.
 */
import {type Route, type Tier} from '../protocol/tiers.js';

export type PublicEvent =
	| {
			event: 'ready';
			session_id: string;
			peer_id: string;
			role: 'host' | 'member';
			invite?: string;
			relay_url: string;
			root: string;
	  }
	| {event: 'peer_joined'; peer_id: string; name: string}
	| {event: 'peer_left'; peer_id: string; reason: string}
	| {
			event: 'link';
			peer_id: string;
			status: 'connecting' | 'online' | 'offline';
			tier?: Tier;
			route?: Route;
			rtt_ms?: number;
			reason?: string;
	  }
	| {
			event: 'attempt';
			peer_id: string;
			tier: Tier;
			route: Route;
			outcome: 'ok' | 'failed';
			took_ms: number;
			reason?: string;
	  }
	| {
			event: 'transfer';
			peer_id: string;
			direction: 'in' | 'out';
			tier: Tier;
			done_bytes: number;
			total_bytes?: number;
			objects: number;
			resent_bytes?: number;
	  }
	/** `branch`: the checkout of that branch is what changed. */
	| {event: 'snapshot'; head: string; paths: number; took_ms: number; branch?: string}
	| {event: 'applied'; head: string; from_peer_id: string; paths: number; took_ms: number; branch?: string}
	| {event: 'synced'; head: string; tree: string}
	| {event: 'conflict'; path: string; peers: readonly string[]}
	| {event: 'resolved'; path: string; take: string}
	| {event: 'editing'; peer_id: string; paths: readonly string[]}
	| {event: 'problem'; path?: string; peer_id?: string; code: string; message: string}
	| {event: 'halted'; code: string; message: string}
	| {event: 'error'; code: string; message: string};
