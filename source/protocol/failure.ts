/**
 * An operation that did not work, as a value with a code. Adapters throw it, the runtime turns it into an event or an
 * exit code, and the one file of texts words it.
 */
import {type ErrorCode} from './codes.js';

/** transient: try again · fatal: a person must act · hostile: the other side broke the rules. */
export type Severity = 'transient' | 'fatal' | 'hostile';

/** What may go wrong, one code a kind; core/text.ts has a sentence for each, and for the codes of the relay. */
export type FailureCode =
	| ErrorCode
	// the program and its arguments
	| 'bug'
	| 'usage'
	| 'bad_invite'
	| 'aborted'
	| 'timeout'
	| 'editor_failed'
	// the folder
	| 'folder_missing'
	| 'folder_not_empty'
	| 'folder_not_writable'
	| 'already_running'
	| 'no_session'
	| 'not_running'
	| 'wrong_session'
	| 'other_session'
	| 'session_damaged'
	| 'disk_full'
	| 'disk_room'
	| 'root_missing'
	| 'root_changed'
	| 'root_emptied'
	| 'mass_deletion'
	| 'names_collide'
	| 'watch_limit'
	// git and the store
	| 'git_missing'
	| 'git_too_old'
	| 'git_failed'
	| 'store_damaged'
	| 'store_io'
	| 'head_moved'
	| 'missing_object'
	| 'unreadable'
	| 'bad_name'
	| 'hostile_data'
	| 'incomplete'
	| 'too_large'
	// conflicts and history
	| 'not_conflicted'
	| 'unknown_commit'
	| 'unknown_path'
	| 'nothing_to_restore'
	// the network
	| 'relay_unreachable'
	| 'relay_closed'
	| 'port_in_use'
	| 'bad_key'
	| 'not_authentic'
	| 'wrong_founder'
	| 'carrier_lost'
	| 'no_answer'
	| 'no_ack'
	| 'silent_peer'
	| 'want_failed'
	| 'damaged_object'
	| 'busy'
	| 'pinned'
	| 'peer_unknown'
	| 'peer_ambiguous';

export class Failure extends Error {
	override readonly name = 'Failure';
	readonly code: string;
	readonly severity: Severity;
	/** Facts for the sentence: paths, limits, versions. Never a secret. */
	readonly details: Readonly<Record<string, string | number>>;

	constructor(
		code: string,
		options: {
			severity?: Severity;
			details?: Record<string, string | number>;
			cause?: unknown;
			message?: string;
		} = {},
	) {
		super(options.message ?? code, {cause: options.cause});
		this.code = code;
		this.severity = options.severity ?? 'transient';
		this.details = options.details ?? {};
	}
}
