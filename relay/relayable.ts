/** The messages that a relay passes on from one member to another. */
import {type ClientMessage} from '../source/protocol/relay-messages.js';
import {type Lane} from './effect.js';

/** What is passed on to other peers. */
export type RelayableMessage = Exclude<
	ClientMessage,
	{type: 'create_session' | 'join_session' | 'leave_session' | 'ping' | 'traffic_report'}
>;

/** False for what is for the relay itself. */
export function isRelayable(message: ClientMessage): message is RelayableMessage {
	switch (message.type) {
		case 'create_session':
		case 'join_session':
		case 'leave_session':
		case 'ping': {
			return false;
		}

		default: {
			return true;
		}
	}
}

/** Where it waits at its receiver: objects behind those before them, all else in front. */
export function laneOf(message: RelayableMessage): Lane {
	switch (message.type) {
		case 'git_objects_chunk':
		case 'git_objects_failed':
		case 'binary_proxy_closed': {
			return message.peer_id;
		}

		default: {
			return 'control';
		}
	}
}

/** The attempt that it belongs to. */
export function generationOf(message: RelayableMessage): number | undefined {
	return 'generation' in message ? message.generation : undefined;
}
