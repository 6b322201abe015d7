import test from 'ava';
import fc from 'fast-check';
import {encode} from 'uqr';
import {type Peer, type State} from '../../../source/core/state.js';
import {rowsBetween} from '../../../source/tui/draw/lazy-rows.js';
import {plainRow, type Row, rowWidth, textWidth} from '../../../source/tui/draw/row.js';
import {activityRows, logRows} from '../../../source/tui/views/activity.js';
import {compareTexts} from '../../../source/tui/views/compare.js';
import {conflictListRows} from '../../../source/tui/views/conflicts.js';
import {editingNote} from '../../../source/tui/views/editing.js';
import {footerRow, noticeRows} from '../../../source/tui/views/footer.js';
import {bannerRows, headerRow} from '../../../source/tui/views/header.js';
import {clipboardSequence, inviteRows, qrRows} from '../../../source/tui/views/invite.js';
import {attemptRows} from '../../../source/tui/views/attempts.js';
import {byteRows, linkRows} from '../../../source/tui/views/peer.js';
import {problemRows} from '../../../source/tui/views/problems.js';
import {questionRows} from '../../../source/tui/views/question.js';
import {peerRows} from '../../../source/tui/views/peers.js';
import {roundTripRows} from '../../../source/tui/views/round-trip.js';
import {throughputRows} from '../../../source/tui/views/throughput.js';
import {troubleRows} from '../../../source/tui/views/trouble.js';
import {type Choices} from '../../../source/tui/hunks.js';
import {plainLook} from '../../../source/tui/look.js';
import {alignThree} from '../../../source/tui/diff-lines.js';
import {
	busyState,
	crowdedState,
	liveState,
	makeConflict,
	makePeer,
	makeState,
	noon,
	peersOf,
} from '../fixtures/state.js';

const secondOf = (direct: number) => ({
	at: noon,
	in: {direct, proxy: 0, json: 0},
	out: {direct: 0, proxy: 0, json: 0},
});
const peersView = (state: State, width: number) => ({state, now: noon, width, cursor: 0});
const texts = (rows: readonly Row[]) => rows.map((row) => plainRow(row).trimEnd());

const states = {busy: busyState(), crowded: crowdedState(), live: liveState(12_345), empty: makeState()};

for (const [name, state] of Object.entries(states)) {
	test(`nothing of a ${name} session is wider than its place`, (t) => {
		fc.assert(
			fc.property(fc.integer({min: 70, max: 220}), (width) => {
				const fitting = [
					headerRow(state, width),
					footerRow('session', width),
					...peerRows(peersView(state, width)).rows.slice(0, 1),
					...troubleRows(state, noon, width, 10).rows,
					...activityRows(state.activity, width, 10),
					...conflictListRows(
						{conflicts: state.conflicts, selected: new Set(), cursor: 0, now: noon, width},
						0,
						50,
					),
				];
				for (const row of fitting) t.true(rowWidth(row) <= width, `${width}: ${plainRow(row)}`);
			}),
			{numRuns: 40},
		);
	});
}

test('the header leaves out what is least important and never the state', (t) => {
	const shown = [40, 60, 80, 120].map((width) => plainRow(headerRow(states.busy, width)).trim());
	t.deepEqual(shown, [
		'my-game  ◐ syncing 34 %           auto',
		'my-game  ◐ syncing 34 %       ↓ 42 MB/s  ↑ 200 kB/s   auto',
		'pulsync  my-game  ◐ syncing 34 %                  ↓ 42 MB/s  ↑ 200 kB/s   auto',
		'pulsync  my-game  ◐ syncing 34 %              session k7f3-q2   relay 192.168.1.20:8787   ↓ 42 MB/s  ↑ 200 kB/s   auto',
	]);
});

