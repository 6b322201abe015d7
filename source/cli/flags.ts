/** Every flag, once: parsing, the environment, `--help`, completions, the man page and docs/cli.md are drawn from this table. */
import {type CommandName, type Offer, tierWords} from './commands.js';

export type Flag = {
	readonly name: string;
	/** What the value stands for; without it the flag is on or off. */
	readonly value?: string;
	/** What a shell offers for the value. */
	readonly offers?: Offer;
	readonly short?: string;
	readonly summary: string;
	/** It may be given several times; FlagValues and its variable hold all of them, with blanks between. */
	readonly repeats?: true;
	/** The variable that stands in for it. */
	readonly env?: string;
	/** The commands that take it. */
	readonly of: readonly CommandName[];
};

/** The commands that run a session. */
const sessions: readonly CommandName[] = ['open', 'host', 'join'];
const hosts: readonly CommandName[] = ['open', 'host'];
/** The commands that ask or tell a running session. */
const queries: readonly CommandName[] = [
	'invite',
	'status',
	'conflicts',
	'resolve',
	'show',
	'tier',
	'limit',
	'history',
	'diff',
	'restore',
	'tidy',
	'sync',
	'pause',
	'resume',
	'leave',
];
const relay: readonly CommandName[] = ['relay'];
const running: readonly CommandName[] = [...sessions, ...queries, ...relay];
const all: readonly CommandName[] = [...running, 'help', 'completion'];

