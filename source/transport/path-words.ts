/** Why a path did not open or ended, as far as this layer knows it: what it says itself, and what the system's codes mean. */

export const pathWords = {
	noAnswer: 'no answer',
	cutOff: 'cut off',
	failed: 'failed',
	/** Another one was quicker. */
	notNeeded: 'not needed',
	nothingToTry: 'nothing to try',
	nothingElse: 'nothing else to try',
	somebodyElse: 'somebody else answered there',
	noAddress: 'no address of the peer is known',
	startedAnew: 'the peer has started anew meanwhile',
	introducesNobody: 'it does not introduce anybody',
	at: (address: string, reason: string) => `${address}: ${reason}`,
	several: (reasons: readonly string[]) => reasons.join('; '),
} as const;

/** About routers in between, and the address that they give. */
export const natWords = {
	noCommonFamily: 'one side has IPv4 only, the other IPv6 only',
	notDialled: (why: string) => `the other side's public address is not dialled: ${why}`,
	symmetricBoth: 'symmetric NAT on both sides',
	/** Silence tells that the side without such a NAT lets in answers only. */
	symmetric: (side: 'ours' | 'theirs', isSilent: boolean, reason: string) => {
		const [its, other] = side === 'ours' ? [ourSide, theirSide] : [theirSide, ourSide];
		return `symmetric NAT on ${its}${isSilent ? `, and ${other} lets in answers only` : ''}: ${reason}`;
	},
	noReflector: 'there is no server that tells public addresses',
	reflector: (reason: string) => `the server that tells public addresses: ${reason}`,
	noAddressOf: (family: number) => `it has no IPv${family} address`,
	noAddressGiven: 'it gave no address',
} as const;

export const relayWords = {
	addressLost: 'this machine lost its address',
	silentAfterChange: 'silent after a change of network',
	cut: 'the connection was cut',
	replacedByOwn: 'another connection of this program took its place',
	closedWith: (code: number) => `closed with ${code}`,
} as const;

export const iceWords = {
	peerSilent: 'the peer did not answer',
	channelNotOpen: 'the data channel did not open',
	channelClosed: 'the data channel was closed',
	noPair: 'no pair of addresses works',
	noStun: 'no STUN server answered',
	noTurn: 'no TURN server answered',
	connection: (state: string) => `the connection ${state}`,
	notThisPeer: 'the other end is not this peer',
	unavailable: (reason: string) => `ICE does not work here: ${reason}`,
	endedTooOften: 'the ICE program ended too often',
	notStarted: (reason: string) => `the ICE program could not be started: ${reason}`,
	garbage: 'the ICE program sent garbage',
	ended: (how: string) => `the ICE program ended (${how})`,
	sessionEnded: 'the session ended',
	didNotEnd: 'the ICE program did not end',
	hung: 'the ICE program hung',
	didNotStart: 'the ICE program did not start',
	said: (lastWords: string) => `the ICE program said: ${lastWords}`,
	noPipe: 'no pipe to it could be opened',
} as const;

export const lanWords = {
	listening: 'listening',
	listeningOn: (zone: string) => `listening on ${zone}`,
	noInterface: 'no interface',
} as const;

const ourSide = 'this side';
const theirSide = 'the other side';

/** What the system says about a socket. */
export const systemWords: Readonly<Record<string, string>> = {
	ECONNREFUSED: 'refused',
	ECONNRESET: pathWords.cutOff,
	EPIPE: pathWords.cutOff,
	ETIMEDOUT: pathWords.noAnswer,
	EHOSTUNREACH: 'not reachable from here',
	ENETUNREACH: 'not reachable from here',
	EHOSTDOWN: 'not reachable from here',
	EADDRNOTAVAIL: 'the local port cannot be used for it',
	EADDRINUSE: 'this system does not share a port between connections',
	EACCES: 'not allowed here',
	EPERM: 'not allowed here',
	EINVAL: 'this system cannot dial it',
	EAFNOSUPPORT: 'this system cannot dial it',
	ENOTFOUND: 'its name has no such address',
	EMFILE: 'too many open files',
};
