/** What is read out of a description (SDP), and what is left out of one before the library gets it. */
import {isIP} from 'node:net';
import {maxSdpLength} from '../../protocol/limits.js';

/** More than any machine of ours offers; each one is an address that we would send packets to. */
export const maxDescribedCandidates = 16;

export type IceDescription = {
	/** Tells one connection's descriptions from another's: the library makes a new one for each. */
	readonly ufrag: string;
	/** All but the candidates. */
	readonly head: string;
	/** `candidate:…` each, those with literal addresses. */
	readonly candidates: readonly string[];
};

/** Undefined for what is no description. */
export function parseDescription(text: string): IceDescription | undefined {
	if (text.length > maxSdpLength || !text.startsWith('v=0')) return undefined;
	const candidates: string[] = [];
	const head: string[] = [];
	for (const line of text.split(/\r?\n/)) {
		if (line === '' || line === 'a=end-of-candidates') continue;
		if (line.startsWith('a=candidate:')) {
			if (isIP(line.split(' ')[4] ?? '') === 0 || candidates.length >= maxDescribedCandidates) continue;
			candidates.push(line.slice('a='.length));
		} else head.push(line);
	}
	const ufrag = head.find((line) => line.startsWith('a=ice-ufrag:'))?.slice('a=ice-ufrag:'.length);
	if (ufrag === undefined || ufrag === '') return undefined;
	return {ufrag, head: `${head.join('\r\n')}\r\n`, candidates};
}
