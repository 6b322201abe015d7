/** Every number that a scrape shows, where it is read from, and its labels: few and fixed words, never an id or a name. */
import {type Counts} from './counters.js';
import {type Hub} from './hub.js';
import {type Lag} from './loop-lag.js';
import {tiers} from './report-totals.js';
import {type Tally} from './tally.js';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** What is read at a scrape. */
export type MetricSource = {readonly hub: Hub; readonly lag: () => Lag};

export type MetricRow = {
	readonly type: 'gauge' | 'counter';
	readonly name: string;
	readonly help: string;
	readonly labels: readonly string[];
	readonly read: (source: MetricSource) => readonly Sample[];
};

export const metricTable: readonly MetricRow[] = [
	gauge('sockets', 'Sockets that are open, in a session or not.', ({sockets}) => sockets),
	gauge('sessions', 'Sessions with at least one peer.', ({sessions}) => sessions),
	gauge('peers', 'Peers in sessions.', ({peers}) => peers),
	gauge('tunnels', 'Open tunnels.', ({tunnels}) => tunnels),
	gauge('waiting_bytes', 'Bytes that wait for slow readers.', ({waitingBytes}) => waitingBytes),
	{
		...{type: 'gauge', name: 'draining', help: '1 while the relay shuts down.', labels: []},
		read: ({hub}) => [[{}, hub.isDraining ? 1 : 0]],
	},
	{
		...{type: 'gauge', name: 'sessions_by_tier', labels: ['tier']},
		help: 'Sessions by the tier that their peers say they use now.',
		read: ({hub}) => [...hub.book.byTier().sessions].map(([tier, count]) => [{tier}, count]),
	},
	{
		...{type: 'gauge', name: 'link_ends', labels: ['tier']},
		help: 'Ends of links by the tier that they use now; a link has two.',
		read({hub}) {
			const {linkEnds} = hub.book.byTier();
			return tiers.map((tier) => [{tier}, linkEnds[tier]]);
		},
	},
	{
		...{type: 'gauge', name: 'event_loop_lag_seconds', labels: ['stat']},
		help: 'Delay of the event loop since the last scrape.',
		read: ({lag}) => Object.entries(lag()).map(([stat, value]) => [{stat}, value]),
	},
	{
		...{type: 'gauge', name: 'resident_memory_bytes', help: 'Resident memory.', labels: []},
		read: () => [[{}, process.memoryUsage.rss()]],
	},
	flow('bytes', 'Bytes of messages, by tier (control: what is neither) and direction.', 'bytes'),
	flow('frames', 'Messages and frames, by tier and direction.', 'count'),
	counter('sockets_opened', 'Sockets opened.', [], ({socketsOpened}) => [[{}, socketsOpened]]),
	tally('sockets_closed', 'Sockets that ended, by why.', 'reason', ({closed}) => closed),
	tally('dropped', 'Messages that were not passed on, by why.', 'reason', ({dropped}) => dropped),
	tally('errors', 'Errors sent, by code.', 'code', ({errors}) => errors),
	tally('handshakes', 'Handshakes, by what came of them.', 'outcome', ({handshakes}) => handshakes),
	tally(
		'turned_away',
		'Refused before a WebSocket was open, by why.',
		'reason',
		({turnedAway}) => turnedAway,
	),
	tally('pauses', 'Credit that a limit of bytes held back, by limit.', 'limit', ({held}) => held),
	counter('pause_seconds', 'How long credit was held back in all, by limit.', ['limit'], ({heldMs}) =>
		samplesOf(heldMs, 'limit').map(([labels, ms]) => [labels, ms / 1000]),
	),
	counter('reported_bytes', 'Bytes as peers report them.', ['tier', 'direction'], ({reports}) =>
		tiers.flatMap((tier): Sample[] => [
			[{tier, direction: 'in'}, reports.bytesIn[tier]],
			[{tier, direction: 'out'}, reports.bytesOut[tier]],
		]),
	),
	counter('saved_bytes', 'Bytes that went directly, as their senders report them.', [], ({reports}) => [
		[{}, reports.bytesOut.direct],
	]),
	changes('tier_upgrades', 'Links that moved to a better tier.', ({reports}) => reports.upgrades),
	changes('tier_downgrades', 'Links that moved to a worse tier.', ({reports}) => reports.downgrades),
	{
		...{type: 'counter', name: 'cpu_seconds_total', help: 'Processor time of this process.', labels: []},
		read() {
			const {user, system} = process.cpuUsage();
			return [[{}, (user + system) / 1e6]];
		},
	},
];

function gauge(name: string, help: string, value: (now: ReturnType<Hub['counters']>) => number): MetricRow {
	return {type: 'gauge', name, help, labels: [], read: ({hub}) => [[{}, value(hub.counters())]]};
}

function counter(
	name: string,
	help: string,
	labels: readonly string[],
	read: (counts: Counts) => readonly Sample[],
): MetricRow {
	return {type: 'counter', name: `${name}_total`, help, labels, read: ({hub}) => read(hub.counts)};
}

function tally(name: string, help: string, label: string, of: (counts: Counts) => Tally): MetricRow {
	return counter(name, help, [label], (counts) => samplesOf(of(counts), label));
}

function flow(name: string, help: string, value: 'count' | 'bytes'): MetricRow {
	return counter(name, help, ['tier', 'direction'], (counts) =>
		(['in', 'out'] as const).flatMap((direction) =>
			Object.entries(counts[direction]).map(([tier, passed]): Sample => [{tier, direction}, passed[value]]),
		),
	);
}

/** The tallied words are `from to reason`. */
function changes(name: string, help: string, of: (counts: Counts) => Tally): MetricRow {
	return counter(name, help, ['from', 'to', 'reason'], (counts) =>
		[...of(counts).entries()].map(([words, count]) => {
			const [from = '', to = '', reason = ''] = words.split(' ');
			return [{from, to, reason}, count];
		}),
	);
}

function samplesOf(counts: Tally, label: string): Sample[] {
	return [...counts.entries()].map(([word, count]) => [{[label]: word}, count]);
}
