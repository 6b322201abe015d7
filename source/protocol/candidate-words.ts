/** Why an address is not dialled. */
export const candidateWords = {
	notLiteral: 'not a literal address',
	lowPort: 'a port below 1024',
	own: 'our own address',
	privateNetwork: 'a private network',
	loopback: 'loopback',
	unspecified: 'unspecified',
	linkLocal: 'link-local',
	multicast: 'multicast',
	broadcast: 'broadcast',
	mapped: 'a mapped form',
} as const;
