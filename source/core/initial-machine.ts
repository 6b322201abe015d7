/** The machine of a session that has just been started: nothing open yet. */
import {type TierPin} from '../protocol/tiers.js';
import {type Machine} from './machine.js';
import {emptyLedger} from './traffic-report.js';
import {type OwnLimits, type Self, type SessionFacts} from './state.js';

export function initialMachine(facts: {
	at: number;
	self: Self;
	session: SessionFacts;
	pin: TierPin;
	limits?: OwnLimits;
	hasNetwork?: boolean;
	/** 1 if the first connection to the relay was made before the loop. */
	relayAttempt: number;
}): Machine {
	return {
		state: {
			now: facts.at,
			self: facts.self,
			session: facts.session,
			relay: {status: 'connecting', attempt: 1, since: facts.at},
			hasNetwork: facts.hasNetwork ?? true,
			pin: facts.pin,
			limits: facts.limits ?? {up: undefined, down: undefined},
			peers: new Map(),
			project: {files: 0, bytes: 0, storeBytes: 0, activity: {kind: 'opening'}, mode: {kind: 'running'}},
			conflicts: [],
			problems: {items: [], hidden: 0},
			activity: {items: [], hidden: 0},
			throughput: {samples: []},
		},
		relay: {
			attempt: facts.relayAttempt,
			failures: 0,
			deathsInBinaryTest: 0,
			binaryTestRunning: false,
			textOnlyUntil: 0,
		},
		links: new Map(),
		sync: {
			ready: false,
			revision: 0,
			nextOperation: 1,
			notBefore: 0,
			dirty: false,
			looksAgain: false,
			paused: false,
			halted: false,
			heads: new Map(),
			hearsay: new Set(),
			contained: new Set(),
			stored: new Set(),
			storing: new Map(),
			needed: new Map(),
			lacking: new Map(),
			gone: new Set(),
			nextFetch: 1,
			lastFetch: new Map(),
			fetchRetries: new Map(),
			heldBack: new Map(),
			diverged: new Set(),
			gossiping: false,
		},
		meters: new Map(),
		traffic: emptyLedger,
		nextActivityId: 1,
		cutOffs: new Map(),
		ownTakes: new Map(),
	};
}