export const flags = [
	{
		name: 'relay-url',
		value: 'URL',
		summary: 'use this relay (ws:// or wss://) instead of one inside the host',
		env: 'PULSYNC_RELAY_URL',
		of: sessions,
	},
	{name: 'name', value: 'NAME', summary: 'what the others see you as', env: 'PULSYNC_NAME', of: sessions},
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
		summary: 'one JSON object a line on stdout (implies --headless)',
		of: running,
	},
	{
		name: 'limit-up',
		value: 'RATE',
		summary: 'send at most this much, e.g. 2MB/s',
		env: 'PULSYNC_LIMIT_UP',
		of: sessions,
	},
	{
		name: 'limit-down',
		value: 'RATE',
		summary: 'receive at most this much',
		env: 'PULSYNC_LIMIT_DOWN',
		of: sessions,
	},
	{name: 'up', value: 'RATE', summary: 'send at most this much, or none: no limit', of: ['limit']},
	{name: 'down', value: 'RATE', summary: 'receive at most this much, or none: no limit', of: ['limit']},
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
	{
		name: 'take',
		value: 'SIDE',
		offers: ['mine', 'theirs', 'base', 'both', 'merged'],
		summary: 'mine, theirs, base, both or merged: what settles the conflict',
		of: ['resolve'],
	},
	{
		name: 'file',
		value: 'FILE',
		offers: 'file',
		summary: 'what settles it with --take merged; - reads it from stdin',
		of: ['resolve'],
	},
	{
		name: 'side',
		value: 'SIDE',
		offers: ['mine', 'theirs', 'base'],
		summary: 'mine, theirs, base, or the start of an oid that conflicts --json names',
		of: ['show'],
	},
	{name: 'all', summary: 'all conflicts, or all below the one folder that is named', of: ['resolve']},
	{
		name: 'peer',
		value: 'NAME',
		summary: 'for this peer alone; name·start-of-id where two share a name',
		of: ['tier', 'resolve', 'show'],
	},
	{
		name: 'at',
		value: 'TIME|COMMIT',
		summary: 'a time (2026-01-31T12:00, now) or a snapshot',
		of: ['restore', 'show'],
	},
	{name: 'older', summary: 'also what was cut off here and peers who are online still keep', of: ['history']},
	{name: 'from', value: 'TIME|COMMIT', summary: 'what changed since then', of: ['diff']},
	{name: 'to', value: 'TIME|COMMIT', summary: 'and until then (now)', of: ['diff']},
	{name: 'wait', summary: 'return when all online peers have the same head', of: ['sync']},
	{
		name: 'timeout',
		value: 'SECONDS',
		summary: 'give up waiting after this long (600)',
		of: ['sync'],
	},
	{name: 'accept-deletions', summary: 'after a guard halted: the deletions are meant', of: ['resume']},
	{name: 'relay', summary: 'run a relay server', of: relay},
	{
		name: 'host',
		value: 'ADDRESS',
		summary: 'listen on this address (all interfaces)',
		env: 'PULSYNC_HOST',
		of: [...relay, ...hosts],
	},
	{
		name: 'port',
		value: 'PORT',
		summary: 'listen on this port, 0 for any free one (relay: 8787)',
		env: 'PULSYNC_PORT',
		of: [...relay, ...hosts],
	},
	{
		name: 'tls-cert',
		value: 'FILE',
		offers: 'file',
		summary: 'speak TLS with this certificate',
		env: 'PULSYNC_TLS_CERT',
		of: relay,
	},
	{
		name: 'tls-key',
		value: 'FILE',
		offers: 'file',
		summary: 'and its key',
		env: 'PULSYNC_TLS_KEY',
		of: relay,
	},
	{name: 'token', value: 'TOKEN', summary: 'who has it may host', env: 'PULSYNC_TOKEN', of: relay},
	{
		name: 'max-sessions',
		value: 'COUNT',
		summary: 'sessions at one time',
		env: 'PULSYNC_MAX_SESSIONS',
		of: relay,
	},
	{
		name: 'max-peers',
		value: 'COUNT',
		summary: 'peers in one session',
		env: 'PULSYNC_MAX_PEERS',
		of: relay,
	},
	{
		name: 'max-bytes-per-second',
		value: 'RATE',
		summary: 'per session and in all',
		env: 'PULSYNC_MAX_BYTES_PER_SECOND',
		of: relay,
	},
	{
		name: 'max-total-bytes-per-second',
		value: 'RATE',
		summary: 'in all, where that is to be another rate than per session',
		env: 'PULSYNC_MAX_TOTAL_BYTES_PER_SECOND',
		of: relay,
	},
	{
		name: 'reflect-port',
		value: 'PORT',
		summary: 'the second port (TCP and UDP) that tells peers their addresses (port + 1)',
		env: 'PULSYNC_REFLECT_PORT',
		of: relay,
	},
	{
		name: 'turn-secret',
		value: 'SECRET',
		summary: "the TURN servers' static-auth-secret; better given by its variable",
		env: 'PULSYNC_TURN_SECRET',
		of: relay,
	},
	{
		name: 'cluster',
		value: 'URL',
		summary: 'be one with the other relays on this NATS, nats://[user:password@]host[:port]',
		env: 'PULSYNC_CLUSTER',
		of: relay,
	},
	{
		name: 'cluster-creds',
		value: 'FILE',
		summary: 'the credentials file for it',
		env: 'PULSYNC_CLUSTER_CREDS',
		of: relay,
	},
	{
		name: 'limits',
		value: 'FILE',
		summary: 'more limits (JSON, see docs/relay.md), read again on SIGHUP',
		env: 'PULSYNC_LIMITS',
		of: relay,
	},
	{
		name: 'allow-origin',
		value: 'ORIGIN',
		summary: 'let web pages of this origin connect (none); may be repeated',
		repeats: true,
		env: 'PULSYNC_ALLOW_ORIGIN',
		of: relay,
	},
	{
		name: 'monitor',
		value: 'HOST:PORT',
		summary: 'show /metrics and /status there too; without it to this machine alone',
		env: 'PULSYNC_MONITOR',
		of: relay,
	},
	{
		name: 'trust-proxy',
		summary: 'believe the X-Forwarded-For of a proxy in front',
		env: 'PULSYNC_TRUST_PROXY',
		of: relay,
	},
	{name: 'help', short: 'h', summary: 'show this help', of: all},
	{name: 'version', short: 'v', summary: 'show the version', of: all},
] as const satisfies readonly Flag[];

export type FlagName = (typeof flags)[number]['name'];

/** The flags that were given: text where the flag has a value, true where it has none. */
export type FlagValues = Readonly<Partial<Record<FlagName, string | true>>>;

export function findFlag(name: string): (Flag & {readonly name: FlagName}) | undefined {
	return flags.find((flag: Flag) => flag.name === name || flag.short === name);
}
