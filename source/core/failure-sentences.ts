/**
 * Every sentence about a failure that a person reads: what happened, then what to do. One line each, no stack traces.
 * A code without a sentence does not compile.
 */
import {type FailureCode} from '../protocol/failure.js';
import {printable} from './printable.js';

/** Facts for the sentence, as a Failure carries them. */
export type FailureDetails = Readonly<Record<string, string | number>>;

type Sentence = (details: FailureDetails) => string;

export const sentences: Record<FailureCode, Sentence> = {
	bug: ({log}) =>
		`pulsync-tui has a fault of its own and stopped${log === undefined ? '' : `; what happened is in ${log}`}. Start it again, and please report this.`,
	usage: ({message, command}) =>
		`${message ?? 'The command cannot be understood.'} See pulsync-tui ${command === undefined ? '--help' : `help ${command}`}.`,
	bad_invite: ({reason, version}) =>
		version === 'newer'
			? 'This invite was made by a newer pulsync-tui, or a part of it is missing; update, or copy the whole of it again.'
			: `This is not a valid invite${inBrackets(reason)}; copy the whole of it again.`,
	aborted: () => 'Interrupted; start it again to go on.',
	timeout: ({seconds}) =>
		`It was not done${seconds === undefined ? ' in time' : ` within ${seconds} seconds`}; see pulsync-tui status, and try again.`,

	editor_failed: ({editor, kept, code, signal, setting}) =>
		`${quoted(editor, 'The editor')} ${endOf(code, signal)}, so nothing was changed; ${kept === undefined ? `set ${setting ?? 'EDITOR'} to another one` : `what you wrote is in ${kept}`}.`,

	folder_missing: ({path, above}) =>
		above === undefined
			? `${quoted(path, 'The folder')} does not exist or is no folder; give another one.`
			: `${quoted(path, 'The folder')} cannot be made; check that ${above} exists and can be written.`,
	folder_not_empty: ({path}) =>
		`${quoted(path, 'The folder')} has files already; join into an empty folder, or add --merge to bring both together.`,
	folder_not_writable: ({path}) =>
		`${quoted(path, 'The folder')} cannot be written; change its permissions or take another one.`,
	already_running: ({pid}) =>
		`pulsync-tui runs in this folder already${pid === undefined ? '' : ` (process ${pid})`}; use that one, or stop it first.`,
	no_session: ({path}) =>
		`${quoted(path, 'This folder')} has no session yet; host one with pulsync-tui host, or join one with pulsync-tui join.`,
	not_running: ({path, place}) =>
		place === 'outside'
			? `${quoted(path, 'This folder')} is in no project; run this in a project's folder, or begin with pulsync-tui host.`
			: `No session runs in ${quoted(path, 'this folder')}; start pulsync-tui there first.`,
	session_busy: ({path}) =>
		`The session in ${quoted(path, 'this folder')} takes no more commands now, as too many wait in it; try again in a moment.`,
	wrong_session: ({root}) =>
		`The session that answered is that of ${quoted(root, 'another folder')}; stop it and try again.`,
	other_session: () =>
		'This folder belongs to another session; run pulsync-tui leave here first, or join in another folder.',
	inside_project: ({path, root}) =>
		`${quoted(path, 'This folder')} lies inside of the project ${quoted(root, 'above it')}, which has a session already; run pulsync-tui there, or take a folder outside of it.`,
	disk_full({path, neededBytes, freeBytes}) {
		const what =
			neededBytes === undefined
				? `The disk${path === undefined ? '' : ` of ${path}`} is full`
				: `The disk has too little room (${megabytes(neededBytes)} are needed, ${megabytes(freeBytes)} free)`;
		return `${what}; free some space, then run pulsync-tui resume, or start again.`;
	},
	disk_room: ({needed, free}) =>
		`The disk has too little room${inBrackets(needed === undefined ? '' : `${megabytes(needed)} are needed, ${megabytes(free)} free`)}; free some space, then try again.`,
	root_missing: ({root}) =>
		`${quoted(root, 'The project folder')} is gone, so nothing is synced; bring it back (is a drive not mounted?), then run pulsync-tui resume, or start again.`,
	root_emptied: () =>
		'The project folder was emptied, so nothing is synced; run pulsync-tui restore . --at now to bring all back, or pulsync-tui resume --accept-deletions to delete it everywhere.',
	mass_deletion: ({gone}) =>
		`${gone ?? 'Many'} files vanished at once, so nothing is synced; run pulsync-tui restore . --at now to bring them back, or pulsync-tui resume --accept-deletions to delete them everywhere.`,
	port_changed: ({former, port}) =>
		`Port ${former} of this session is used by another program, so it has port ${port} now and invites from before do not work; send the invite anew, or end that program and start again.`,
	watch_limit: () =>
		'The system watches no more files, so changes are found by rescans; raise fs.inotify.max_user_watches for faster syncing.',

	git_missing: () => 'git was not found; install git 2.38 or newer, then start again.',
	git_too_old: ({version}) =>
		`git${version === undefined ? '' : ` ${version}`} is too old; install git 2.38 or newer, then start again.`,
	git_failed: ({message}) =>
		`git failed${inBrackets(message)}; try again, and run with --log-file FILE to see more.`,
	store_damaged: () => `The store in .pulsync is damaged, your files are not; ${beginAnew('.pulsync')}.`,
	store_io: ({reason}) =>
		`The disk refused to keep the snapshots in .pulsync${inBrackets(reason)}; check the disk, then start again.`,
	store_large: ({bytes}) =>
		`The history of the last day alone${bytes === undefined ? '' : ` (${megabytes(bytes)})`} is more than --keep-size allows; raise that, or run pulsync-tui tidy --keep-days 0.`,
	head_moved: () => 'The newest snapshot changed while another one was made; it is done again by itself.',
	missing_object: ({oid}) =>
		`${quoted(oid, 'A content')} is not in this store; it is asked again while a peer that has it is online.`,
	unreadable: ({path, reason}) =>
		`${quoted(path, 'A file')} cannot be read${inBrackets(reason)}; change its permissions, the rest is synced meanwhile.`,
	bad_name: ({path, reason}) => `${quoted(path, 'A name')} cannot be synced${inBrackets(reason)}; rename it.`,
	hostile_data: ({reason}) =>
		`A peer sent data that must not be written here${inBrackets(reason)}; it was refused. Update that peer, or leave its session.`,
	incomplete: () => 'A peer sent an incomplete snapshot; it is asked again.',
	too_many_files: ({files, most}) =>
		`The project has ${files ?? 'many'} files, and ${most ?? 'fewer'} can be synced; let a .gitignore leave some out, then run pulsync-tui resume, or start again.`,
	too_large: ({path, leftOut}) => {
		if (leftOut !== undefined)
			return 'It is larger than what can be synced, so it is left out; make it smaller, or let a .gitignore name it.';
		return `${quoted(path, 'It')} is larger than what can be handled here; name a part of it, or look at it in the folder itself.`;
	},
	not_conflicted: ({path}) => `${quoted(path, 'The path')} has no conflict; see pulsync-tui conflicts.`,
	unknown_path: ({path}) =>
		`${quoted(path, 'The path')} is not part of the project or its history; check its name.`,

	relay_unreachable: ({url, reason, place}) =>
		place === 'invite'
			? `Nobody answers at ${hostOf(url)}, which the invite names${inBrackets(reason)}; check that the host or its relay runs, and that you are in its network or its port is open to you.`
			: `The relay${url === undefined ? '' : ` ${url}`} cannot be reached${inBrackets(reason)}; check the address and that it runs.`,
	relay_closed: ({reason}) => `The relay closed the connection${inBrackets(reason)}; try again in a moment.`,
	port_in_use: ({port}) =>
		`Port ${port ?? ''} cannot be listened on; take another one with --port, or 0 for any free one.`,
	bad_key: () => `The key of this folder in .pulsync cannot be read; ${beginAnew('.pulsync')}.`,
	not_authentic: () =>
		'A peer could not prove who it is, so it was not let in; make a new invite and join again.',
	wrong_founder: () =>
		'The relay named a session that this invite was not made for; ask for a new invite and check the address.',
	carrier_lost: ({reason}) =>
		`The connection to the peer was lost${inBrackets(reason)}; it is opened again by itself.`,
	closed_by_peer: () => 'The peer closed the connection; it is opened again by itself.',
	bad_frame: () => 'A peer sent what cannot be read; update pulsync-tui on both sides.',
	ice_failed: ({reason}) =>
		`No path to the peer was found through ICE${inBrackets(reason)}; it is tried again by itself.`,
	ice_unavailable: ({reason}) =>
		`ICE does not work on this machine${inBrackets(reason)}; the other ways to a peer are used.`,
	no_answer: () => 'The peer did not answer in time; it is tried again by itself.',
	no_ack: () => 'The peer stopped confirming what it got; it is tried again by itself.',
	silent_peer: () => 'The peer fell silent in the middle of a transfer; another one is asked, or it again.',
	want_failed: ({peer, code}) =>
		`${quoted(peer, 'A peer')} could not send what it has${inBrackets(code)}; another one is asked, or it again.`,
	damaged_object: () => 'A file arrived damaged; it is fetched anew by itself.',
	busy: () => 'It is busy with another transfer; it is tried again by itself.',
	pinned: ({mine, theirs}) =>
		`The two peers allow no tier in common${mine === undefined ? '' : ` (here ${mine}, there ${theirs})`}; run pulsync-tui tier auto on one of them.`,
	peer_unknown: ({peer}) => `No peer is called ${quoted(peer, 'so')}; see pulsync-tui status.`,
	peer_ambiguous: ({peer, choices}) =>
		`More than one peer is called ${quoted(peer, 'so')}; say which: ${choices ?? 'add the start of its peer_id'}.`,

	bad_message: () => 'The relay did not understand a message; update pulsync-tui or the relay.',
	unknown_type: () => 'The relay does not know a type of message; update the relay.',
	unsupported_version: ({ours, theirs}) =>
		`The two sides speak different versions${ours === undefined ? '' : ` (here ${ours}, there ${theirs})`}; update the older one.`,
	not_admitted: () =>
		'The relay does not know this session, or the invite does not fit it; check that the host runs, and ask for a new invite.',
	peer_id_mismatch: () => 'The relay took this peer for another one; start again.',
	unknown_peer: () => 'That peer is not connected now; try again when it is.',
	session_full: () => 'The session has as many peers as its relay allows; wait until one leaves.',
	rate_limited: () => 'The relay got too much in a short time; wait a minute and try again.',
	frame_too_large: () => 'The relay refused a frame as too large; update pulsync-tui or the relay.',
	no_tunnel: () => 'The relay has closed this connection to the peer; it is opened again by itself.',
	sequence_gap: () =>
		'A frame was lost on the way through the relay; the connection is opened again by itself.',
	credit_exceeded: () => 'More was sent than was granted; the connection is opened again by itself.',
	text_only: () => 'Binary frames do not pass on the way to the relay; the json tier is used.',
	replaced: () =>
		'The same folder has connected from elsewhere, so this one stopped; run it in one place only.',
	relay_full: () => 'The relay has no room for another session; try later or use another relay.',
	shutting_down: () => 'The relay is shutting down; it is tried again by itself.',
	not_member: () => 'This peer is not a member of the session; ask for a new invite.',
	old_epoch: () => 'The session has a new key; ask for a new invite.',
	kicked: () => 'This peer was removed from the session; ask its host for a new invite.',
	failed: ({message}) =>
		`It failed${inBrackets(message)}; try again, and run with --log-file FILE to see more.`,
	bad_time: ({at}) =>
		`${quoted(at, 'That')} is no time and no snapshot; give one such as 2026-01-31T12:00, or see pulsync-tui history.`,
	closed: () => 'It was closed meanwhile; it is opened again by itself.',
	session_unreadable: ({path}) =>
		`What ${quoted(path, 'this folder')} knows of its session cannot be read; ${beginAnew('its .pulsync')}.`,
	session_not_private: ({path}) =>
		`${quoted(path, 'The session file')} can be read or changed by others; run chmod 600 on it, and chmod 700 on .pulsync.`,
	state_unreadable: ({path, reason}) =>
		`${quoted(path, 'The state in .pulsync')} cannot be read or written; ${reason === 'EROFS' ? 'its disk is mounted read-only: mount it so that it can be written, or take another folder' : 'check its owner and permissions'}.`,
	has_head: () => 'This folder has a history already; start pulsync-tui in it without joining anew.',
	no_head: () => 'There is no snapshot yet; wait until the first one is there, and try again.',
	root_replaced: ({root}) =>
		`${quoted(root, 'The project folder')} is not the one that was synced (moved, copied or restored); nothing is synced. Bring the old one back and run pulsync-tui resume; or ${beginAnew('its .pulsync')}.`,
	other_filesystem: ({root}) =>
		root === undefined
			? 'It lies on another file system than the project, so it is not synced; host it by itself.'
			: `${quoted(root, 'It')} lies on another file system than before; nothing is synced there. Mount the right one, then run pulsync-tui resume, or start again.`,
	held: ({operation}) =>
		`It waits while ${operation === 'paused' ? 'the session is paused; run pulsync-tui resume' : `git is in the middle of something (${operation ?? 'an operation'}); finish that, and try again`}.`,
	watch_failed: () => 'The folder cannot be watched, so changes are found by rescans, a few seconds later.',
	nested_repository: () => 'It is a repository of its own, which is not entered; host that one by itself.',
	not_a_file: () => 'It is neither file, folder nor link, so it is not synced.',
	link_not_utf8: () => 'The link points to a name that is not UTF-8, so it is not synced; make a new link.',
	name_not_utf8: () => 'Its name is not UTF-8, so it is not synced; rename it.',
	name_too_long: () => 'Its name or path is too long to be synced; rename it.',
	reserved_name: () => 'Its name is reserved for git or pulsync, so it is not synced; rename it.',
	blocked: () => 'Something else stands in its place here; move that away, and it is written.',
	case_collision: () =>
		'Its name differs from another one only in upper and lower case, which this disk cannot hold; rename one of them.',
	link_leaves_root: () =>
		'The link points out of the project, or may by way of another link, so it is not synced; let it point inside, with no ".." behind a name.',
	name_not_possible: () => 'Its name is too long or not possible on this disk; rename it on another peer.',
	not_readable: () => 'It cannot be read; check its owner and permissions.',
	not_writable: () => 'It cannot be written; check owner and permissions, and whether a program holds it.',
	disk_error: () => 'The disk reported an error; check the disk.',
	too_many_open_files: () => 'Too many files are open at once; raise the limit (ulimit -n).',
	saved_while_replaced: () =>
		'It was saved here in the very moment a change arrived; both versions are kept as a conflict.',
	saved_aside: ({found}) =>
		`What was saved here in the very moment a change arrived could not be made a conflict yet; it lies in ${quoted(found, '.pulsync/tmp')}, so copy it from there if you need it now.`,
	object_damaged: () =>
		'A stored object is damaged; it is asked from another peer. If this comes again, check the disk.',
	hostile_peer: ({peer, reason}) =>
		`${quoted(peer, 'A peer')} broke the rules and was cut off for a while${inBrackets(reason)}; update it, or ask who it is.`,
	unknown_commit: () => 'The peer does not have that snapshot (any more); another one is asked.',
	missing_base: () => 'An older snapshot is needed to merge; it is fetched first.',
	no_such_side: ({path, take}) =>
		`${quoted(path, 'The path')} has no side ${quoted(take, 'of that kind')}; see pulsync-tui conflicts.`,
	not_in_history: ({at, asked}) =>
		`No snapshot fits ${quoted(at, 'that')}${asked === undefined ? '' : ' here or with anybody online'}; see pulsync-tui history --older.`,
	diff_too_long: ({path}) => `The diff of ${quoted(path, 'all')} is too long to show; name a path.`,
	no_relay: ({reason}) =>
		`No relay can be reached${inBrackets(reason)}; check the network and that the host runs.`,
	begun_without_relay: ({url}) =>
		`The relay${url === undefined ? '' : ` ${printable(url)}`} does not answer; people in this network can join, others when it can be reached: it is tried on.`,
	no_path: () => 'There is no connection to that peer now; it is opened again by itself.',
};

/** A member has others to join; whoever hosted has nobody to join, and their history lies in what is moved away. */
function beginAnew(folder: string): string {
	return `move ${folder} away, then join a member's session with --merge, or host this folder anew (what you moved away has its history)`;
}

function hostOf(url: string | number | undefined): string {
	return URL.canParse(String(url)) ? new URL(String(url)).host : quoted(url, 'the address');
}

/** How a program ended that a shell was to run. */
function endOf(code: string | number | undefined, signal: string | number | undefined): string {
	if (code === 127) return 'was not found';
	if (code === 126) return 'cannot be run';
	if (signal !== undefined) return `was ended by ${signal}`;
	return `ended with an error${inBrackets(code === undefined ? '' : `exit code ${code}`)}`;
}

function inBrackets(value: string | number | undefined): string {
	return value === undefined || value === '' ? '' : ` (${printable(value)})`;
}

function megabytes(bytes: string | number | undefined): string {
	return `${Math.ceil(Number(bytes) / 1_000_000)} MB`;
}

function quoted(value: string | number | undefined, otherwise: string): string {
	return value === undefined || value === '' ? otherwise : printable(value);
}