test('a banner says what a person has to know, and only then', (t) => {
	t.deepEqual(bannerRows(states.busy, noon, 80), []);
	const waiting = makeState({
		relay: {status: 'waiting', attempt: 2, retryAt: noon + 5000, reason: 'connection refused'},
	});
	t.is(
		texts(bannerRows(waiting, noon, 80))
			.join(' ')
			.trim(),
		'Offline: connection refused, retrying in 5 s (r: now)',
	);
	const linked = {...waiting, peers: states.busy.peers};
	const away = 'No relay; direct links go on · again';
	t.is(
		texts(bannerRows(linked, noon, 80))
			.join(' ')
			.trim(),
		`${away} in 0:05 (r: now)`,
	);
	const reason = 'the relay is shutting down';
	const asking = {status: 'waiting', attempt: 1, retryAt: noon + 12_000, reason, askedMs: 14_000} as const;
	const asked = 'the relay asks to wait 12 s (r: now)';
	for (const [state, words] of [
		[makeState({relay: asking}), `Offline: ${reason}; ${asked}`],
		[{...linked, relay: asking}, `No relay; direct links go on · ${asked}`],
	] as const) {
		t.is(
			texts(bannerRows(state, noon, 80))
				.join(' ')
				.trim(),
			words,
		);
	}
	const trying = {...linked, relay: {status: 'connecting', attempt: 3, since: noon} as const};
	t.is(
		texts(bannerRows(trying, noon, 80))
			.join(' ')
			.trim(),
		`${away} now (r: now)`,
	);
	t.deepEqual(bannerRows({...trying, relay: {...trying.relay, attempt: 1}}, noon, 80), []);
	const limited = {scope: 'session', bytesPerSecond: 1_000_000, until: noon + 2000} as const;
	const slowed = makeState({relay: {status: 'online', since: noon, binary: 'passes', limited}});
	t.is(
		texts(bannerRows(slowed, noon, 80))
			.join(' ')
			.trim(),
		'Limited by the relay to 1.0 MB/s',
	);
});

test('a banner that is longer than the window is broken, so that the key at its end is shown', (t) => {
	const waiting = makeState({
		relay: {status: 'waiting', attempt: 2, retryAt: noon + 5000, reason: 'connection refused'},
	});
	t.deepEqual(
		texts(bannerRows({...waiting, peers: states.busy.peers}, noon, 40)).map((row) => row.trim()),
		['No relay; direct links go on · again', 'in 0:05 (r: now)'],
	);
	const state = {...waiting, relay: {...waiting.relay, reason: 'a long reason '.repeat(40)}};
	const rows = texts(bannerRows(state, noon, 60));
	t.is(rows.length, 3);
	t.true(rows.every((row) => row.length <= 60));
	t.regex(rows.at(-1) ?? '', /…\s*$/);
});

test('peers say how they are linked and where they stand', (t) => {
	const {rows} = peerRows(peersView(states.busy, 78));
	t.deepEqual(
		texts(rows).map((row) => row.trim().replaceAll(/ +/g, ' ')),
		[
			'● ada you, host 1,204 files, 48 MB a1b2c3',
			'▸ ● bob direct tcp-lan 4 ms ↓ 42 MB/s ↑ 200 kB/s fetching',
			'↓ d ━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 34 % 120 MB of 350 MB 42 MB/s 0:06 left',
			'◐ eve proxy → direct 51 ms ⡆⢰⢰⢰ ⡆⡆ differs',
			'○ dan not here left',
		],
	);
});

test('a peer of the same name is told apart by the start of its id', (t) => {
	const state = makeState({
		peers: peersOf(makePeer({name: 'bob', peerId: '7f3aqqq'}), makePeer({name: 'bob', peerId: '9c1eqqq'})),
	});
	t.deepEqual(
		texts(peerRows(peersView(state, 60)).rows)
			.slice(1)
			.map((row) => row.split(/ +/)[2]),
		['bob·7f3a', 'bob·9c1e'],
	);
});

test('a transfer shows rate and time left where there is room', (t) => {
	const peers = [...states.live.peers.values()].map((peer) => ({...peer, recent: [secondOf(40_000_000)]}));
	const {rows} = peerRows(peersView({...states.live, peers: peersOf(...peers)}, 78));
	t.true(
		texts(rows).some((row) => /↓ d [━╌]+ +20 % {2}494 MB of 2\.4 GB {2}40 MB\/s {2}0:48 left$/.test(row)),
	);
});

