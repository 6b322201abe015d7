/** `/metrics`: what the table reads, in Prometheus's format. The counts are plain numbers elsewhere, so that they cost nothing to move. */
import {Counter, Gauge, Histogram, Registry} from 'prom-client';
import {clusterMetricRows} from './cluster/metric-rows.js';
import {type MetricRow, type MetricSource, metricTable} from './metric-table.js';

const prefix = 'pulsync_relay_';
/** From what does not wait to what a person notices. */
const queueBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

export class Metrics {
	readonly #registry = new Registry();
	readonly #queue = new Histogram({
		name: `${prefix}queue_seconds`,
		help: 'How long a message waited for its receiver.',
		buckets: queueBuckets,
		registers: [this.#registry],
	});

	/** Notes how long a message waited, in ms. */
	queued(ms: number): void {
		this.#queue.observe(ms / 1000);
	}

	/** From now on a scrape reads there. */
	readFrom(source: MetricSource): void {
		const rows = source.hub.clusterFigures() ? [...metricTable, ...clusterMetricRows] : metricTable;
		for (const row of rows) this.#registry.registerMetric(metricOf(row, source));
	}

	get contentType(): string {
		return this.#registry.contentType;
	}

	async text(): Promise<string> {
		return this.#registry.metrics();
	}
}

function metricOf({type, name, help, labels, read}: MetricRow, source: MetricSource): Counter | Gauge {
	const described = {name: prefix + name, help, labelNames: [...labels], registers: []};
	if (type === 'counter') {
		const counter = new Counter({
			...described,
			collect() {
				counter.reset();
				for (const [at, value] of read(source)) counter.inc(at, value);
			},
		});
		return counter;
	}

	const gauge = new Gauge({
		...described,
		collect() {
			gauge.reset();
			for (const [at, value] of read(source)) gauge.set(at, value);
		},
	});
	return gauge;
}
