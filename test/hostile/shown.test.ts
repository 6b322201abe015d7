/** Whatever a peer calls itself, its files, its reasons: nothing of it acts on the terminal that shows it. */
import test, {type ExecutionContext} from 'ava';
import {formatAnswer} from '../../source/cli/format-answer.js';
import {type PublicEvent} from '../../source/core/public-event.js';
import {type State} from '../../source/core/state.js';
import {reportStatus} from '../../source/core/status-report.js';
import {failureSentence} from '../../source/core/text.js';
import {sentences} from '../../source/core/failure-sentences.js';
import {formatPlainLine} from '../../source/headless/plain-line.js';
import {rowsBetween} from '../../source/tui/draw/lazy-rows.js';
import {plainRow, type Row} from '../../source/tui/draw/row.js';
import {alignThree} from '../../source/tui/diff-lines.js';
import {activityRows, logRows} from '../../source/tui/views/activity.js';
import {compareHead, compareTexts} from '../../source/tui/views/compare.js';
import {conflictListRows} from '../../source/tui/views/conflicts.js';
import {versionDiffRows, versionRows, versionsOf} from '../../source/tui/views/history.js';
import {promptRow} from '../../source/tui/views/prompt.js';
import {textField} from '../../source/tui/text-field.js';
import {noticeRows} from '../../source/tui/views/footer.js';
import {bannerRows, headerRow} from '../../source/tui/views/header.js';
import {attemptRows} from '../../source/tui/views/attempts.js';
import {byteRows, linkRows} from '../../source/tui/views/peer.js';
import {peerRows} from '../../source/tui/views/peers.js';
import {questionRows} from '../../source/tui/views/question.js';
import {troubleRows} from '../../source/tui/views/trouble.js';
import {busyState, crowdedState, noon} from '../tui/fixtures/state.js';

/** Clears the screen, sets the title, turns text round, hides, breaks the line, goes back, C1, tags. */
const evil = '\u001b[2J\u001b]0;x\u0007\u202ecba\u2066\u200b\ufeff\n\r\b\u009b31m\u2028\u{e0041}\u0000\u007f';
const acting =
	/[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0001}-\u{e007f}]/u;

/** Words that choose what is drawn, and are never a peer's. */
const fixed = new Set([
	'status',
	'kind',
	'tier',
	'route',
	'outcome',
	'event',
	'role',
	'binary',
	'pin',
	'state',
	'direction',
	'allowed',
]);

/** The same with evil in each text, whoever may have said it. */
function poison<T>(value: T, key = ''): T {
	if (typeof value === 'string') return (fixed.has(key) ? value : `${value}${evil}`) as T;
	if (value instanceof Map) return new Map([...value].map(([name, one]) => [name, poison(one, key)])) as T;
	if (Array.isArray(value)) return value.map((one: unknown) => poison(one, key)) as T;
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, poison(one, name)])) as T;
}

function assertHarmless(t: ExecutionContext, text: string, what: string): void {
	const found = acting.exec(text);
	t.is(found, null, `${what}: ${JSON.stringify(text.slice(0, 300))}`);
}

function screenRows(state: State, width: number): Record<string, readonly (Row | undefined)[]> {
	const rate = {in: 1, out: 1};
	const peers = [...state.peers.values()];
	const {conflicts} = state;
	const chunks = alignThree([`a${evil}`, 'b'], [`c${evil}`], ['d', evil]);
	const entry = {
		commit: 'c'.repeat(40),
		at: noon,
		peerId: 'eve',
		name: evil,
		paths: [`f${evil}`, evil],
		more: 3,
	};
	return {
		header: [headerRow(state, width), ...bannerRows(state, noon, width)],
		peers: peerRows({state, now: noon, width, cursor: 0}).rows,
		link: peers.flatMap((peer) => linkRows(state, peer, rate, noon, width)),
		bytes: peers.flatMap((peer) => byteRows(peer, width)),
		attempts: peers.flatMap((peer) => attemptRows(peer, noon, width)),
		trouble: troubleRows(state, noon, width, 100).rows,
		activity: [...activityRows(state.activity, width, 100), ...logRows(state.activity, width)],
		conflicts: conflictListRows({conflicts, selected: new Set(), cursor: 0, now: noon, width}, 0, 99),
		compare: [
			...rowsBetween(
				compareTexts({chunks, choices: new Map(), focus: 0, theirsName: `Eve${evil}`, width}),
				0,
				1000,
			),
			compareHead(`Eve${evil}`, width),
		],
		history: [
			...versionRows(
				{versions: versionsOf([entry], undefined), cursor: 0, now: noon, width, isOnePath: false},
				0,
				9,
			),
			...versionDiffRows({kind: 'text', chunks}, width),
		],
		prompt: [promptRow({label: `/${evil}`, value: '', done() {}}, textField(evil), width)],
		notice: noticeRows(`said ${evil}`, width),
		question: questionRows({title: `Take ${evil}?`, lines: [evil], choices: []}, width),
	};
}