test('the ladder shows each attempt with its reason, newest first', (t) => {
	const bob = [...states.busy.peers.values()][0] ?? makePeer({name: 'bob'});
	t.deepEqual(
		texts(attemptRows(bob, noon - 180_000, 100)).map((row) => row.replace(/^\S+ +/, '')),
		[
			'direct  tcp-lan     ✓ ok        12 ms',
			'direct  ice-srflx   × failed    5.0 s  no answer from 203.0.113.7:4100 · again in 0:05',
			'proxy               ✓ ok        48 ms',
		],
	);
	t.is(texts(byteRows(bob, 60))[1], 'received            120 MB        4.0 MB           0 B');
	t.true(
		texts(linkRows(states.busy, bob, {in: 0, out: 0}, noon, 76)).includes(
			'link        ● direct tcp-lan  for 3 min',
		),
	);
});

test('a route that nobody needed is no failure, and a long reason gets lines of its own', (t) => {
	const attempt = {tier: 'direct', generation: 1, startedAt: noon, tookMs: 40} as const;
	const peer = makePeer({
		name: 'bob',
		attempts: [
			{
				...attempt,
				route: 'tcp-punched',
				outcome: 'failed',
				reason: 'no answer from 203.0.113.7:4100 or 198.51.100.7:80',
			},
			{...attempt, route: 'ice-host', outcome: 'unneeded', reason: 'not needed: tcp-lan was there first'},
		],
	});
	const shown = (width: number) =>
		texts(attemptRows(peer, noon, width)).map((row) => row.replaceAll(/ +/g, ' ').trim());
	t.deepEqual(shown(78), [
		'12:00:00 direct ice-host – unneeded 40 ms tcp-lan was there first',
		'12:00:00 direct tcp-punched × failed 40 ms no answer from',
		'203.0.113.7:4100 or',
		'198.51.100.7:80',
	]);
	t.deepEqual(shown(58).slice(2), [
		'direct tcp-punched × failed 40 ms',
		'no answer from 203.0.113.7:4100 or 198.51.100.7:80',
	]);
});

test('a peer says why a better tier is not used, and when it is tried', (t) => {
	const link = {
		status: 'online',
		tier: 'proxy',
		route: 'proxy',
		generation: 1,
		since: noon,
		rttMs: 4,
	} as const;
	const missed = {tier: 'direct', reason: 'no answer from 203.0.113.7:4100', retryAt: noon + 8000} as const;
	const rows = (peer: Peer) => texts(linkRows(states.busy, peer, {in: 0, out: 0}, noon, 76));
	const bob = makePeer({name: 'bob', link: {...link, missed: [missed]}});
	t.deepEqual(rows(bob).slice(0, 2), [
		'link        ● proxy  just now',
		'no direct   no answer from 203.0.113.7:4100 · again in 0:08',
	]);
	t.true(
		texts(peerRows(peersView(makeState({peers: peersOf(bob)}), 78)).rows)[1]?.includes(
			'direct again in 0:08',
		),
	);
	t.true(rows({...bob, allows: ['proxy']}).includes('tier        auto  bob allows proxy only'));
	t.true(rows({...bob, pin: 'direct'}).includes('tier        only direct (TURN included)'));
});

test('without a relay nobody is said to be gone, and nothing is said to travel', (t) => {
	const bob = makePeer({
		name: 'bob',
		present: false,
		link: {status: 'offline', reason: 'the relay connection was lost'},
		transferIn: {
			tier: 'proxy',
			startedAt: noon,
			doneBytes: 5e6,
			totalBytes: 2e7,
			doneObjects: 1,
			resumedBytes: 0,
		},
	});
	const relay = {
		status: 'waiting',
		attempt: 1,
		retryAt: noon,
		reason: 'the relay cannot be reached',
	} as const;
	const state = makeState({peers: peersOf({...bob, recent: [secondOf(9e6)]}), relay});
	const rows = texts(peerRows(peersView(state, 78)).rows);
	t.regex(rows[1] ?? '', /bob +offline +the relay connection was lost/);
	t.regex(rows[2] ?? '', /5\.0 MB of 20 MB$/);
});

