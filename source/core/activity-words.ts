/** What the list of activity says: the words for each thing that can happen. Who did it stands in a column of its own. */
import {type Tier} from '../protocol/tiers.js';
import {rateWords} from './limit-words.js';
import {reasonWords} from './reason-words.js';

/** What a conflict was settled with where it was not settled here. */
export const takenElsewhere = 'elsewhere';

export const activityWords = {
	joined: 'joined',
	/** Nobody saw it come: it may have been there before us. */
	isHere: 'is here',
	left: (reason: string) => (reason === 'left' ? 'left' : `left: ${reasonWords(reason)}`),
	changed: (first: string, more: number) => (more === 0 ? first : `${first} and ${count(more)} more`),
	restored: (first: string, more: number) =>
		`restored ${first}${more === 0 ? '' : ` and ${count(more)} more`}`,
	switchedBranch: (branch: string, files: number) =>
		`switched to ${branch}, ${files === 1 ? '1 file' : `${count(files)} files`}`,
	conflict: (path: string) => `conflict in ${path}`,
	settled: (path: string, take: string) =>
		take === takenElsewhere ? `${path} was settled by another peer` : `settled ${path}: ${take}`,
	bothEdit: (path: string, name: string) => `You and ${name} both edit ${path}.`,
	connected: (way: string) => `connected over ${way}`,
	changedOver: (former: Tier, way: string) => `switched from ${former} to ${way}`,
	lost: (way: string, reason: string) => `lost ${way}: ${reason}`,
	noDirect: (reason: string) => `no direct way: ${reason}`,
	slower: (route: string, tier: Tier, ours: number, theirs: number) =>
		`${route} carries ${megabytes(ours)}, ${tier} ${megabytes(theirs)}: changing over`,
	textOnly: 'the network passes no binary frames: using json',
	relayLost: (reason: string) => `relay lost: ${reason}`,
	limitedByRelay: (bytesPerSecond: number) => `limited by the relay to ${rateWords(bytesPerSecond)}`,
	diskFull: 'the disk is full',
	paused: 'paused',
	resumed: 'resumed',
	awake: 'awake again: looking at all links',
	networkChanged: 'the network changed',
	networkGone: 'the network is gone',
	otherInvite: 'this machine has other addresses: the invite names them now',
} as const;

function count(number: number): string {
	return number.toLocaleString('en');
}

function megabytes(bytesPerSecond: number): string {
	return `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
}
