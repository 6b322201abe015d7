/**
 * Every word and sentence of the screen that is the same whatever the state is; the others are in sentences.ts. What a
 * failure's code means is worded in core/text.ts.
 */
import {type Take} from '../core/command.js';
import {type Conflict} from '../core/state.js';
import {type TierPin} from '../protocol/tiers.js';
import {type SettingName} from './settings-rows.js';
import {formatAge, formatBytes, formatClock, formatCount, formatRate} from './format.js';

export const text = {
	program: 'pulsync',
	you: 'you',
	host: 'host',
	session: 'session',
	relay: 'relay',
	peers: 'Peers',
	throughput: 'Throughput',
	conflicts: 'Conflicts',
	problems: 'Problems',
	activity: 'Activity',
	log: 'Log',
	help: 'Keys',
	invite: 'Invite',
	noPeers: 'Nobody else is here yet. Press i for the invite.',
	noConflicts: 'No conflicts.',
	noActivity: 'Nothing has happened yet.',
	noTraffic: 'Nothing has travelled yet.',
	graph: {short: '60 s', long: '10 min'},
	offline: 'offline',
	notHere: 'not here',
	connecting: 'connecting',
	reconnecting: 'trying',
	tooSmall: 'This window is too small to show more.',
	editing: (paths: string) => `editing ${paths}`,
	more: (count: number) => `${formatCount(count)} more`,
	shownOf: (shown: number, all: number) => `${formatCount(shown)} of ${formatCount(all)}`,
	filter: '/',
	noMatch: 'Nothing matches the filter; esc ends it.',
	noMeaning: (key: string) => `${key} does nothing here; ? shows all keys.`,
	earlier: (count: number) => `${formatCount(count)} earlier ones are only in the log file`,
	conflictsTitle: (conflicts: number, problems: number) =>
		[`Conflicts ${conflicts}`, ...(problems > 0 ? [`Problems ${problems}`] : [])].join(' · '),
	missedIn: (tier: string, ms: number) => `${tier} again ${ms > 0 ? `in ${formatClock(ms)}` : 'now'}`,
	retryNow: '(r: now)',
	retryIn: (ms: number) => (ms > 0 ? `again in ${formatClock(ms)}` : 'again now'),
	retryingIn: (ms: number) => (ms > 0 ? `retrying in ${Math.ceil(ms / 1000)} s` : 'retrying now'),
	folderSize: (files: number, bytes: number) =>
		`${formatCount(files)} ${files === 1 ? 'file' : 'files'}, ${formatBytes(bytes)}`,
	work: {scanning: 'reading', snapshotting: 'saving', merging: 'merging', applying: 'writing'},
	counted: (done: number, total: number | undefined) =>
		total === undefined ? formatCount(done) : `${formatCount(done)} of ${formatCount(total)}`,
	left: (ms: number) => `${formatClock(ms)} left`,
	progress: (done: number, total: number | undefined) =>
		total === undefined ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`,
	objects: (done: number, total: number | undefined) =>
		`${total === undefined ? formatCount(done) : `${formatCount(done)} of ${formatCount(total)}`} objects`,
	resumed: (bytes: number) => `${formatBytes(bytes)} were here before`,
	resent: (bytes: number) => `${formatBytes(bytes)} came in vain`,
	goodput: (bytesPerSecond: number) => `${formatRate(bytesPerSecond)} on average`,
	settings: {
		title: 'Settings',
		none: 'Settings cannot be changed from here.',
		labels: {
			name: 'your name',
			relayUrl: 'relay',
			limitUp: 'send at most',
			limitDown: 'receive at most',
			background: 'background',
			signs: 'signs',
		},
		empty: {
			name: 'as your system calls you',
			relayUrl: 'your own, in this program',
			limitUp: 'no limit',
			limitDown: 'no limit',
			background: 'as the terminal says',
			signs: 'all',
		},
		help: {
			name: 'What the others see you as, from the next start on.',
			relayUrl:
				'Where members meet: ws:// or wss://, for sessions that you host from the next start on. Empty: a relay inside this program.',
			limitUp: 'A rate such as 2MB/s or 500kB/s, for all peers together, at once. Empty: no limit.',
			limitDown: 'A rate such as 2MB/s or 500kB/s, for all peers together, at once. Empty: no limit.',
			background: 'dark or light: with the wrong one some words are hard to read.',
			signs:
				'ascii: for fonts without lines and dots. spoken: without frames and graphs, for screen readers.',
		},
		wrong: {
			name: 'A name is one line of at most 64 characters.',
			relayUrl: 'A relay begins with ws:// or wss://.',
			limit: 'A limit is a rate such as 2MB/s or 500kB/s.',
			unwritable: 'The settings file cannot be written, so nothing was changed.',
		},
		kept: (setting: SettingName) =>
			setting === 'name' || setting === 'relayUrl' ? 'Kept; used from the next start on.' : 'Kept.',
	},
	morePaths: (count: number) => `and ${formatCount(count)} more`,
	history: {
		title: 'History',
		kept: (bytes: number) => `${formatBytes(bytes)} on this disk`,
		today: 'today',
		changed: 'What it changed',
		none: 'Nothing has been saved yet.',
		unreadable: 'It cannot be read: what is that old may have been cut off.',
		deleted: 'It was deleted here.',
		same: 'The text is the same; only its mode or its name changed.',
		ask: (when: string, name: string) => `Bring back what was there at ${when}, saved by ${name || '?'}?`,
		undoable: 'It becomes a change like any other, for everybody; the newest version stays in this history.',
		file: (path: string) => `only ${path}`,
		folder: 'the whole folder',
		restored: (count: number, time: string) =>
			count === 0
				? 'Nothing to restore: it is as it was then.'
				: `Restored ${count === 1 ? 'it' : `${formatCount(count)} paths`} as of ${time}; restore a newer version to undo.`,
	},
	ago: (ms: number) => (ms < 1000 ? 'now' : `${formatAge(ms)} ago`),
	peer: {
		link: 'Link',
		attempts: 'Attempts',
		bytes: 'Bytes',
		gone: 'This peer is no longer in the session.',
		noAttempts: 'No attempt so far.',
		pinned: (pin: TierPin) => `only ${pinWords(pin)}`,
		pinAll: (pin: TierPin) => (pin === 'auto' ? 'auto' : `only ${pinWords(pin)}; as for all`),
		allows: (name: string, tiers: readonly string[]) => `  ${name} allows ${tiers.join(', ')} only`,
		since: (ms: number) => (ms < 1000 ? 'just now' : `for ${formatAge(ms)}`),
		/** A better tier that is not in use; its reason follows. */
		missed: (tier: string) => `no ${tier}`,
		upgrading: (tier: string) => `opening ${tier} beside it`,
		traffic: (window: string) => `Throughput · ${window}`,
		roundTrip: 'Round trip · 10 min',
		noRoundTrip: 'Not measured yet.',
		range: (least: string, most: string) => `${least} to ${most}`,
		columns: {time: 'when', tier: 'tier', route: 'route', outcome: 'outcome', took: 'took', why: 'why'},
		running: 'trying',
		ok: 'ok',
		failed: 'failed',
		unneeded: 'unneeded',
		/** Said by the word already. */
		unneededPrefix: /^not needed: /,
		nextRetry: 'next try',
		labels: {
			status: 'link',
			pin: 'tier',
			id: 'peer id',
			head: 'head',
			editing: 'editing',
			roundTrip: 'round trip',
			traffic: 'traffic',
			in: 'received',
			out: 'sent',
		},
	},
	inviteScreen: {
		hint: 'Whoever has this line can join and read everything. Send it to people you trust.',
		join: 'They run:',
		copied: 'Copied to the clipboard, if your terminal allows programs to (OSC 52). If not, select the line.',
		none: 'This session has no invite yet: the relay has to be reached first.',
		qrTooSmall: 'The window is too small for the QR code.',
	},
	conflictScreen: {
		kinds: {
			content: 'changed on both sides',
			binary: 'no text, changed on both sides',
			delete: 'deleted on one side, changed on the other',
			'file-folder': 'a file on one side, a folder on the other',
			mode: 'mode changed differently',
		} satisfies Record<Conflict['kind'], string>,
		base: 'base',
		mine: 'mine',
		theirs: 'theirs',
		noBase: 'there was none before',
		absent: 'deleted',
		binary: (bytes: number) => `binary, ${formatBytes(bytes)}`,
		loading: 'reading …',
		unreadable: 'cannot be read',
		same: 'The text is the same; only the mode differs.',
		equalLines: (count: number) => `${formatCount(count)} equal ${count === 1 ? 'line' : 'lines'}`,
		theirsOf: (name: string) => `theirs: ${name}`,
		moreLines: (count: number) => `${formatCount(count)} more lines of it; e opens all in your editor`,
		difference: (number: number, count: number) => `difference ${number} of ${count}`,
		open: 'choose: m t b o',
		choices: {mine: 'mine', theirs: 'theirs', base: 'base', both: 'both, mine first'},
		changedBy: (kind: 'equal' | 'mine' | 'theirs' | 'same' | 'conflict', name: string) =>
			({
				equal: '',
				mine: 'only you changed it',
				theirs: `only ${name} changed it`,
				same: 'both changed it alike',
				conflict: 'both changed it',
			})[kind],
		side: (number: number, count: number) => `${number} of ${count}`,
		settled: 'It is settled.',
		selected: (count: number) => `${count} selected`,
		none: 'No conflicts. Everything that both sides changed was put together.',
		since: (ms: number) => formatAge(ms),
		askScope: 'Settle which conflicts the same way?',
		scopes: {
			all: (count: number, _: string) => `all ${formatCount(count)}`,
			shown: (count: number, _: string) => `the ${formatCount(count)} shown`,
			folder: (count: number, folder: string) => `${formatCount(count)} in ${folder}`,
			peer: (count: number, name: string) => `${formatCount(count)} with ${name}`,
		},
		askTake: (count: number) =>
			count === 1 ? 'Settle it how?' : `Settle ${formatCount(count)} conflicts how?`,
		nothingToUndo: 'Nothing to undo: nothing was settled since this screen was opened.',
		reopened: (count: number) =>
			count === 1 ? 'Undone: it is a conflict again.' : `Undone: ${formatCount(count)} conflicts are back.`,
		noneHere: 'There is no conflict to settle.',
		wholeOnly: 'This is no text with differences to choose from: the whole file was settled.',
		noMergeTool: 'No merge tool is set: PULSYNC_MERGE_TOOL names one (see docs/cli.md); e opens your editor.',
		toolUnfinished: 'The merge tool left it as it was, so the conflict stays.',
		askMarkers: 'The file still has conflict markers. Take it as it is?',
		takeIt: 'take it',
		editorUnchanged: 'Nothing was changed in the editor, so the conflict stays.',
		notText: 'Only conflicts of text can be merged in an editor.',
		noEditor: 'No editor can be opened from here.',
		resolved: (count: number, take: Take | 'merged') =>
			`${count === 1 ? 'Settled' : `Settled ${formatCount(count)}`}: ${takes[take]}. u undoes it.`,
	},
	quit: {
		title: 'Quit?',
		yes: 'quit',
		no: 'stay',
		rest: 'Nothing is lost: it stays in this folder and goes on at the next start.',
	},
	cancel: 'cancel',
	resume: {
		title: 'Go on?',
		accept: 'go on and pass the deletions on',
		plain: 'go on',
		no: 'stay halted',
	},
	notices: {
		paused: 'Paused. Others do not see your changes until you press p again.',
		resumed: 'Going on.',
		retry: 'Trying again now.',
		tierAll: (pin: TierPin) =>
			pin === 'auto' ? 'All peers: the best way that works.' : `All peers: only ${pinWords(pin)}.`,
		tierPeer: (name: string, pin: TierPin) =>
			pin === 'auto' ? `${name}: the best way that works.` : `${name}: only ${pinWords(pin)}.`,
	},
	opening: {
		host: 'Opening the session …',
		join: 'Joining …',
		resume: 'Opening the session …',
		long: 'Looking for the relay and for peers in this network.',
	},
	start: {
		title: 'What shall this folder do?',
		host: 'Host this folder',
		hostHint: 'Others join it with an invite.',
		join: 'Join a session',
		joinHint: 'With an invite that you were sent.',
		resume: (name: string) => `Go on with ${name}`,
		quit: 'Quit',
		recent: 'Recent sessions',
		askInvite: 'Paste or type the invite',
		placeholder: 'pulsync:…',
		valid: 'The invite is complete.',
		incomplete: 'It starts with pulsync: or pulsyncs: and ends with a checksum.',
		empty: 'This folder is empty.',
		folder: (files: number, bytes: number, isComplete: boolean) =>
			`This folder has ${isComplete ? '' : 'at least '}${formatCount(files)} ${files === 1 ? 'file' : 'files'} (${formatBytes(bytes)}).`,
		git: 'It is a git repository; your own history and branches are left alone.',
		mergeTitle: 'Merge into this folder?',
		merge:
			'Files that only one of you has will be there for both. Where both have a different one, both are kept as a conflict to settle. Nothing is overwritten.',
		mergeYes: 'merge',
		mergeNo: 'do not join',
		name: 'name',
		relay: 'relay',
		relayOwn: 'your own, in this program',
		askName: 'What do the others call you?',
		askRelay: 'Address of a relay; empty for your own, in this program',
	},
	keys: {
		move: 'move',
		choose: 'choose',
		back: 'back',
		check: 'go on',
		quit: 'quit',
		name: 'your name',
		relay: 'relay',
	},
} as const;

/** A pin in words: that direct may pass through a TURN server is not what everybody expects. */
function pinWords(pin: TierPin): string {
	return pin === 'direct' ? 'direct (TURN included)' : pin;
}

const takes: Record<Take | 'merged', string> = {
	mine: 'mine was kept',
	theirs: 'theirs was taken',
	base: 'the base is back',
	both: 'both are kept',
	merged: 'the merged file was taken',
};
