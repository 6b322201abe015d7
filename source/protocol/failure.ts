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
	| 'failed'
	| 'usage'
	| 'bad_invite'
	| 'bad_time'
	| 'aborted'
	| 'timeout'
	| 'closed'
	| 'editor_failed'
	// the folder and its session
	| 'folder_missing'
	| 'folder_not_empty'
	| 'folder_not_writable'
	| 'already_running'
	| 'no_session'
	| 'not_running'
	| 'session_busy'
	| 'wrong_session'
	| 'other_session'
	| 'inside_project'
	| 'session_unreadable'
	| 'session_not_private'
	| 'state_unreadable'
	| 'bad_key'
	| 'has_head'
	| 'no_head'
	// guards
	| 'disk_full'
	| 'disk_room'
	| 'held'
	| 'root_missing'
	| 'root_replaced'
	| 'other_filesystem'
	| 'root_emptied'
	| 'mass_deletion'
	| 'too_many_files'
	// one path
	| 'blocked'
	| 'nested_repository'
	| 'not_a_file'
	| 'link_not_utf8'
	| 'name_not_utf8'
	| 'name_too_long'
	| 'reserved_name'
	| 'case_collision'
	| 'link_leaves_root'
	| 'name_not_possible'
	| 'not_readable'
	| 'not_writable'
	| 'disk_error'
	| 'too_many_open_files'
	| 'saved_while_replaced'
	| 'saved_aside'
	| 'watch_limit'
	| 'watch_failed'
	// git and the store
	| 'git_missing'
	| 'git_too_old'
	| 'git_failed'
	| 'store_damaged'
	| 'object_damaged'
	| 'hostile_data'
	| 'hostile_peer'
	| 'incomplete'
	| 'too_large'
	| 'missing_base'
	| 'unknown_commit'
	| 'store_io'
	| 'store_large'
	| 'head_moved'
	| 'missing_object'
	| 'unreadable'
	| 'bad_name'
	| 'damaged_object'
	| 'want_failed'
	| 'silent_peer'
	| 'busy'
	// conflicts and history
	| 'not_conflicted'
	| 'no_such_side'
	| 'not_in_history'
	| 'unknown_path'
	| 'diff_too_long'
	// the network
	| 'no_relay'
	| 'begun_without_relay'
	| 'port_changed'
	| 'relay_unreachable'
	| 'relay_closed'
	| 'port_in_use'
	| 'not_authentic'
	| 'wrong_founder'
	| 'carrier_lost'
	| 'closed_by_peer'
	| 'bad_frame'
	| 'ice_failed'
	| 'ice_unavailable'
	| 'no_answer'
	| 'no_ack'
	| 'no_path'
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
