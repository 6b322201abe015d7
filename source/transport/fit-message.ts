/** Leaves out of a message what it may go without, where it would not fit into a frame otherwise. */
import {frameHeaderBytes} from '../protocol/peer-frames.js';
import {type PeerMessage} from '../protocol/peer-messages.js';

/** The message itself if it fits into a frame of `limitBytes`, or with less of what is optional in it. */
export function fitMessage(message: PeerMessage, limitBytes: number): PeerMessage {
	if (fits(message, limitBytes)) return message;
	switch (message.type) {
		case 'hello': {
			// Addresses and relays are learned another way too; the name and the pins are not.
			const {relay_urls: relayUrls, addresses} = message;
			if (relayUrls.length > 0)
				return fitMessage({...message, relay_urls: relayUrls.slice(0, -1)}, limitBytes);
			if (addresses.length > 0)
				return fitMessage({...message, addresses: addresses.slice(0, -1)}, limitBytes);
			return message;
		}
		case 'heads': {
			// Without the pack it is asked for.
			return {...message, pack: undefined};
		}
		case 'activity': {
			const {paths} = message;
			if (paths.length === 0) return message;
			return fitMessage({...message, paths: paths.slice(0, -1)}, limitBytes);
		}
		default: {
			return message;
		}
	}
}

function fits(message: PeerMessage, limitBytes: number): boolean {
	return frameHeaderBytes + Buffer.byteLength(JSON.stringify(message)) <= limitBytes;
}
