/** The flags of a session: how it reaches others, how it is shown, how much it may send and keep. */
import {tierWords} from './commands.js';
import {hosts, relay, running, sessions} from './command-groups.js';
import {type Flag} from './flag.js';

export const sessionFlags = [
	{
		name: 'relay-url',
		value: 'URL',
		summary: 'use this relay (ws:// or wss://) instead of one inside the host',
		env: 'PULSYNC_RELAY_URL',
		of: sessions,
	},
	{
		name: 'name',
		value: 'NAME',
		summary: 'what the others see you as; kept with the session',
		env: 'PULSYNC_NAME',
		of: sessions,
	},
	{
		name: 'tier',
		value: 'TIER',
		offers: tierWords,
		summary: 'auto, direct, proxy or json: how to reach the others',
		env: 'PULSYNC_TIER',
		of: sessions,
	},
	{name: 'merge', summary: 'join into a folder that has files; nothing is overwritten', of: ['join']},
	{
		name: 'ascii',
		summary: 'draw the screen with plain signs only, for fonts without lines and dots',
		env: 'PULSYNC_ASCII',
		of: sessions,
	},
	{
		name: 'screen-reader',
		summary: 'draw the screen without frames and graphs, for screen readers',
		env: 'PULSYNC_SCREEN_READER',
		of: sessions,
	},
	{name: 'headless', summary: 'no screen; plain lines on stdout', of: sessions},
	{
		name: 'json',
		summary: 'JSON on stdout: of a session or relay one object a line (no screen), of a question one object',
		of: running,
	},
	{
		name: 'limit-up',
		value: 'RATE',
		summary: 'send at most this much, e.g. 2MB/s; none: no limit',
		env: 'PULSYNC_LIMIT_UP',
		of: sessions,
	},
	{
		name: 'limit-down',
		value: 'RATE',
		summary: 'receive at most this much; none: no limit',
		env: 'PULSYNC_LIMIT_DOWN',
		of: sessions,
	},
	{
		name: 'keep-days',
		value: 'N',
		summary: 'keep the history of so many days (30)',
		env: 'PULSYNC_KEEP_DAYS',
		of: [...sessions, 'tidy'],
	},
	{
		name: 'keep-size',
		value: 'SIZE',
		summary: 'keep less of it where the store gets larger than the project and this (10GB)',
		env: 'PULSYNC_KEEP_SIZE',
		of: sessions,
	},
	{
		name: 'advertise',
		value: 'HOST[:PORT]',
		summary: 'the address that the invite names for the relay inside the host',
		env: 'PULSYNC_ADVERTISE',
		of: hosts,
	},
	{
		name: 'relay-token',
		value: 'TOKEN',
		summary: 'what a relay with --token asks of hosts',
		env: 'PULSYNC_RELAY_TOKEN',
		of: hosts,
	},
	{
		name: 'stun',
		value: 'URL',
		summary: 'use this STUN server too, stun:host[:port]; may be repeated',
		repeats: true,
		env: 'PULSYNC_STUN',
		of: [...sessions, ...relay],
	},
	{
		name: 'turn',
		value: 'URL',
		summary: 'use this TURN server too, turn:[user:password@]host[:port]; may be repeated',
		repeats: true,
		env: 'PULSYNC_TURN',
		of: [...sessions, ...relay],
	},
	{
		name: 'log-file',
		value: 'FILE',
		offers: 'file',
		summary: 'write diagnostics to this file',
		env: 'PULSYNC_LOG_FILE',
		of: [...sessions, ...relay],
	},
] as const satisfies readonly Flag[];
