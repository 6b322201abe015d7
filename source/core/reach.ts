/** What the network allows towards one peer, as the machine knows it now. */
import {type LinkMachine, type Step} from './machine.js';
import {type Reach} from './tier-choice.js';

/** By the relay's list, the local network and the addresses that were told. */
export function reachOf(step: Step, link: LinkMachine): Reach {
	const {relay} = step.machine.state;
	const {contact, theirTextOnlyUntil} = link;
	const relayOnline = relay.status === 'online';
	return {
		relayOnline,
		atRelay: contact.atRelay,
		found: Math.max(contact.foundUntil, contact.addressesUntil) > step.stamp.at,
		binaryHere: relayOnline ? relay.binary : 'unknown',
		binaryThere: theirTextOnlyUntil <= step.stamp.at,
	};
}