for (const [name, state] of Object.entries({busy: busyState(), crowded: crowdedState()})) {
	test(`no view of a ${name} session lets a text act on the terminal`, (t) => {
		const halted: State = {
			...state,
			project: {...state.project, mode: {kind: 'halted', code: 'c', message: 'm'}},
		};
		for (const poisoned of [poison(state), poison(halted)]) {
			for (const width of [40, 80, 200]) {
				for (const [view, rows] of Object.entries(screenRows(poisoned, width))) {
					for (const row of rows) if (row) assertHarmless(t, plainRow(row), view);
				}
			}
		}
	});
}

const oid = 'a'.repeat(40);
const events: readonly PublicEvent[] = [
	{event: 'ready', session_id: 's', peer_id: 'p', role: 'host', invite: 'i', relay_url: 'u', root: '/r'},
	{event: 'peer_joined', peer_id: 'p', name: 'n'},
	{event: 'peer_left', peer_id: 'p', reason: 'r'},
	{event: 'link', peer_id: 'p', status: 'offline', reason: 'r'},
	{event: 'attempt', peer_id: 'p', tier: 'proxy', route: 'proxy', outcome: 'failed', took_ms: 1, reason: 'r'},
	{event: 'snapshot', head: oid, paths: 1, took_ms: 1},
	{event: 'applied', head: oid, from_peer_id: 'p', paths: 1, took_ms: 1},
	{event: 'synced', head: oid, tree: oid},
	{event: 'conflict', path: 'p', peers: ['a']},
	{event: 'resolved', path: 'p', take: 'mine'},
	{event: 'editing', peer_id: 'p', paths: ['a']},
	{event: 'problem', path: 'p', peer_id: 'p', code: 'c', message: 'm'},
	{event: 'halted', code: 'c', message: 'm'},
	{event: 'error', code: 'c', message: 'm'},
];

test('no plain line of an event lets a text act on the terminal', (t) => {
	for (const event of events)
		assertHarmless(t, formatPlainLine(poison(event), () => evil) ?? '', event.event);
});

test('no answer to a command lets a text act on the terminal but by its line ends and tabs', (t) => {
	const state = poison(crowdedState());
	const status = reportStatus(state);
	const answers = {
		status,
		conflicts: {conflicts: status.conflicts},
		tier: {tier: 'auto', peers: status.peers},
		resolve: {resolved: ['a']},
		restore: {restored: ['a']},
		history: {entries: [{commit: oid, at: 0, peer_id: 'p', name: 'n', paths: ['a', 'b'], more: 0}]},
		diff: {diff: '--- a\n+++ b\n+\ttext'},
		sync: {head: oid, tree: oid},
	} as const;
	for (const [command, answer] of Object.entries(answers)) {
		const text = formatAnswer(command as keyof typeof answers, poison(answer));
		for (const line of text.split(/[\n\t]/)) assertHarmless(t, line, command);
	}
});

test('no sentence about a failure lets a text act on the terminal', (t) => {
	const names = [
		'path',
		'reason',
		'message',
		'root',
		'peer',
		'url',
		'oid',
		'version',
		'code',
		'mine',
		'theirs',
		'ours',
		'at',
		'take',
		'operation',
		'choices',
		'what',
		'folder',
		'host',
		'needed',
		'free',
	];
	const details = Object.fromEntries(names.map((name) => [name, `x${evil}`]));
	for (const code of Object.keys(sentences)) assertHarmless(t, failureSentence(code, details), code);
	assertHarmless(t, failureSentence(`unknown${evil}`), 'an unknown code');
});