test('the log shows a long sentence to its end', (t) => {
	const sentence =
		'The relay does not answer; people in this network can join, others when it can be reached.';
	const item = {id: 1, at: noon, kind: 'problem', who: '', text: sentence} as const;
	const rows = texts(logRows({items: [item], hidden: 0}, 58));
	t.is(rows.length, 3);
	t.is(rows.map((row) => row.slice(15)).join(' '), sentence);
});

const longProblem = {
	path: 'assets/textures/characters/forest/oak/Tree.png',
	code: 'name_collision',
	message:
		'Its name differs from another one only in upper and lower case, which not every disk can hold; rename it.',
	at: noon,
} as const;

test('the log shows the whole path of a long sentence above it, and both in a row where they fit', (t) => {
	const {path, message} = longProblem;
	const item = {id: 1, at: noon, kind: 'problem', who: '', text: message, path} as const;
	const rows = texts(logRows({items: [item], hidden: 0}, 56)).map((row) => row.slice(15));
	t.is(rows.slice(0, 2).join(''), path);
	t.is(rows.slice(2).join(' '), message);
	t.deepEqual(
		texts(logRows({items: [item], hidden: 0}, 200)).map((row) => row.slice(15)),
		[`${path}  ${message}`],
	);
	const named = {...item, text: `${path} is larger than it may be, and is not sent to anybody.`};
	const lines = texts(logRows({items: [named], hidden: 0}, 76)).map((row) => row.slice(15));
	t.is(lines.join(' '), named.text);
});

test('a problem is listed with its whole path and all of its sentence', (t) => {
	const {rows, starts} = problemRows([{...longProblem, path: 'a.txt', message: 'short'}, longProblem], 1, 56);
	const lines = texts(rows);
	t.deepEqual(starts, [0, 1]);
	t.is(lines[0], '  ~ a.txt  short');
	t.is(lines[1], `▸ ~ ${longProblem.path}`);
	t.is(
		lines
			.slice(2)
			.map((line) => line.trim())
			.join(' '),
		longProblem.message,
	);
	for (const row of rows) t.true(rowWidth(row) <= 56);
});

test('a graph has its height, and tells tiers by letters', (t) => {
	const {samples} = states.busy.throughput;
	const view = {samples, seconds: 60, scales: {in: 50_000_000, out: 200_000}, width: 60};
	for (const height of [3, 4, 7, 12]) t.is(throughputRows({...view, height}).length, height);
	const axis = texts(throughputRows({...view, height: 7})).find((row) => row.includes('┼')) ?? '';
	t.true(axis.indexOf('p') > 0 && axis.indexOf('d') > axis.indexOf('p'));
	for (const row of throughputRows({...view, height: 7})) t.true(rowWidth(row) <= 60);
});

test('a burst of one second shows in the graph of ten minutes', (t) => {
	const none = {direct: 0, proxy: 0, json: 0};
	const samples = Array.from({length: 600}, (_, index) => ({
		at: noon + index * 1000,
		in: index === 301 ? {...none, json: 1000} : none,
		out: none,
	}));
	const rows = texts(
		throughputRows({samples, seconds: 600, scales: {in: 1000, out: 1000}, width: 60, height: 7}),
	);
	t.regex(rows[0] ?? '', /[\u2801-\u28FF]/);
	t.true(rows.some((row) => row.includes('─j─')));
});

test('what does not fit is counted', (t) => {
	t.like(troubleRows(states.crowded, noon, 60, 5), {hidden: 35});
	t.like(troubleRows(states.busy, noon, 60, 5), {hidden: 0});
	t.true(texts(logRows(states.crowded.activity, 60))[0]?.startsWith('1,234 earlier ones'));
});

