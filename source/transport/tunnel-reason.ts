/** Why a tunnel was refused or closed, and which tiers the other side allows: from the wire and to it. */
import {Failure} from '../protocol/failure.js';
import {type Tier, tiers} from '../protocol/tiers.js';

/** The field that the relay passes on untouched. */
export type Ext = Record<string, unknown>;

/** The tiers that a message's sender allows, where it says so. */
export function tiersIn(ext: Ext | undefined): {tiers?: readonly Tier[]} {
	const named: unknown = ext?.tiers;
	return Array.isArray(named) ? {tiers: tiers.filter((tier) => named.includes(tier))} : {};
}

/** A reason from the wire as a failure: a code as it is, words as the details of `carrier_lost`. */
export function failureOfReason(reason: string, ext?: Ext): Failure {
	const isCode = /^[a-z0-9_]{1,64}$/.test(reason);
	const {tiers: theirs} = tiersIn(ext);
	return new Failure(isCode ? reason : 'carrier_lost', {
		details: {reason, ...(theirs ? {tiers: theirs.join(',')} : {})},
	});
}
