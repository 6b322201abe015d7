/** What a relay with `--cluster` shows beside the rest: how it stands to the others, and what crosses between them. */
import {type MetricRow} from '../metric-table.js';
import {type ClusterFigures} from './cluster.js';

type Sample = ReturnType<MetricRow['read']>[number];

export const clusterMetricRows: readonly MetricRow[] = [
	row(
		'gauge',
		'cluster_joined',
		'1 while it is one with other relays, 0 while NATS is away.',
		({isJoined}) => (isJoined ? 1 : 0),
	),
	row(
		'gauge',
		'cluster_relays',
		'Other relays that have members of sessions that are here.',
		({relays}) => relays,
	),
	row(
		'gauge',
		'cluster_peers',
		'Peers on other relays that are reached from here.',
		(figures) => figures.peersElsewhere,
	),
	row(
		'counter',
		'cluster_reconnections_total',
		'How often NATS was away and came back.',
		({reconnections}) => reconnections,
	),
	row('counter', 'cluster_too_large_total', 'Messages that NATS would not take.', ({tooLarge}) => tooLarge),
	flow(
		'cluster_messages_total',
		'Messages and frames from and to other relays.',
		({messagesIn, messagesOut}) => [messagesIn, messagesOut],
	),
	flow('cluster_bytes_total', 'Bytes from and to other relays.', ({bytesIn, bytesOut}) => [
		bytesIn,
		bytesOut,
	]),
];

function row(
	type: MetricRow['type'],
	name: string,
	help: string,
	value: (figures: ClusterFigures) => number,
): MetricRow {
	return {...{type, name, help, labels: []}, ...reading((figures) => [[{}, value(figures)]])};
}

function flow(
	name: string,
	help: string,
	inAndOut: (figures: ClusterFigures) => [number, number],
): MetricRow {
	return {
		...{type: 'counter', name, help, labels: ['direction']},
		...reading((figures) => {
			const [taken, given] = inAndOut(figures);
			return [
				[{direction: 'in'}, taken],
				[{direction: 'out'}, given],
			];
		}),
	};
}

function reading(read: (figures: ClusterFigures) => readonly Sample[]): Pick<MetricRow, 'read'> {
	return {
		read({hub}) {
			const figures = hub.clusterFigures();
			return figures ? read(figures) : [];
		},
	};
}