test('problems that are not listed any more are told of where there are no others', (t) => {
	const state = makeState({problems: {items: [], hidden: 12}});
	t.deepEqual(texts(troubleRows(state, noon, 60, 5).rows), ['12 older problems are not listed here.']);
});

test('a comparison stands side by side where it is wide and by letters where it is narrow', (t) => {
	const same = Array.from({length: 20}, (_, index) => `line ${index}`);
	const chunks = alignThree(['a', ...same], ['b', ...same], ['c', ...same]);
	const rows = (width: number, choices: Choices = new Map()) =>
		texts(rowsBetween(compareTexts({chunks, choices, focus: 0, theirsName: 'bob', width}), 0, 1000));
	t.deepEqual(rows(60), [
		'▸ difference 1 of 1  both changed it  choose: m t b o',
		'▎ b a',
		'▎ m b',
		'▎ t c',
		'    line 0',
		'    line 1',
		'    line 2',
		'  ⋯ 17 equal lines',
	]);
	t.regex(rows(96)[1] ?? '', /^▎ a +│ b +│ c$/);
	t.is(rows(60, new Map([[0, 'both']]))[0], '▸ difference 1 of 1  both changed it  ✓ both, mine first');
});

test('an invite is not broken by anything but the width', (t) => {
	const {invite} = states.busy.session;
	t.is(texts(inviteRows(invite, 40)).join(''), invite);
	t.is(inviteRows(invite, 200).length, 1);
	t.true(clipboardSequence('ü').includes(Buffer.from('ü').toString('base64')));
});

for (const [where, look, drawsLight] of [
	['in colours', plainLook, true],
	['without colours on a dark terminal', {...plainLook, colours: false}, true],
	['without colours on a light terminal', {...plainLook, colours: false, background: 'light'}, false],
] as const) {
	test(`the QR code shows the modules as they are ${where}, with light all round`, (t) => {
		const {invite} = states.busy.session;
		const {data, size} = encode(invite, {border: 2, ecc: 'L'});
		const rows = qrRows(invite, 200, 100, look) ?? [];
		const isDrawn = (x: number, y: number) => {
			const character = [...plainRow(rows[Math.floor(y / 2)] ?? [])][x];
			return character === '█' || character === (y % 2 === 0 ? '▀' : '▄');
		};
		data.forEach((line, y) => line.forEach((isDark, x) => t.is(isDrawn(x, y), isDark !== drawsLight)));
		for (let y = size; y < rows.length * 2; y++)
			for (let x = 0; x < size; x++) t.is(isDrawn(x, y), drawsLight);
		t.is(qrRows(invite, 20, 100, look), undefined);
	});
}

test('all answers of a question are shown, on a second row where one is too short', (t) => {
	const labels = ['try again', 'bring the files back', 'delete them everywhere', 'stay halted'];
	const choices = labels.map((label) => ({keys: [label.slice(0, 1)], label, run() {}}));
	for (const width of [60, 80, 120]) {
		const rows = texts(questionRows({title: 'Go on?', lines: ['Why.'], choices}, width));
		for (const label of labels)
			t.true(
				rows.some((row) => row.includes(label)),
				`${label} in ${width}`,
			);
		t.true(rows.every((row) => textWidth(row) <= width));
	}
});

test('the key that goes on after a pause is called so', (t) => {
	t.regex(texts([footerRow('session', 80)])[0] ?? '', / p pause /);
	t.regex(texts([footerRow('session', 80, {pause: 'go on'})])[0] ?? '', / p go on /);
});

test('a notice is shown to its end', (t) => {
	const sentence =
		'No merge tool is set: PULSYNC_MERGE_TOOL names one (see docs/cli.md); e opens your editor.';
	const rows = texts(noticeRows(sentence, 60));
	t.is(rows.map((row) => row.trim()).join(' '), sentence);
	t.is(noticeRows('Kept.', 60).length, 1);
});

test('what is said of a long path is not cut off', (t) => {
	const path = `${'folder/'.repeat(12)}file.txt`;
	const items = [{id: 1, at: noon, kind: 'change' as const, who: 'bob', text: `${path} and 3 more`, path}];
	const [row = ''] = texts(activityRows({items, hidden: 0}, 50, 1));
	t.regex(row, /…\S*file\.txt and 3 more$/);
	t.true(textWidth(row) <= 50);
});

