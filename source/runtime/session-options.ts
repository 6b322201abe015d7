/** What a session is started with: the answers of flags, environment and settings. */
import {type TurnServer} from '../protocol/ice-server.js';
import {type Invite} from '../protocol/invite.js';
import {type TierPin} from '../protocol/tiers.js';
import {type KeptHistory} from './tidying.js';

export type SessionMode =
	| {readonly kind: 'host'}
	| {readonly kind: 'join'; readonly invite: Invite; readonly merge: boolean}
	/** Go on with the session that this folder belongs to. */
	| {readonly kind: 'resume'};

export type SessionOptions = {
	readonly root: string;
	/** What the others see this peer as, where nothing below says otherwise. */
	readonly name: string;
	/** For this run, also where the folder's session has a name of its own. */
	readonly nameNow?: string;
	/** For this run and kept with the folder's session; null: it is to have none any more. */
	readonly ownName?: string | null;
	readonly pin: TierPin;
	/** Relays to use; none: the host embeds one, a joiner takes those of the invite. */
	readonly relayUrls?: readonly string[];
	/** Relays for a session that is founded now, where none are named for all: of the settings, which know no session. */
	readonly hostRelayUrls?: readonly string[];
	readonly mode: SessionMode;
	readonly embeddedRelay?: {readonly port?: number; readonly host?: string; readonly advertise?: string};
	/** Admits to founding on a relay that asks for it. */
	readonly relayToken?: string;
	/** Servers of the user's own, `stun:host:port`, beside those that the relay names. */
	readonly stun?: readonly string[];
	readonly turn?: readonly TurnServer[];
	/** How much of the past is kept; without it, the default. */
	readonly kept?: KeptHistory;
	/** Bytes a second. */
	readonly limitUp?: number;
	readonly limitDown?: number;
	/** Lines for the log file; never to a terminal, never with a secret. */
	readonly log: (line: Readonly<Record<string, unknown>>) => void;
};
