import {type RelayConnection} from '../transport/relay-socket.js';
import {type EmbeddedRelay} from './embedded-relay.js';
import {type EventGate} from './event-gate.js';
import {type RelayDesk} from './relay-desk.js';
import {type SessionFolder} from './session-folder.js';
import {type SessionOptions} from './session-options.js';
import {type SessionPlan} from './session-plan.js';

/** What a start has checked, opened and been admitted with: all that a session is put together from. */
export type SessionParts = {
	readonly options: SessionOptions;
	readonly plan: SessionPlan;
	readonly instance: string;
	readonly folder: SessionFolder;
	readonly relay: RelayDesk;
	readonly embedded?: EmbeddedRelay;
	/** The connection with which a new member was admitted. */
	readonly first?: RelayConnection;
	readonly gate: EventGate;
};