test('signs of life of a link at rest are no traffic of a peer', (t) => {
	const at = (rate: number) => {
		const bob = makePeer({name: 'bob', recent: [secondOf(rate)]});
		return texts(peerRows(peersView(makeState({peers: peersOf(bob)}), 76)).rows).join('\n');
	};
	t.notRegex(at(51), /B\/s/);
	t.regex(at(5000), /5.0 kB\/s/);
});

test('who edits what is in the row of a peer or, where that has no room, in the edge of the panel', (t) => {
	const eve = makePeer({name: 'eve', editing: ['src/levels/forest/player.ts', 'src/ai.ts']});
	const state = makeState({peers: peersOf(eve)});
	const wide = peerRows(peersView(state, 110));
	t.deepEqual(wide.untold, []);
	t.regex(texts(wide.rows)[1] ?? '', /editing src\/levels\/forest\/player\.ts \+1/);
	const narrow = peerRows(peersView(state, 56));
	t.deepEqual(narrow.untold, [eve]);
	const note = (width: number) => plainRow(editingNote([eve, {...eve, editing: ['c']}], new Set(), width));
	t.is(note(60), 'eve edits src/levels/forest/player.ts +2');
	t.is(note(30), 'eve edits src/le…/player.ts +2');
	t.is(textWidth(note(30)), 30);
	t.is(plainRow(editingNote([], new Set(), 60)), '');
});

test('a conflict with several others names them all or counts them', (t) => {
	const conflict = makeConflict('a');
	const others = ['eve', 'dan'].map((name) => ({
		...(conflict.sides[1] ?? conflict.sides[0]!),
		name,
		peerId: name,
	}));
	const rows = (sides: typeof conflict.sides) =>
		texts(troubleRows(makeState({conflicts: [{...conflict, sides}]}), noon, 60, 3).rows)[0];
	t.true(rows([...conflict.sides, others[0]!])?.includes('you ↔ bob, eve'));
	t.true(rows([...conflict.sides, ...others])?.includes('you ↔ bob +2'));
});

test('a peer shows its round trips over time and how much of it counts', (t) => {
	const bob = [...states.busy.peers.values()][0] ?? makePeer({name: 'bob'});
	const rows = texts(linkRows(states.busy, bob, {in: 30_000_000, out: 0}, noon, 78));
	t.true(rows.some((row) => /^round trip {2}4 ms +\S+ {2}4 ms to 48 ms$/.test(row)));
	t.true(rows.some((row) => row.includes('30 MB/s on average, 300 of 900 objects')));
	const graph = texts(roundTripRows(bob, noon, 60, 8));
	t.is(graph.length, 8);
	t.regex(graph[0] ?? '', /^ *50 ms ┤/);
	t.deepEqual(texts(roundTripRows(makePeer({name: 'new'}), noon, 60, 8)), ['Not measured yet.']);
});

test('of a large piece that is on its way, what has arrived is shown, and all of it once it is on the disk', (t) => {
	const bob = [...states.busy.peers.values()][0]!;
	const shown = (doneBytes: number, arrivingBytes: number) => {
		const transferIn = {...bob.transferIn!, doneBytes, arrivingBytes, totalBytes: 6_000_000};
		const state = {...states.busy, peers: peersOf({...bob, transferIn})};
		return [texts(peerRows(peersView(state, 76)).rows).join('\n'), texts([headerRow(state, 100)])[0] ?? ''];
	};
	const [arriving = '', header = ''] = shown(0, 3_000_000);
	t.regex(arriving, /50 % {2}3\.0 MB of 6\.0 MB/);
	t.regex(header, /syncing 50 %/);
	t.regex(shown(0, 6_100_000)[0] ?? '', /99 % {2}6\.0 MB of 6\.0 MB/);
	t.regex(shown(6_000_000, 0)[0] ?? '', /100 %/);
});
