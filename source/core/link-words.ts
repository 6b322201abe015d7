/** Why a link or an attempt ended, or does not use a better tier, where we know it ourselves; codes are worded in reason-words.ts. */
import {type Tier, type TierPin, tiers} from '../protocol/tiers.js';

export const linkWords = {
	notConnected: 'not connected',
	notYet: 'not connected yet',
	notNow: 'it cannot be opened now',
	noWayNow: 'there is no way to this peer now',
	relayLost: 'the relay connection was lost',
	/** A pin leaves no other way, and that is what a person can do something about. */
	relayNeeded: (allowed: readonly Tier[]) =>
		`the relay connection was lost, and the pin allows ${allowed.join(' and ')} only, which needs it`,
	leftMeanwhile: 'left while we were away',
	lanGone: 'gone from the local network',
	restarted: (name: string) => `${name} restarted`,
	askedAnew: (name: string) => `${name} asked for a new connection`,
	cutOff: 'it broke the rules and was cut off',
	noConfirmation: 'no answer on the new path',
	notAllowed: 'not allowed any more',
	onlyAllowed: (allowed: readonly Tier[], reason: string) =>
		`only ${allowed.join(' and ')} is allowed: ${reason}`,
	otherInUse: (route: string) => `${route} is in use`,
	signalLost: 'the way to tell it was lost meanwhile',
	networkChanged: 'the network changed',
	textOnlyHere: 'binary frames do not pass between here and the relay',
	textOnlyThere: (name: string) => `binary frames do not pass between ${name} and the relay`,
	triedThere: (reason: string, name: string) => `${reason}; ${name} tries it again`,
	heldOff: {lost: 'it was lost again and again', slow: 'it was slower than this'},
	theirTiers: (name: string, theirs: readonly Tier[]) =>
		`${name} allows ${theirs.length === tiers.length ? 'any tier' : `${theirs.join(', ')} only`}`,
	bothTiers: (ours: TierPin, them: string) => `you allow ${ours} only, ${them}`,
} as const;
