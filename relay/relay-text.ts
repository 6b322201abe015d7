/**
 * Every sentence that the relay says: to the person who starts it, and to clients beside its codes, which are worded in
 * protocol/codes.ts.
 */
export const relayText = {
	listening: (port: number, url: string) =>
		`The relay listens on port ${port}; peers on this machine reach it at ${url}`,
	/** A firewall must let them through. */
	tellsOn: (ports: readonly string[]) => `It tells peers their addresses on ${ports.join(', ')}.`,
	tellsNowhere:
		'The ports on which it would tell peers their addresses are taken, so fewer of them will reach each other directly.',
	cluster: {
		joined: 'It is one with the other relays on NATS.',
		alone: 'NATS does not answer: it serves its own peers alone, and tries on.',
	},

	keyMissing: 'A certificate needs its key: give both --tls-cert and --tls-key.',
	credsAlone: '--cluster-creds is for NATS: give --cluster too.',
	natsForm: 'NATS is named as nats://[user:password@]host[:port], or tls:// for TLS; several with commas.',
	stunForm: (text: string) => `A STUN server is written stun:host[:port], not ${JSON.stringify(text)}.`,
	turnForm: 'A TURN server is written turn:[user:password@]host[:port].',
	limitsWrong: (field: string, why: string) => `The limits file is wrong at "${field}": ${why}.`,
	limitsNoJson: 'The limits file is no JSON: compare it with the example in docs/relay.md.',

	clusterRefused: (why: string) =>
		`NATS refuses this relay: check the user and password of --cluster, or --cluster-creds. (${why})`,
	portInUse: (port: number | undefined, flag: string) =>
		`Port ${port} is in use: end what uses it, or give another with ${flag}.`,
	notPermitted: (port: number | undefined, why: string) =>
		`Port ${port} or a file may not be opened by this user: give a port above 1023, or check the file. (${why})`,
	fileMissing: (flag: string, file: string) => `${flag}: ${file} does not exist; check its path.`,
	badHost: 'This machine does not have the address of --host: give one of its own.',
	cannotStart: (why: string) => `The relay cannot start: ${why}`,

	clients: {
		tooManyAttempts: 'too many attempts',
		noHandshake: 'no handshake in time',
		versions(lowest: number, highest: number, theirs: number) {
			const who = theirs > highest ? 'The relay' : 'This program';
			return `The relay speaks versions ${lowest} to ${highest}, you ${theirs}. ${who} must be updated.`;
		},
		sizes: (textBytes: number, dataBytes: number) =>
			`Text may have ${textBytes} bytes, the data of a binary frame ${dataBytes}.`,
		tunnelFault: 'A tunnel of this generation is open, or its credit would be above the largest window.',
		dayUsedUp: 'The bytes of this day are used up.',
		inAlready: 'This socket is in the session already.',
		nobodyIsHere: 'nobody is here',
		laterInUse: 'a later connection is in use',
	},

	http: {
		getOnly: 'Only GET is answered here.',
		notFound: 'Not found. The WebSocket is at /ws.',
		insideOnly:
			'The numbers are told to this machine alone: ask from there, or start the relay with --monitor HOST:PORT.',
	},
} as const;
