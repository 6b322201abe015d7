/**
 * Every word and sentence of the screen that is the same whatever the state is, in files by what they are about that this one
 * brings together; those about the state are in sentences.ts. What a failure's code means is worded in core/text.ts.
 */
import {type TierPin} from '../protocol/tiers.js';
import {conflictText} from './conflict-text.js';
import {formatAge, formatBytes, formatClock, formatCount, formatRate} from './format.js';
import {settingsText} from './settings-text.js';
import {openingText, startKeysText, startText} from './start-text.js';

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
	/** What the key for conflicts shows while there are only problems. */
	problemsKey: 'problems',
	activity: 'Activity',
	log: 'Log',
	help: {
		title: 'Keys',
		signs: 'What stands beside a peer',
		meanings: {
			'−3': 'It lacks 3 of our snapshots.',
			'+2': 'It has 2 snapshots that we lack.',
			differs: 'It has other files than we; by how much is being found out.',
			'd p j': 'What travels: direct, through the relay (proxy), or as JSON.',
		},
		places: {
			session: 'Session',
			peer: 'Peer',
			conflicts: 'Conflicts',
			conflict: 'One conflict',
			invite: 'Invite',
			history: 'History',
			versions: 'Versions of a file',
			settings: 'Settings',
			log: 'Log',
			help: 'Everywhere',
		},
	},
	invite: 'Invite',
	noPeers: 'Nobody else is here yet. Press i for the invite.',
	noConflicts: 'No conflicts.',
	/** Problems that newer ones took the place of. */
	notListed: (count: number) =>
		count === 1
			? '1 older problem is not listed here.'
			: `${formatCount(count)} older problems are not listed here.`,
	noActivity: 'Nothing has happened yet.',
	noTraffic: 'Nothing has travelled yet.',
	graph: {short: '60 s', long: '10 min'},
	offline: 'offline',
	notHere: 'not here',
	connecting: 'connecting',
	reconnecting: 'trying',
	tooSmall: 'This window is too small to show more.',
	editing: (paths: string) => `editing ${paths}`,
	edits: (name: string, path: string) => `${name} edits ${path}`,
	more: (count: number) => `${formatCount(count)} more`,
	shownOf: (shown: number, all: number) => `${formatCount(shown)} of ${formatCount(all)}`,
	filter: '/',
	noMatch: 'Nothing matches the filter; esc ends it.',
	noMeaning: (key: string) => `${key} does nothing here; ? shows all keys.`,
	earlier: (count: number) =>
		count === 1 ? '1 earlier one is no longer kept' : `${formatCount(count)} earlier ones are no longer kept`,
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
	settings: settingsText,
	morePaths: (count: number) => `and ${formatCount(count)} more`,
	morePathsShort: (count: number) => `+${formatCount(count)}`,
	history: {
		title: 'History',
		kept: (bytes: number) => `${formatBytes(bytes)} on this disk`,
		today: 'today',
		changed: 'What it changed',
		none: 'Nothing has been saved yet.',
		unreadable: 'It cannot be read: it may be cut off here.',
		cutOff: 'Older ones: pulsync-tui history --older',
		more: 'There is more: enter shows all of a file.',
		moreOfPath: 'There is more than is listed here.',
		deleted: 'It was deleted here.',
		same: 'Only the mode changed, or a conflict was settled.',
		ask: (when: string, name: string) => `Bring back what was there at ${when}, saved by ${name || '?'}?`,
		undoable: 'It becomes a change like any other, for everybody; the newest version stays in this history.',
		file: (path: string) => `only ${path}`,
		folder: 'the whole folder',
		restored: (count: number, moment: string) =>
			count === 0
				? 'Nothing to restore: it is as it was then.'
				: `Restored ${count === 1 ? 'it' : `${formatCount(count)} paths`} as of ${moment}; restore a newer version to undo.`,
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
		hint: 'Whoever has this line can join, read and change everything: send it only to people you trust.',
		join: 'They run pulsync-tui join in an empty folder and paste it there.',
		copied: 'Copied to the clipboard, if your terminal allows programs to (OSC 52). If not, select the line.',
		none: 'No invite yet: the relay has to be reached first.',
		qrTooSmall: 'The window is too small for the QR code.',
		qrPlain: 'A QR code is made of blocks, which are not drawn here (settings, signs).',
	},
	conflictScreen: conflictText,
	quit: {
		title: 'Quit?',
		yes: 'quit',
		no: 'stay',
		rest: 'Nothing is lost: it stays in this folder and goes on at the next start.',
	},
	cancel: 'cancel',
	ok: 'ok',
	/** What the key that pauses does while nothing is synced. */
	goOn: 'go on',
	resume: {
		title: 'Go on?',
		plain: 'try again',
		bringBack: 'bring the files back',
		accept: 'delete them everywhere',
		no: 'stay halted',
		broughtBack: 'Everything is there again.',
	},
	notices: {
		noNetwork: 'This machine has no network: nobody can reach it. It goes on when it has one.',
		paused: 'Paused. Others do not see your changes until you press p again.',
		resumed: 'Going on.',
		retry: 'Trying again now.',
		tierAll: (pin: TierPin) =>
			pin === 'auto' ? 'All peers: the best way that works.' : `All peers: only ${pinWords(pin)}.`,
		tierPeer: (name: string, pin: TierPin) =>
			pin === 'auto' ? `${name}: the best way that works.` : `${name}: only ${pinWords(pin)}.`,
	},
	opening: openingText,
	start: startText,
	keys: startKeysText,
} as const;

/** A pin in words: that direct may pass through a TURN server is not what everybody expects. */
function pinWords(pin: TierPin): string {
	return pin === 'direct' ? 'direct (TURN included)' : pin;
}
