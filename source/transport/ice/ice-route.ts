/** Which route an ICE connection runs on, told from the pair of candidates that it chose. */
import {type Route} from '../../protocol/tiers.js';

export const iceRoutes = ['ice-host', 'ice-srflx', 'ice-turn'] as const satisfies readonly Route[];
export type IceRoute = (typeof iceRoutes)[number];

/** One end of the chosen pair, as the library names it. */
type CandidateEnd = {readonly type: string; readonly address: string; readonly port: number};
export type CandidatePair = {readonly local: CandidateEnd; readonly remote: CandidateEnd};

/**
 * The route of a pair. A remote end that was met before it was described is `prflx`: the descriptions tell what it is, and
 * an address in none of them is one that a NAT has made.
 */
export function routeOf(
	pair: CandidatePair,
	described: {readonly local: string; readonly remote: string},
): IceRoute {
	return worseRoute(endRoute(pair.local, described.local), endRoute(pair.remote, described.remote));
}

/** Both ends take the worse of what each sees, so that they show the same. */
export function worseRoute(one: IceRoute, other: IceRoute): IceRoute {
	return iceRoutes[Math.max(iceRoutes.indexOf(one), iceRoutes.indexOf(other))]!;
}

function endRoute(end: CandidateEnd, description: string): IceRoute {
	const named = end.type.toLowerCase();
	const type = named === 'host' || named.startsWith('relay') ? named : typeIn(description, end);
	if (type === 'host') return 'ice-host';
	return type?.startsWith('relay') ? 'ice-turn' : 'ice-srflx';
}

/** The type of the candidate with that address in an SDP: `candidate:1 1 UDP 2122317823 192.0.2.7 4242 typ host …`. */
function typeIn(sdp: string, {address, port}: CandidateEnd): string | undefined {
	for (const line of sdp.split(/\r?\n/)) {
		if (!line.startsWith('a=candidate:')) continue;
		const fields = line.split(' ');
		if (fields[4] === address && fields[5] === String(port)) return fields[7];
	}
	return undefined;
}
