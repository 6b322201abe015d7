/** What a member is told of the relay when it enters: sizes, the limits in force, who helps with direct ways, and its own address. */
import {type TurnServer} from '../source/protocol/ice-server.js';
import {maxFrameBytes, maxTextBytes, maxWindowBytes} from '../source/protocol/limits.js';
import {type RelayFacts} from '../source/protocol/relay-messages.js';
import {type SocketPort} from './connection.js';
import {type NetworkHelp, networkFacts} from './network-help.js';
import {type RelayLimits} from './relay-limits.js';

export function memberFacts(
	client: Pick<SocketPort, 'address' | 'port' | 'host'>,
	relay: {
		readonly limits: RelayLimits;
		readonly reportEveryMs: number;
		/** Undefined until it is open. */
		readonly help: NetworkHelp | undefined;
		/** STUN servers beside the relay itself. */
		readonly stun: readonly string[];
		readonly turn: TurnServer[];
	},
): RelayFacts {
	const {limits, help, stun} = relay;
	const own = networkFacts(help ?? {stunPorts: [], reflectPort: undefined}, client);
	return {
		max_frame_bytes: maxFrameBytes,
		max_text_bytes: maxTextBytes,
		max_window_bytes: maxWindowBytes,
		...limitFacts(limits),
		report_every_ms: relay.reportEveryMs,
		...own,
		stun: [...own.stun, ...stun],
		turn: relay.turn,
		observed_ip: client.address,
		observed_port: client.port,
	};
}

function limitFacts(limits: RelayLimits) {
	const {maxPeers, bytesPerSecond} = limits;
	return {max_peers: maxPeers, bytes_per_second: bytesPerSecond.session, limits: limitsInForce(limits)};
}

/** What is counted, and how much of it a member may do. */
export function limitsInForce({bytesPerSecond, messagesPerSecond, bytesPerDay}: RelayLimits) {
	return {
		bytes_per_second: bytesPerSecond,
		messages_per_second: messagesPerSecond,
		bytes_per_day: bytesPerDay,
	};
}
