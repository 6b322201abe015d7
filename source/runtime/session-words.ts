/** Why a session does not start or a connection is not kept, as far as this layer knows it. */

export const sessionWords = {
	otherFounder: 'the relay named a founder who did not make this invite',
	notNeeded: 'not needed any more',
	startFailed: 'the start failed',
	samePeer: 'this is the same peer',
	advertise: '--advertise takes HOST or HOST:PORT.',
	noRelayAddress: (text: string) =>
		`${JSON.stringify(text)} is no relay address; write it as ws://HOST:PORT or wss://HOST.`,
	problemWith: (name: string | undefined, sentence: string) => `${name ?? 'a peer'}: ${sentence}`,
} as const;
