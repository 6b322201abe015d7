/** What is watched on a running relay: its metrics, its lag, and the facts that are shown of them. */
import {type Hub} from './hub.js';
import {LoopLag} from './loop-lag.js';
import {Metrics} from './metrics.js';
import {type MonitorFacts} from './monitor.js';

/** Sessions that `/status` lists; `sessions` counts all. */
const maxListed = 100;

export type Watch = {
	readonly facts: MonitorFacts;
	/** Notes how long a message waited, in ms. */
	readonly queueTime: (ms: number) => void;
	/** From now on this hub is watched. */
	start(hub: Hub, limits: () => object): void;
	stop(): void;
};

export function createWatch(kind: 'program' | 'embedded' = 'program'): Watch {
	const lag = new LoopLag(kind);
	const metrics = new Metrics();
	const startedAt = Date.now();
	let watched: {readonly hub: Hub; readonly limits: () => object} | undefined;
	return {
		queueTime: (ms) => metrics.queued(ms),
		facts() {
			if (!watched) throw new Error('The relay answers before it runs.');
			const {hub, limits} = watched;
			const {counts} = hub;
			return {
				isDraining: hub.isDraining,
				startedAt,
				now: Date.now(),
				counters: () => hub.counters(),
				status: () => ({
					lag: lag.look(),
					limits: limits(),
					savedBytes: counts.reports.bytesOut.direct,
					dropped: counts.dropped.all(),
					closed: counts.closed.all(),
					pauses: counts.held.all(),
					cluster: hub.clusterFigures(),
					listed: hub.listSessions(maxListed),
				}),
				metrics: async () => ({type: metrics.contentType, body: await metrics.text()}),
			};
		},
		start(hub, limits) {
			watched = {hub, limits};
			metrics.readFrom({hub, lag: () => lag.take()});
		},
		stop: () => lag.stop(),
	};
}
